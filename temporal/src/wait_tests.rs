//! What a wait does next, in tables.

use std::time::Duration;

use tracerail_actors::conformance::sample;
use tracerail_schemas::task::{Decision, Refusal, Status};
use tracerail_schemas::{Code, ContentKey, TaskId, TenantId, Timestamp};

use crate::wait::{Next, WAITING_MAX, Wait};
use crate::words::{Answer, Ending, HumanDecision, Level, Opened, Seen};

const START: Timestamp = Timestamp::from_micros(1_000_000_000_000);
const HOUR: Duration = Duration::from_hours(1);

fn opened() -> Opened {
    let key = ContentKey::new(TenantId::default(), "desk", "a letter").unwrap();
    Opened::of(sample::task(&key, START))
}

/// The same task in a later version that has to be looked at then.
fn later(version: u64, wake_at: Option<Timestamp>) -> Level {
    Level { version, wake_at, ..opened().level }
}

fn decision(user: &str) -> HumanDecision {
    let said = serde_json::json!({"decision": "approved", "user": user});
    serde_json::from_value(said).unwrap()
}

fn ending(opened: &Opened) -> Ending {
    let mut task = *opened.task.clone().unwrap();
    task.state.status = Status::Cancelled;
    Ending::of(&task).unwrap()
}

fn looked(level: Level, wake_in_ms: Option<u64>) -> Answer {
    Answer { refusal: None, seen: Seen::Open { level, wake_in_ms } }
}

#[test]
fn it_sleeps_until_the_deadline_and_follows_it() {
    let mut wait = Wait::new(opened());
    assert_eq!(wait.next(START), Next::Sleep(Some(24 * HOUR)));
    assert_eq!(wait.next(START.plus(24 * HOUR)), Next::Fire);
    wait.changed(later(2, Some(START.plus(HOUR))));
    assert_eq!(wait.next(START), Next::Sleep(Some(HOUR)));
    // A suspended task has no deadline; what is older comes too late.
    wait.changed(later(3, None));
    wait.changed(later(2, Some(START)));
    assert_eq!(wait.next(START.plus(100 * HOUR)), Next::Sleep(None));
}

#[test]
fn a_clock_that_is_ahead_of_tracerails_rings_again_and_not_all_the_time() {
    let mut wait = Wait::new(opened());
    let now = START.plus(24 * HOUR);
    wait.seen(Seen::Open { level: opened().level, wake_in_ms: Some(250) }, now);
    assert_eq!(wait.next(now), Next::Sleep(Some(Duration::from_millis(250))));
    wait.seen(Seen::Unknown, now);
    assert_eq!(wait.next(now), Next::Sleep(None));
}

#[test]
fn decisions_are_answered_one_by_one_even_after_the_end() {
    let mut wait = Wait::new(opened());
    wait.decided(decision("mallory"));
    wait.decided(decision("ada"));
    assert_eq!(wait.next(START), Next::Submit(1, Box::new(decision("mallory"))));
    let refusal = Refusal {
        code: Code::CommandForbidden,
        message: "only a candidate may".to_owned(),
        status: None,
        version: None,
        legal_commands: Vec::new(),
    };
    let refused = Answer { refusal: Some(refusal), ..looked(opened().level, None) };
    wait.answered(refused, START);
    assert_eq!(wait.status().refused.map(|it| (it.number, it.code)), Some((1, "TR0012".to_owned())));
    wait.closed(ending(&opened()));
    assert!(!wait.is_idle());
    assert_eq!(wait.next(START), Next::Submit(2, Box::new(decision("ada"))));
    wait.answered(looked(opened().level, None), START);
    assert_eq!(wait.next(START), Next::End(Box::new(ending(&opened()))));
}

#[test]
fn only_the_end_of_its_own_task_ends_it() {
    let mut wait = Wait::new(opened());
    let mut other = ending(&opened());
    other.task_id = TaskId::from_uuid(uuid::Uuid::nil());
    wait.closed(other);
    wait.closed(Ending { status: Status::Assigned, ..ending(&opened()) });
    assert_eq!(wait.next(START), Next::Sleep(Some(24 * HOUR)));
    wait.closed(ending(&opened()));
    assert!(matches!(wait.next(START), Next::End(_)));
}

#[test]
fn what_is_too_much_or_no_decision_is_refused_here() {
    let mut wait = Wait::new(opened());
    wait.unreadable("it is a number".to_owned());
    for _ in 0..=WAITING_MAX {
        wait.decided(decision("ada"));
    }
    let status = wait.status();
    assert_eq!((status.decisions, status.unanswered), (102, 100));
    assert_eq!(status.refused.map(|it| it.number), Some(102));
}

#[test]
fn a_later_run_goes_on_where_this_one_was() {
    let mut wait = Wait::new(opened());
    wait.unreadable("it is a number".to_owned());
    wait.changed(later(7, Some(START.plus(HOUR))));
    let written = serde_json::to_vec(&wait.handed_on()).unwrap();
    let again = Wait::new(serde_json::from_slice(&written).unwrap());
    assert_eq!(again.next(START), Next::Sleep(Some(HOUR)));
    assert_eq!((again.level().version, again.status().decisions), (7, 0));
    assert!(again.status().refused.is_some());
}

#[test]
fn long_content_is_left_out_and_said_to_be() {
    let mut task = *opened().task.unwrap();
    task.data.content = "x".repeat(64 * 1024);
    assert!(!Opened::of(task.clone()).content_missing);
    task.data.content.push('x');
    let opened = Opened::of(task);
    assert!(opened.content_missing && opened.task.unwrap().data.content.is_empty());
}

#[test]
fn decisions_are_read_in_the_seeds_words_too() {
    let said = serde_json::json!({
        "decision": "rejected", "completed_by": "ada", "review_comments": "no", "result_data": {"a": 1}
    });
    let read: HumanDecision = serde_json::from_value(said).unwrap();
    assert_eq!((read.decision, read.user.as_str()), (Decision::Rejected, "ada"));
    assert_eq!((read.comments.as_deref(), read.result["a"].as_u64()), (Some("no"), Some(1)));
}
