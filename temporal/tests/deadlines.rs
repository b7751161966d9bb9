//! A deadline that passes escalates once, and the wait goes on.

use std::time::Duration;

use tracerail_schemas::Subject;
use tracerail_schemas::task::Status;

use crate::stage::{Stage, history, keep_history, result, signal, temporal, wait_for_status};

/// Deadlines that are further apart than it takes to tell a wait. Temporal rings at each of them, TraceRail sweeps once a second: so at
/// some of them Temporal is first, and its wait asks.
const DEADLINES_MS: [u64; 4] = [2_000, 2_250, 2_500, 2_750];

#[test]
fn a_breach_escalates_once_and_the_extended_wait_is_decided() {
    let stage = Stage::set("breached", temporal());
    let _mirror = stage.mirror("mirror.log");
    let tasks = DEADLINES_MS.map(|millis| stage.create(Duration::from_millis(millis)));
    for task in tasks {
        // Neither of the two is a decision of somebody who may decide.
        wait_for_status(temporal(), task, "a wait", |it| it["level"]["status"] == "pending");
        signal(temporal(), task, "human_decision", "7").unwrap();
        signal(temporal(), task, "human_decision", r#"{"decision":"approved","user":"mallory"}"#).unwrap();
    }
    for task in tasks {
        wait_for_status(temporal(), task, "escalation", |it| it["level"]["escalation_level"] == 1);
        assert_eq!(stage.task(task).state.status, Status::Escalated);
        signal(temporal(), task, "human_decision", r#"{"decision":"rejected","user":"ada"}"#).unwrap();
        let ended = result(temporal(), task);
        assert_eq!(
            (&ended["outcome"], &ended["escalation_level"]),
            (&"rejected".into(), &1.into()),
            "{ended}"
        );
        assert_eq!(stage.told(task, Subject::SlaBreached).len(), 1);
        assert_eq!(stage.told(task, Subject::TaskEscalated).len(), 1);
    }
    // Two activities are the decisions of mallory and ada.
    let activities = |task: &_| {
        history(temporal(), task)
            .iter()
            .filter(|it| it.as_str() == "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED")
            .count()
    };
    let asked: Vec<_> = tasks.iter().map(|task| (activities(task), task)).collect();
    let most = asked.iter().max_by_key(|(activities, _)| *activities).unwrap();
    assert!(most.0 > 2, "no wait asked whether its deadline was fired: {asked:?}");
    keep_history(temporal(), most.1, "breached");
}
