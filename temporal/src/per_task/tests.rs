//! What a wait does next, in tables.

use std::time::Duration;

use tracerail_actors::conformance::sample;
use tracerail_schemas::task::{Decision, Priority, Refusal, Status, Task};
use tracerail_schemas::{Code, ContentKey, TaskId, TenantId, Timestamp};

use super::wait::{NEWS_MAX, Next, WAITING_BYTES_MAX, WAITING_MAX, Wait};
use crate::limits::{HISTORY_BYTES_MAX, ONE_BYTES_MAX};
use crate::words::{Answer, Changed, Ending, HumanDecision, Level, Opened, Seen};

const START: Timestamp = Timestamp::from_micros(1_000_000_000_000);
const HOUR: Duration = Duration::from_hours(1);

fn opened() -> Opened {
    let key = ContentKey::new(TenantId::default(), "desk", "a letter").unwrap();
    Opened::of(sample::task(&key, START), None)
}

/// The same task in a later version that has to be looked at then.
fn later(version: u64, wake_at: Option<Timestamp>) -> Changed {
    let level = Level { version, wake_at, ..opened().level };
    let mut state = task().state;
    state.priority = Priority::Urgent;
    Changed { level, state: Some(Box::new(state)), last_event: Some([1; 32]) }
}

fn task() -> Task {
    *opened().snapshot.task.unwrap()
}

fn decision(user: &str) -> HumanDecision {
    let said = serde_json::json!({"decision": "approved", "user": user});
    serde_json::from_value(said).unwrap()
}

fn ending(opened: &Opened) -> Ending {
    let mut task = *opened.snapshot.task.clone().unwrap();
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
    // Due long since is slept for as well: only what has happened makes it fire, so that a replay does the same at whatever time.
    let moment = Next::Sleep(Some(Duration::from_millis(1)));
    assert_eq!(
        (wait.next(START.plus(24 * HOUR)), wait.next(START.plus(99 * HOUR))),
        (moment.clone(), moment)
    );
    wait.rang();
    assert_eq!((wait.next(START), wait.next(START.plus(24 * HOUR))), (Next::Fire, Next::Fire));
    wait.seen(Seen::Open { level: opened().level, wake_in_ms: None }, START);
    assert_eq!(wait.next(START.plus(24 * HOUR)), Next::Sleep(None));
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
fn what_is_due_and_not_fired_rings_less_and_less_often_and_is_seen_to_be_overdue() {
    let mut wait = Wait::new(opened());
    let due = START.plus(24 * HOUR);
    let (mut now, mut rings) = (due, 0);
    while now < due.plus(24 * HOUR) {
        wait.rang();
        assert_eq!((wait.next(now), wait.is_ringing()), (Next::Fire, true));
        let level = Level { wake_at: Some(due), ..opened().level };
        wait.seen(Seen::Open { level, wake_in_ms: Some(0) }, now);
        assert_eq!(wait.status().overdue, now.since(due) >= Duration::from_secs(20));
        let Next::Sleep(Some(sleep)) = wait.next(now) else { unreachable!() };
        (now, rings) = (now.plus(sleep), rings + 1);
    }
    assert!((140..170).contains(&rings), "{rings} rings in a day");
    wait.changed(later(2, Some(now.plus(HOUR))));
    assert_eq!((wait.status().overdue, wait.next(now)), (false, Next::Sleep(Some(HOUR))));
}

#[test]
fn neither_a_decision_nor_news_nor_the_end_waits_for_a_ring() {
    let ringing = || {
        let mut wait = Wait::new(opened());
        wait.rang();
        assert!(wait.is_ringing() && wait.quiet().is_none());
        wait
    };
    let (mut decided, mut changed, mut closed, mut long) = (ringing(), ringing(), ringing(), ringing());
    decided.decided(decision("ada"));
    assert!(!decided.is_ringing() && matches!(decided.next(START), Next::Submit(..)));
    decided.answered(looked(opened().level, None), START);
    assert_eq!(decided.next(START), Next::Sleep(None), "the answer said how the task stands");
    changed.changed(later(2, Some(START.plus(HOUR))));
    assert_eq!((changed.is_ringing(), changed.next(START)), (false, Next::Sleep(Some(HOUR))));
    closed.closed(ending(&opened()));
    assert!(!closed.is_ringing() && matches!(closed.next(START), Next::End(_)));
    // A run that has become too long goes on in the next one, and rings there.
    long.heard(HISTORY_BYTES_MAX);
    assert!(!long.is_ringing() && Wait::new(long.handed_on()).is_ringing());
}

#[test]
fn a_store_that_is_behind_is_not_asked_all_the_time() {
    let mut wait = Wait::new(opened());
    let now = START.plus(24 * HOUR);
    let older = |wake_in_ms| Seen::Open { level: Level { version: 3, ..opened().level }, wake_in_ms };
    wait.changed(later(4, Some(now)));
    for (wake_in_ms, sleep) in [(Some(0), 5), (Some(90_000), 90), (None, 60)] {
        wait.rang();
        wait.seen(older(wake_in_ms), now);
        assert_eq!(wait.next(now), Next::Sleep(Some(Duration::from_secs(sleep))), "{wake_in_ms:?}");
        wait.changed(later(wait.level().version + 1, Some(now)));
    }
    // What came while somebody looked says when to ring.
    wait.changed(later(9, Some(now.plus(HOUR))));
    wait.seen(older(None), now);
    assert_eq!((wait.next(now), wait.level().version), (Next::Sleep(Some(HOUR)), 9));
}

#[test]
fn it_is_woken_by_what_changes_what_it_does() {
    let mut wait = Wait::new(opened());
    let quiet = wait.quiet();
    assert!(quiet.is_some());
    wait.unreadable("it is a number".to_owned());
    wait.changed(later(1, Some(START)));
    assert_eq!(wait.quiet(), quiet, "neither what cannot be read nor what is known changes it");
    wait.changed(later(2, opened().level.wake_at));
    assert!(wait.quiet().is_some() && wait.quiet() != quiet, "how it stands is noted");
    wait.decided(decision("ada"));
    assert_eq!(wait.quiet(), None);
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

/// A decision that is so long as it was signalled, and longer as TraceRail is asked.
fn long_decision(bytes: usize) -> HumanDecision {
    let numbers = vec!["1e5"; bytes / 4].join(",");
    let said = format!("{{\"decision\":\"approved\",\"user\":\"ada\",\"result\":{{\"a\":[{numbers}]}}}}");
    assert!(said.len() <= bytes + 100);
    serde_json::from_str(&said).unwrap()
}

#[test]
fn what_is_too_long_is_refused_and_ends_nothing() {
    let mut wait = Wait::new(opened());
    let long = long_decision(1_000_000);
    assert!(wait.objection(&long).unwrap().contains("longer than"));
    wait.decided(long);
    wait.decided(long_decision(ONE_BYTES_MAX));
    wait.unreadable("x".repeat(2_000_000));
    assert_eq!((wait.status().unanswered, wait.status().refused.unwrap().code), (0, "TR0001".to_owned()));
    assert!(serde_json::to_vec(&wait.handed_on()).unwrap().len() < 10_000);
    wait.decided(long_decision(ONE_BYTES_MAX / 3));
    assert_eq!((wait.status().decisions, wait.status().unanswered), (4, 1));
    // And many of them are too much before they are a hundred.
    for _ in 0..WAITING_BYTES_MAX * 3 / ONE_BYTES_MAX {
        wait.decided(long_decision(ONE_BYTES_MAX / 3));
    }
    let status = wait.status();
    assert!((5..30).contains(&status.unanswered), "{}", status.unanswered);
    assert_eq!(status.refused.unwrap().code, "TR0030");
}

#[test]
fn a_run_to_which_much_was_said_is_handed_on() {
    let mut wait = Wait::new(opened());
    wait.heard(HISTORY_BYTES_MAX - 1);
    assert!(!wait.is_to_be_handed_on());
    wait.heard(1);
    assert!(wait.is_to_be_handed_on());
    let again = Wait::new(wait.handed_on());
    assert!(!again.is_to_be_handed_on());
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
    let kept = again.snapshot().clone().kept().unwrap().task;
    assert_eq!((kept.version, kept.state.priority, kept.last_event), (7, Priority::Urgent, Some([1; 32])));
}

#[test]
fn a_long_run_is_handed_on_when_nothing_is_under_way() {
    let mut wait = Wait::new(opened());
    for _ in 0..NEWS_MAX {
        assert!(!wait.is_to_be_handed_on());
        wait.unreadable("it is a number".to_owned());
    }
    assert!(wait.is_to_be_handed_on());
    wait.decided(decision("mallory"));
    assert!(!wait.is_to_be_handed_on(), "a decision is under way");
    wait.answered(looked(opened().level, None), START);
    assert!(wait.is_to_be_handed_on());
    wait.closed(ending(&opened()));
    assert!(!wait.is_to_be_handed_on(), "it is over");
}

#[test]
fn whoever_waits_for_an_answer_gets_it_before_the_end() {
    let mut wait = Wait::new(opened());
    let (first, second) = (wait.asked(decision("ada")), wait.asked(decision("bob")));
    assert!(!wait.has_answer(first) && !wait.has_answer(second));
    let refusal = Refusal {
        code: Code::CommandIllegal,
        message: "it is completed".to_owned(),
        status: None,
        version: None,
        legal_commands: Vec::new(),
    };
    wait.answered(Answer { refusal: None, seen: Seen::Closed(Box::new(ending(&opened()))) }, START);
    let verdict = wait.answer_to(first).unwrap();
    assert_eq!((verdict.accepted, verdict.refused), (true, None));
    assert!(
        verdict.ending.is_some() && wait.objection(&decision("eve")).is_some(),
        "a further one would come too late"
    );
    assert_eq!(wait.next(START), Next::Submit(second, Box::new(decision("bob"))));
    wait.answered(Answer { refusal: Some(refusal), seen: Seen::Unknown }, START);
    let verdict = wait.answer_to(second).unwrap();
    assert_eq!((verdict.accepted, verdict.refused.unwrap().number), (false, second));
    assert!(wait.answer_to(second).is_none(), "an answer is given once");
    assert!(matches!(wait.next(START), Next::End(_)));
}

#[test]
fn long_content_is_left_out_and_said_to_be() {
    let mut task = task();
    task.data.content = "x".repeat(64 * 1024);
    let whole = Opened::of(task.clone(), None).snapshot;
    assert!(!whole.content_missing);
    assert_eq!(whole.kept().unwrap().task, task);
    task.data.content.push('x');
    let short = Opened::of(task, None).snapshot;
    assert!(short.content_missing && short.task.clone().unwrap().data.content.is_empty());
    assert!(short.kept().unwrap().task.data.content.contains("missing"));
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
