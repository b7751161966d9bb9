//! A decision counts once, wherever it is made, and ends both sides.

use std::time::Duration;

use serde_json::{Value, json};
use tracerail_schemas::task::{Decision, Status};
use tracerail_schemas::{Subject, TaskId};
use tracerail_testkit::servers::{Nats, NatsOptions, Redis, RedisOptions};

use crate::stage::{Stage, history, keep_history, query, result, signal, temporal, wait_for_status};
use crate::voice::{Speaker, Voice};

const DAY: Duration = Duration::from_hours(24);
/// More than happens to a wait in one run.
const MUCH: u64 = 310;

#[test]
fn what_is_signalled_is_decided_in_tracerail() {
    let stage = Stage::set("signalled", temporal());
    let mirror = stage.mirror("mirror.log");
    let task = stage.create(DAY);
    wait_for_status(temporal(), task, "a wait", |it| it["level"]["status"] == "pending");

    // Neither what cannot be read nor who may not ends the wait; the query says why.
    for said in ["\"yes\"", "{\"decision\":\"approved\"}"] {
        signal(temporal(), task, "human_decision", said).unwrap();
    }
    let refused =
        wait_for_status(temporal(), task, "what cannot be read", |it| it["decisions"] == 2)["refused"]
            .clone();
    assert_eq!((&refused["code"], &refused["number"]), (&"TR0001".into(), &2.into()), "{refused}");
    signal(temporal(), task, "task_changed", "[]").unwrap();
    signal(temporal(), task, "task_closed", "7").unwrap();
    signal(temporal(), task, "human_decision", r#"{"decision":"approved","user":"mallory"}"#).unwrap();
    let refused =
        wait_for_status(temporal(), task, "who may not", |it| it["refused"]["user"] == "mallory")["refused"]
            .clone();
    assert!(refused["message"].as_str().unwrap().contains("only a candidate"), "{refused}");
    assert_eq!(stage.task(task).state.status, Status::Pending);

    signal(temporal(), task, "human_decision", r#"{"decision":"approved","user":"ada","comments":"fine"}"#)
        .unwrap();
    let done = stage.wait_for_task(task, "decided", |it| it.state.status == Status::Completed);
    let work = done.state.completion.unwrap();
    assert_eq!((work.decision, work.completed_by.id.as_str()), (Decision::Approved, "ada"));
    assert_eq!(work.result_data["decided_via"], "temporal");
    let ended = result(temporal(), task);
    assert_eq!((&ended["outcome"], &ended["comments"]), (&"approved".into(), &"fine".into()), "{ended}");
    assert_eq!(stage.told(task, Subject::TaskCompleted).len(), 1);
    assert_eq!(mirror.terminate(), Some(0), "{}", stage.log("mirror.log"));
}

#[test]
fn an_update_is_answered_with_what_tracerail_said() {
    let stage = Stage::set("updated", temporal());
    let _mirror = stage.mirror("mirror.log");
    let task = stage.create(DAY);
    wait_for_status(temporal(), task, "a wait", |it| it["level"]["status"] == "pending");
    // What is no decision does not get as far as the history.
    assert!(update(task, "7").unwrap_err().contains("cannot be read"));
    assert!(!history(temporal(), task).iter().any(|event| event.contains("UPDATE")));
    let refused = update(task, r#"{"decision":"approved","user":"mallory"}"#).unwrap();
    assert_eq!((&refused["accepted"], &refused["refused"]["code"]), (&false.into(), &"TR0012".into()));
    let done = update(task, r#"{"decision":"rejected","user":"ada"}"#).unwrap();
    assert_eq!((&done["accepted"], &done["ending"]["outcome"]), (&true.into(), &"rejected".into()), "{done}");
    assert_eq!(stage.task(task).state.status, Status::Completed);
    assert_eq!(result(temporal(), task)["outcome"], "rejected");
    keep_history(temporal(), task, "updated");
}

#[test]
fn whoever_decides_what_cannot_be_taken_has_not_taken_the_task() {
    let stage = Stage::set("given-back", temporal());
    let _mirror = stage.mirror("mirror.log");
    let task = stage.create(DAY);
    wait_for_status(temporal(), task, "a wait", |it| it["level"]["status"] == "pending");
    let said = r#"{"decision":"approved","user":"ada","quality_score":7}"#;
    let refused = update(task, said).unwrap();
    assert_eq!(refused["accepted"], false, "{refused}");
    let task_now = stage.task(task);
    assert_eq!(task_now.state.status, Status::Pending, "ada had claimed it for the decision");
    assert_eq!(task_now.assignee(), None);
    let done = update(task, r#"{"decision":"approved","user":"bob"}"#).unwrap();
    assert_eq!(done["accepted"], true, "{done}");
}

#[test]
fn waits_on_another_queue_are_told_of_and_not_waited_for_in_vain() {
    let stage = Stage::set("first-queue", temporal());
    let mirror = stage.mirror("mirror.log");
    let task = stage.create(DAY);
    wait_for_status(temporal(), task, "a wait", |it| it["level"]["status"] == "pending");
    mirror.kill();
    let file = stage.log("tracerail.yaml");
    stage.write("tracerail.yaml", &file.replace("task_queue: first-queue", "task_queue: second-queue"));
    let refused = stage.run(&["reconcile", "--age", "10ms"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("temporal.task_queue"), "{}", refused.stderr);
    stage.write("tracerail.yaml", &file);
    assert_eq!(stage.reconcile()["differences"], json!([]));
}

#[test]
fn a_wait_to_which_much_happens_goes_on_in_another_run() {
    let stage = Stage::set("long", temporal());
    let _mirror = stage.mirror("mirror.log");
    let task = stage.create(DAY);
    wait_for_status(temporal(), task, "a wait", |it| it["level"]["status"] == "pending");
    let (id, speaker) = (task.to_string(), Speaker::new(Voice::Rust, temporal()));
    for _ in 0..MUCH {
        speaker.signal(&id, "human_decision", &json!("yes")).unwrap();
    }
    // Decisions are counted anew in each run; what was refused last, and how the task stands, is known on.
    let status = wait_for_status(temporal(), task, "another run", |it| it["decisions"].as_u64() < Some(MUCH));
    assert_eq!(
        (&status["refused"]["code"], &status["level"]["status"]),
        (&"TR0001".into(), &"pending".into())
    );
    assert!(history(temporal(), task).len() < 100, "its history begins anew");
    signal(temporal(), task, "human_decision", r#"{"decision":"approved","user":"ada"}"#).unwrap();
    stage.wait_for_task(task, "decided", |it| it.state.status == Status::Completed);
    assert_eq!(result(temporal(), task)["outcome"], "approved");
    keep_history(temporal(), task, "carried");
}

/// Updates a wait, as anybody may; what it answers.
fn update(task: TaskId, said: &str) -> Result<Value, String> {
    let id = task.to_string();
    let args = ["workflow", "update", "execute", "-o", "json", "--name", "submit_decision"];
    let told = temporal().run(&[&args[..], &["-w", &id, "-i", said]].concat());
    if told.code == Some(0) { Ok(told.json()["result"].clone()) } else { Err(told.stderr) }
}

#[test]
fn what_is_decided_in_tracerail_ends_the_wait() {
    let stage = Stage::set("decided", temporal());
    let _mirror = stage.mirror("mirror.log");
    let task = stage.create(DAY);
    wait_for_status(temporal(), task, "a wait", |it| it["level"]["version"] == 1);
    stage.decide(task, "bob", Decision::Rejected);
    let ended = result(temporal(), task);
    assert_eq!(
        (&ended["outcome"], &ended["decided_by"]["id"]),
        (&"rejected".into(), &"bob".into()),
        "{ended}"
    );
    keep_history(temporal(), task, "decided_elsewhere");
    // No activity was needed for it, and Temporal itself refuses what comes afterwards.
    assert!(!history(temporal(), task).iter().any(|event| event.contains("ACTIVITY")));
    let late = signal(temporal(), task, "human_decision", r#"{"decision":"approved","user":"ada"}"#);
    assert!(late.unwrap_err().contains("already completed"));
    assert_eq!(query(temporal(), task).unwrap()["ending"]["outcome"], "rejected");
}

#[test]
fn on_servers_both_ways_lead_to_the_same_end() {
    let (nats, redis) = (Nats::start(NatsOptions::default()), Redis::start(RedisOptions::default()));
    let stage = Stage::set_on_servers("servers", temporal(), &nats, &redis);
    let _mirror = stage.mirror("mirror.log");
    let (here, there) = (stage.create(DAY), stage.create(DAY));
    for task in [here, there] {
        wait_for_status(temporal(), format!("desk.{task}"), "a wait", |it| {
            it["level"]["status"] == "pending"
        });
    }
    signal(temporal(), format!("desk.{here}"), "human_decision", r#"{"decision":"approved","user":"ada"}"#)
        .unwrap();
    stage.decide(there, "bob", Decision::Rejected);
    stage.wait_for_task(here, "decided", |it| it.state.status == Status::Completed);
    for (task, outcome) in [(here, "approved"), (there, "rejected")] {
        assert_eq!(result(temporal(), format!("desk.{task}"))["outcome"], outcome);
        assert_eq!(stage.told(task, Subject::TaskCompleted).len(), 1);
    }
}
