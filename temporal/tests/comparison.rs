//! The comparison of everything finds what differs, and mends it.

use std::time::Duration;

use serde_json::Value;
use tracerail_schemas::task::{Decision, Verb};
use tracerail_testkit::wait_until;

use crate::stage::{Stage, describe, temporal, wait_for_status};

#[test]
fn differences_are_found_and_mended() {
    let stage = Stage::set("compared", temporal());
    let day = Duration::from_hours(24);
    let (open, closed) = (stage.create(day), stage.create(day));
    let found = stage.reconcile();
    assert_eq!((whats(&found), &found["mended"]), (vec!["not_waited_for"; 2], &2.into()), "{found}");

    // Temporal's list of open workflows may be some moments behind.
    wait_until("both are seen", Duration::from_mins(1), || {
        let seen = stage.run(&["status", "--json"]).ok().json();
        if seen["open_waits"] == 2 { Ok(()) } else { Err(seen.to_string()) }
    });
    stage.done(open, "ada", Verb::Claim);
    stage.decide(closed, "bob", Decision::Approved);
    let _mirror = stage.mirror("mirror.log");
    wait_for_status(temporal(), open, "told again", |it| it["level"]["status"] == "assigned");
    wait_until("the wait has ended", Duration::from_mins(1), || {
        let told = describe(temporal(), closed)?.to_string();
        if told.contains("STATUS_COMPLETED") { Ok(()) } else { Err(told) }
    });
    // A wait somebody has ended in Temporal begins again: the task is open.
    temporal().run(&["workflow", "terminate", "-w", &open.to_string(), "--reason", "a mistake"]).ok();
    let found = stage.reconcile();
    assert_eq!((whats(&found), &found["mended"]), (vec!["not_waited_for"], &1.into()), "{found}");
    assert!(describe(temporal(), open).unwrap().to_string().contains("STATUS_RUNNING"));
}

fn whats(found: &Value) -> Vec<&str> {
    found["differences"].as_array().unwrap().iter().map(|it| it["what"].as_str().unwrap()).collect()
}
