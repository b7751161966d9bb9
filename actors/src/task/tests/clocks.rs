//! What commands do to the SLA clock.

use tracerail_schemas::task::{SlaState, Status, Verb};
use tracerail_schemas::{Code, Event, Timestamp};

use super::build::{at, complete, done, escalate, give, suspend, task, task_at, user};

#[test]
fn a_suspension_moves_the_deadlines_by_its_length() {
    let suspended = done(&task_at(Status::InProgress), &user("ann"), suspend(None), at(10));
    assert_eq!((suspended.state.due_at, suspended.wake_at()), (None, None));
    assert_eq!((suspended.state.clock.epoch, suspended.state.clock.running_since), (1, None));
    assert_eq!(suspended.state.clock.consumed_us, at(10).since(at(0)));
    let resumed = done(&suspended, &user("ann"), Verb::Resume, at(15));
    assert_eq!((resumed.state.due_at, resumed.wake_at()), (Some(at(29)), Some(at(29))));
    assert_eq!(resumed.state.clock.epoch, 2);
}

#[test]
fn a_suspension_that_ends_by_itself_wakes_the_system_then() {
    let suspended = done(&task_at(Status::Pending), &user("lea"), suspend(Some(at(50))), at(10));
    assert_eq!((suspended.state.suspended_until, suspended.wake_at()), (Some(at(50)), Some(at(50))));
    let early = done(&suspended, &user("lea"), Verb::Resume, at(20));
    assert_eq!((early.state.suspended_until, early.wake_at()), (None, Some(at(34))));
}

/// Who was late to wake it takes nothing from the people's time, and adds nothing to it.
#[test]
fn the_clock_goes_on_when_the_suspension_was_to_end_however_late_somebody_notices() {
    let suspended = done(&task_at(Status::Pending), &user("lea"), suspend(Some(at(12))), at(10));
    for (now, due_at) in [(11, 25), (12, 26), (30, 26)] {
        let resumed = done(&suspended, &user("lea"), Verb::Resume, at(now));
        assert_eq!(resumed.state.due_at, Some(at(due_at)), "resumed at hour {now}");
    }
}

#[test]
fn until_lies_ahead() {
    for until in [at(0), at(9), at(10)] {
        let refused = give(&task(), &user("lea"), suspend(Some(until)), at(10)).unwrap_err();
        assert_eq!(refused.code, Code::CommandInvalid, "{refused}");
    }
}

#[test]
fn a_due_date_lies_ahead_and_moves_the_clock() {
    let set = |due_at: Timestamp, now| give(&task(), &user("lea"), Verb::SetDue { due_at }, now);
    for due_at in [at(0), at(9), at(10)] {
        assert_eq!(set(due_at, at(10)).unwrap_err().code, Code::CommandInvalid);
    }
    let change = set(at(30), at(10)).unwrap();
    assert_eq!((change.task.state.due_at, change.task.wake_at()), (Some(at(30)), Some(at(30))));
    assert_eq!(change.task.state.clock.epoch, 1);
    let Event::TaskUpdated(event) = &change.events[0] else { panic!("{:?}", change.events) };
    assert_eq!((event.detail.due_at, event.detail.priority), (Some(at(30)), None));
}

#[test]
fn resuming_asks_again_for_a_level_that_fell_due() {
    let mut breached = task_at(Status::InProgress);
    breached.state.clock.fire(at(25)).unwrap();
    let suspended = done(&breached, &user("ann"), suspend(None), at(26));
    let change = give(&suspended, &user("ann"), Verb::Resume, at(30)).unwrap();
    let [Event::TaskResumed(_), Event::TaskEscalationRequested(request)] = change.events.as_slice() else {
        panic!("{:?}", change.events)
    };
    assert_eq!((request.level, request.task_id), (1, change.task.id));

    let raised = done(&breached, &user("ann"), escalate(), at(26));
    let suspended = done(&raised, &user("ann"), suspend(None), at(27));
    let change = give(&suspended, &user("ann"), Verb::Resume, at(30)).unwrap();
    assert_eq!(change.events.len(), 1, "it is at that level already");
}

#[test]
fn the_sla_is_met_only_when_the_deadline_was_kept_also_when_nobody_has_swept() {
    let approved = tracerail_schemas::task::Decision::Approved;
    for (now, met) in [(23, true), (24, false), (30, false)] {
        let change = give(&task_at(Status::InProgress), &user("ann"), complete(approved), at(now)).unwrap();
        let Event::TaskCompleted(event) = &change.events[0] else { panic!("{:?}", change.events) };
        assert_eq!(event.detail.sla_met, met, "hour {now}");
        let state = if met { SlaState::Met } else { SlaState::Missed };
        assert_eq!(change.task.state.clock.state(false), state, "hour {now}");
    }
}
