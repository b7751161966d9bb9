//! With keys, Temporal holds nothing that it could read; and the keys may change.

use std::time::Duration;

use tracerail_schemas::content::Metadata;
use tracerail_schemas::task::{Decision, Status, Verb};
use tracerail_testkit::wait_until;

use crate::stage::{Stage, describe, history, show, signal, start, temporal};

const OLD: &str = "2026-05:b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2w=";
const NEW: &str = "2026-11:bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmU=";

#[test]
fn nothing_of_a_task_is_read_in_temporal_and_its_keys_may_change() {
    let stage = Stage::set_with_keys("encrypted", temporal(), OLD);
    let mirror = stage.mirror("mirror.log");
    let task = stage.create(Duration::from_hours(24));
    stage.wait_for_wait(task, |status| status["level"]["status"] == "pending");
    assert_eq!(mirror.terminate(), Some(0));

    stage.set_keys(&format!("{NEW}\n{OLD}\n"));
    let _mirror = stage.mirror("again.log");
    // Whoever has no keys may signal all the same.
    signal(temporal(), task, "human_decision", r#"{"decision":"approved","user":"mallory"}"#).unwrap();
    let status = stage.wait_for_wait(task, |status| !status["refused"].is_null());
    assert_eq!(
        (&status["refused"]["user"], &status["level"]["status"]),
        (&"mallory".into(), &"pending".into())
    );
    let decision = r#"{"decision":"approved","user":"ada","comments":"a private word"}"#;
    signal(temporal(), task, "human_decision", decision).unwrap();
    let done = stage.wait_for_task(task, "decided", |it| it.state.status == Status::Completed);
    assert_eq!(done.state.completion.unwrap().review_comments.as_deref(), Some("a private word"));
    stage.wait_for_wait(task, |status| status["ending"]["outcome"] == "approved");

    let all = show(temporal(), task).to_string() + &describe(temporal(), task).unwrap().to_string();
    let encoded = |text: &str| all.contains(text);
    // Payloads are base64 there: `binary/encrypted`, and the names of both keys.
    assert!(encoded("YmluYXJ5L2VuY3J5cHRlZA==") && encoded("MjAyNi0wNQ==") && encoded("MjAyNi0xMQ=="));
    for plain in ["a text somebody", "YSB0ZXh0IHNvbWVib2R5", "\"pending\"", "\"summary\"", "desk", "private"]
    {
        let said_by_us = all.replace(decision, "");
        assert!(!said_by_us.contains(plain), "{plain} is there to be read");
    }
}

#[test]
fn a_wait_whose_key_is_missing_stands_still_and_holds_up_no_other() {
    let set = || Stage::set_with_keys("missing", temporal(), OLD);
    let stage = set();
    let mirror = stage.mirror("mirror.log");
    let still = stage.create(Duration::from_hours(24));
    stage.wait_for_wait(still, |status| status["level"]["status"] == "pending");
    mirror.kill();
    stage.set_keys(NEW);
    let mirror = stage.mirror("again.log");
    let other = stage.create(Duration::from_hours(24));
    stage.wait_for_wait(other, |status| status["level"]["status"] == "pending");
    // Whoever asks it gets no answer, and ends nothing.
    assert_eq!(stage.run(&["status", &still.to_string()]).code, Some(1));
    stage.wait_for_wait(other, |status| status["level"]["status"] == "pending");
    assert_eq!(stage.run(&["status", "--json"]).ok().json()["open_waits"], 2);
    assert_eq!(stage.run(&["reconcile", "--age", "10ms", "--json"]).ok().json()["open_waits"], 2);
    mirror.kill();

    // Nor does it hold up the others' coming back, and it comes back itself when its key is there.
    let anew = set();
    anew.set_keys(NEW);
    let report = anew.run(&["rebuild", "--json"]);
    let (code, report) = (report.code, report.json());
    assert_eq!((code, &report["restored"]), (Some(1), &1.into()), "{report}");
    assert_eq!(report["not_answered"], serde_json::json!([still]));
    assert!(anew.has(other) && !anew.has(still));
    anew.set_keys(&format!("{NEW}\n{OLD}\n"));
    assert_eq!(anew.run(&["rebuild", "--json"]).ok().json()["restored"], 1);
    assert!(anew.has(still));
}

#[test]
fn nor_is_what_the_toolkit_answers() {
    let stage = Stage::set_with_keys("answers", temporal(), NEW);
    let _mirror = stage.mirror("mirror.log");
    start("answers", "answers-1", r#"{"content": "a letter"}"#);
    let task = stage.only_task();
    stage.done(task, "ada", Verb::Claim);
    let comments = Some("a private word".to_owned());
    let (decision, result) = (Decision::Approved, Metadata::new());
    stage.done(task, "ada", Verb::Complete { decision, result, comments, quality_score: None, shown: None });
    wait_until("the end of the wait", Duration::from_mins(1), || {
        let told = history(temporal(), "answers-1");
        told.ends_with(&["EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED".to_owned()])
            .then_some(())
            .ok_or(told.join(" "))
    });
    let shown = show(temporal(), "answers-1").to_string();
    // What the command line said without a key was read: it stands there in base64.
    assert!(
        shown.contains("eyJjb250ZW50IjogImEgbGV0dGVyIn0=") && shown.contains("YmluYXJ5L2VuY3J5cHRlZA=="),
        "{shown}"
    );
    for plain in ["private", "\"ada\"", "approved"] {
        assert!(!shown.contains(plain), "{plain} is there to be read: {shown}");
    }
}
