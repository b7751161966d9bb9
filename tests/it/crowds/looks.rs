//! What `tracerail doctor` and `tracerail lag` see of the work on servers.

use serde_json::Value;
use tracerail_testkit::wait_until;

use super::installation::Installation;
use crate::place::SOON;

fn finding<'a>(report: &'a Value, check: &str) -> &'a Value {
    let all = report["findings"].as_array().unwrap();
    all.iter().find(|finding| finding["check"] == check).unwrap_or_else(|| panic!("no {check} in {report}"))
}

#[test]
fn what_waits_and_what_was_given_up_are_named() {
    let there = Installation::new(
        "",
        "{ version: 1, default: { decision: human, reason: Nobody knows it. }, rules: [] }",
    );
    let client = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    client.block_on(async {
        let context = async_nats::jetstream::new(async_nats::connect(there.nats.url()).await.unwrap());
        let nonsense: &[u8] = br#"{"content": "Who is it?", "priority": "asap"}"#;
        context.publish("content.submitted", nonsense.into()).await.unwrap().await.unwrap();
    });
    let lag = there.place.run(&["lag", "--json"]).json();
    assert_eq!(lag["llm"]["waiting"], 1, "nobody analyses yet: {lag}");
    let processes = there.start(1, "one");
    wait_until("it is given up", SOON, || {
        let held = there.place.run(&["status", "--json"]).json()["dead_letters_held"].clone();
        if held == 1 { Ok(()) } else { Err(held.to_string()) }
    });
    let report = there.place.run(&["doctor", "--json"]).json();
    let dead = finding(&report, "dead letters");
    assert!(
        dead["verdict"] == "warn" && dead["cure"].as_str().unwrap().contains("`tracerail dlq list`"),
        "{dead}"
    );
    assert_eq!(finding(&report, "lag of llm")["verdict"], "ok", "{report}");
    assert_eq!(finding(&report, "deadlines")["verdict"], "ok", "{report}");
    for process in processes {
        assert_eq!(process.terminate(), Some(0));
    }
}
