//! A decision counts once, wherever it is made, and ends both sides.

use std::time::Duration;

use tracerail_schemas::Subject;
use tracerail_schemas::task::{Decision, Status};
use tracerail_testkit::servers::{Nats, NatsOptions, Redis, RedisOptions};

use crate::stage::{
    Stage, describe, history, keep_history, query, result, signal, temporal, wait_for_status,
};

const DAY: Duration = Duration::from_hours(24);

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
fn a_signal_after_another_decision_is_refused_though_the_worker_was_killed() {
    let stage = Stage::set("refused", temporal());
    let mirror = stage.mirror("mirror.log");
    let task = stage.create(DAY);
    wait_for_status(temporal(), task, "a wait", |it| it["level"]["version"] == 1);
    mirror.kill();
    stage.decide(task, "bob", Decision::Rejected);
    signal(temporal(), task, "human_decision", r#"{"decision":"approved","user":"ada"}"#).unwrap();
    assert!(describe(temporal(), task).unwrap().to_string().contains("STATUS_RUNNING"));

    let _mirror = stage.mirror("again.log");
    assert_eq!(result(temporal(), task)["outcome"], "rejected");
    let status = query(temporal(), task).unwrap();
    assert_eq!((&status["decisions"], &status["refused"]["user"]), (&1.into(), &"ada".into()), "{status}");
    assert!(status["refused"]["message"].as_str().unwrap().contains("completed"), "{status}");
    assert_eq!(stage.told(task, Subject::TaskCompleted).len(), 1);
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
