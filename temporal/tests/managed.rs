//! What only shards can do: keep thousands of waits, and make tasks for whoever speaks only Temporal.

use std::time::Duration;

use serde_json::{Value, json};
use tracerail::config::TemporalMode;
use tracerail_schemas::TaskId;
use tracerail_schemas::task::{Decision, Priority, Status};
use tracerail_temporal::managed::words::shard_of;
use tracerail_testkit::wait_until;

use crate::stage::{Stage, keep_history, result, signal, temporal};
use crate::voice::{Speaker, Voice};

const SOON: Duration = Duration::from_mins(1);

#[test]
fn who_speaks_only_temporal_makes_tasks_finds_them_and_decides_them() {
    let stage = Stage::set_in(TemporalMode::Managed, "only-temporal", temporal());
    let _mirror = stage.mirror("mirror.log");
    let given = TaskId::from_uuid(uuid_of_shard(2));
    let shard = "only-temporal.tracerail-tasks-2";
    // In the seed's words and in TraceRail's; without an id; what nobody may; and what cannot be read.
    let new = json!([
        {"id": given, "created_by": "eve", "content": "a letter", "priority": "urgent", "sla_hours": 12,
         "suggested_assignee": "ada"},
        {"by": "eve", "content": "another", "terms": {"candidate_users": ["ada"]}, "suggested_assignee": "ada"},
        {"task_id": given, "by": "eve", "content": "the same id again"},
        {"task_id": given, "content": "whose?"},
        7,
    ]);
    signal(temporal(), shard, "create_tasks", &new.to_string()).unwrap();
    let has = wait_until("ada has two tasks", SOON, || {
        let has = try_to_ask(shard, "get_user_tasks", &json!("ada"))?;
        if has.as_array().is_some_and(|has| has.len() == 2) { Ok(has) } else { Err(has.to_string()) }
    });
    let made = stage.task(given);
    assert_eq!((made.state.priority, made.data.content.as_str()), (Priority::Urgent, "a letter"));
    let derived = has.as_array().unwrap().iter().find(|it| it["task_id"] != json!(given)).unwrap();
    let derived: TaskId = serde_json::from_value(derived["task_id"].clone()).unwrap();
    assert_eq!((shard_of(derived, 4), stage.task(derived).data.content.as_str()), (2, "another"));
    let counts = ask(shard, "get_shard", &Value::Null);
    assert_eq!(
        (&counts["refused"], &counts["unreadable"]["code"]),
        (&3.into(), &"TR0001".into()),
        "{counts}"
    );

    // As the seed has it: the task, and the result.
    let result = json!({"decision": "approved", "completed_by": "ada"});
    let args = ["workflow", "signal", "-w", shard, "--name", "complete_task"];
    let (task, said) = (json!(given).to_string(), result.to_string());
    temporal().run(&[&args[..], &["-i", &task, "-i", &said]].concat()).ok();
    stage.wait_for_task(given, "decided", |it| it.state.status == Status::Completed);
    keep_history(temporal(), shard, "managed_creates");
    // A shard takes whatever is decided, also of another's tasks; it says which one to ask.
    let other = "only-temporal.tracerail-tasks-0";
    let said = json!([{"task_id": derived, "decision": "rejected", "user": "ada"}]);
    signal(temporal(), other, "complete_tasks", &said.to_string()).unwrap();
    stage.wait_for_task(derived, "decided", |it| it.state.status == Status::Completed);
    let about = json!(derived).to_string();
    let args = ["workflow", "query", "--type", "get_task_status", "-w", other, "-i", &about];
    let refused = temporal().run(&args).stderr;
    assert!(refused.contains("another shard keeps task"), "{refused}");
    let said = temporal().run(&["workflow", "query", "--type", "get_task_status", "-w", shard, "-i", "7"]);
    assert_ne!(said.code, Some(0), "7 is no task, and the shard goes on");
    assert_eq!(stage.reconcile()["differences"], json!([]));
}

#[test]
fn a_shard_hands_on_what_it_keeps() {
    let stage = Stage::set_in(TemporalMode::Managed, "handing-on", temporal());
    let shard = "handing-on.tracerail-tasks-1";
    // One that hands on early.
    let begun = json!({"shard": 1, "shards": 4, "history_max": 30}).to_string();
    let memo = json!({"shard": 1, "shards": 4, "task_queue": "handing-on.handing-on"});
    let start = ["workflow", "start", "--type", "TaskManagementWorkflow", "-w", shard];
    let rest =
        ["--task-queue", "handing-on.handing-on", "--memo", &format!("tracerail={memo}"), "-i", &begun];
    temporal().run(&[&start[..], &rest[..]].concat()).ok();
    let _mirror = stage.mirror("mirror.log");
    let ids: Vec<_> = (0..12).map(|_| TaskId::from_uuid(uuid_of_shard(1))).collect();
    for id in &ids {
        let new = json!({"task_id": id, "by": "eve", "content": "a letter", "candidate_users": ["ada"]});
        signal(temporal(), shard, "create_task", &new.to_string()).unwrap();
        let said = json!({"task_id": id, "decision": "approved", "user": "mallory"});
        signal(temporal(), shard, "complete_task", &said.to_string()).unwrap();
    }
    let counts = wait_until("all is answered", SOON, || {
        let counts = try_to_ask(shard, "get_shard", &Value::Null)?;
        let done = counts["open"] == 12 && counts["unanswered"] == 0;
        if done { Ok(counts) } else { Err(counts.to_string()) }
    });
    assert!(counts["runs"].as_u64().unwrap() >= 2, "{counts}");
    assert_eq!(counts["refused"], 12, "{counts}");
    for id in &ids {
        let status = ask(shard, "get_task_status", &json!(id));
        assert_eq!(status["refused"]["user"], "mallory", "{status}");
    }
    assert_eq!(stage.reconcile()["differences"], json!([]));
    let said = json!({"task_id": ids[0], "decision": "approved", "user": "ada"});
    signal(temporal(), shard, "complete_task", &said.to_string()).unwrap();
    stage.wait_for_task(ids[0], "decided", |it| it.state.status == Status::Completed);
    keep_history(temporal(), shard, "managed_carried");
}

#[test]
fn another_number_of_shards_and_somebody_elses_are_refused() {
    let mut stage = Stage::set_in(TemporalMode::Managed, "numbers", temporal());
    assert_eq!(stage.reconcile()["open_waits"], 0);
    for (shards, there) in [(3, true), (5, true), (4, false)] {
        stage.set_mode(TemporalMode::Managed, &format!(", shards: {shards}"));
        let refused = stage.run(&["reconcile"]);
        assert_eq!(refused.stderr.contains("temporal.shards"), there, "{shards}: {}", refused.stderr);
        assert_eq!(refused.code, Some(i32::from(there)));
    }
    let others = Stage::set_in(TemporalMode::Managed, "numbers", temporal());
    let file = others.log("tracerail.yaml").replace("task_queue: numbers", "task_queue: others");
    others.write("tracerail.yaml", &file);
    let refused = others.run(&["run"]);
    assert!(refused.stderr.contains("nats.subject_prefix"), "{}", refused.stderr);
    let refused = stage.run(&["rebuild"]);
    assert!(refused.stderr.contains("temporal.mode is managed"), "{}", refused.stderr);
}

#[test]
fn waits_from_before_the_mode_was_changed_are_told_their_end() {
    let mut stage = Stage::set_in(TemporalMode::PerTask, "changed", temporal());
    let mirror = stage.mirror("mirror.log");
    let task = stage.create(Duration::from_hours(24));
    stage.wait_for_wait(task, |it| it["level"]["version"] == 1);
    mirror.kill();
    stage.decide(task, "ada", Decision::Approved);
    stage.set_mode(TemporalMode::Managed, "");
    let _mirror = stage.mirror("again.log");
    let ended = result(temporal(), format!("changed.{task}"));
    assert_eq!(ended["outcome"], "approved");
}

fn ask(shard: &str, query: &str, about: &Value) -> Value {
    try_to_ask(shard, query, about).unwrap()
}

/// The same of a shard that may have too much to do for an answer.
fn try_to_ask(shard: &str, query: &str, about: &Value) -> Result<Value, String> {
    let about = (!about.is_null()).then_some(about);
    Speaker::new(Voice::CommandLine, temporal()).query(shard, query, about)
}

fn uuid_of_shard(shard: u32) -> uuid::Uuid {
    let ids = std::iter::repeat_with(|| tracerail::client::new_command_id().uuid());
    ids.into_iter().find(|id| shard_of(TaskId::from_uuid(*id), 4) == shard).unwrap()
}
