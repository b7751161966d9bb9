//! Temporal is away for a while: nothing is lost, and nothing happens twice.

use std::time::Duration;

use tracerail_schemas::Subject;
use tracerail_schemas::task::{Decision, Status};
use tracerail_testkit::servers::Temporal;
use tracerail_testkit::wait_until;

use crate::stage::{Stage, result, signal, wait_for_status};

/// Tasks that come and go while nobody could wait for them.
const UNSEEN: usize = 1_000;
/// Waits the mirror speaks to at the same time.
const AT_ONCE: usize = 16;

#[test]
fn temporal_is_killed_while_tasks_wait_come_and_go() {
    let mut temporal = Temporal::start();
    let stage = Stage::set("outage", &temporal);
    let _mirror = stage.mirror("mirror.log");
    let (day, soon) = (Duration::from_hours(24), Duration::from_millis(500));
    let (kept, decided, breached) = (stage.create(day), stage.create(day), stage.create(soon * 4));
    for task in [kept, decided, breached] {
        wait_for_status(&temporal, task, "a wait", |it| it["level"]["version"] == 1);
    }

    temporal.kill9();
    stage.decide(decided, "bob", Decision::Approved);
    let unseen: Vec<_> = (0..UNSEEN).map(|_| stage.create(day)).collect();
    for task in &unseen {
        stage.decide(*task, "ada", Decision::Rejected);
    }
    let new = stage.create(day);
    stage.wait_for_task(breached, "escalation", |it| it.state.escalation_level == 1);
    temporal.restart();

    assert_eq!(result(&temporal, decided)["outcome"], "approved");
    wait_for_status(&temporal, new, "the new wait", |it| it["level"]["status"] == "pending");
    wait_for_status(&temporal, breached, "the escalation", |it| it["level"]["escalation_level"] == 1);
    wait_until("nobody waits for what is closed", Duration::from_mins(1), || {
        let running = count(&temporal, "ExecutionStatus = 'Running'");
        if running == 3 { Ok(()) } else { Err(format!("{running} wait")) }
    });
    // One that was being opened when the server went may have come into being after all, and has ended then.
    let ever = count(&temporal, "WorkflowType = 'HumanTaskWorkflow'");
    assert!(ever <= 4 + AT_ONCE, "{ever} waits, and {UNSEEN} tasks were closed before anybody could wait");
    for task in [kept, breached, new] {
        signal(&temporal, task, "human_decision", r#"{"decision":"approved","user":"ada"}"#).unwrap();
        assert_eq!(result(&temporal, task)["outcome"], "approved");
        assert_eq!(stage.task(task).state.status, Status::Completed);
    }
    assert_eq!(stage.told(breached, Subject::TaskEscalated).len(), 1);
    let compared = stage.reconcile();
    assert_eq!(
        (&compared["open_tasks"], &compared["differences"]),
        (&0.into(), &serde_json::json!([])),
        "{compared}"
    );
}

fn count(temporal: &Temporal, which: &str) -> usize {
    let counted = temporal.run(&["workflow", "count", "-o", "json", "--query", which]).ok().json();
    counted["count"].as_str().map_or(0, |count| count.parse().unwrap())
}
