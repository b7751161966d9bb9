//! A deadline that passes escalates once, and the wait goes on.

use std::time::Duration;

use tracerail_schemas::Subject;
use tracerail_schemas::task::Status;

use crate::stage::{Stage, history, result, signal, temporal, wait_for_status};

#[test]
fn a_breach_escalates_once_and_the_extended_wait_is_decided() {
    let stage = Stage::set("breached", temporal());
    let _mirror = stage.mirror("mirror.log");
    let task = stage.create(Duration::from_secs(2));
    wait_for_status(temporal(), task, "escalation", |it| it["level"]["escalation_level"] == 1);
    let rang = history(temporal(), task);
    assert!(rang.iter().any(|event| event == "EVENT_TYPE_TIMER_STARTED"), "{rang:?}");
    assert_eq!(stage.told(task, Subject::TaskEscalated).len(), 1);
    assert_eq!(stage.task(task).state.status, Status::Escalated);

    signal(temporal(), task, "human_decision", r#"{"decision":"rejected","user":"ada"}"#).unwrap();
    let ended = result(temporal(), task);
    assert_eq!((&ended["outcome"], &ended["escalation_level"]), (&"rejected".into(), &1.into()), "{ended}");
    assert_eq!(stage.told(task, Subject::SlaBreached).len(), 1);
    assert_eq!(stage.told(task, Subject::TaskEscalated).len(), 1);
}
