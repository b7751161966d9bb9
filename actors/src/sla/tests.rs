//! Tables on what is decided.

use std::time::Duration;

use tracerail_schemas::task::{
    DeadlineAction, Decision, EscalationStep, SlaState, Status, Target, Task, Verb,
};
use tracerail_schemas::{Event, EventId, Principal, Subject, Timestamp};

use super::decide::{self, Due};
use super::verify::{SlaReport, WrongTimer};
use crate::policy::{EscalationPolicy, Level, TaskPolicy};
use crate::port::{Armed, Guard};
use crate::system::Role;
use crate::task::commit::batch;
use crate::task::tests::build::{
    at, complete, created, done, policy, request_changes, route, suspend, task, task_at, user,
};
use crate::task::tests::fold::{assert_declared, assert_next};
use crate::task::{Change, Chosen};

const HOUR: Duration = Duration::from_hours(1);

/// What is due for a task: only what this role is said to make.
fn decide(task: &Task, now: Timestamp, next: Option<Chosen>) -> Option<Due> {
    let due = decide::decide(task, now, next);
    due.inspect(|due| assert_declared(Role::Sla, &due.change))
}

/// What a sweep makes of a task.
pub(crate) fn swept(task: &Task, now: Timestamp) -> Option<Change> {
    decide(task, now, None).map(|due| due.change)
}

fn expiring() -> Task {
    let policy = TaskPolicy { expire_at_sla_times: Some(3.0), ..policy() };
    created(&route(tracerail_schemas::routing::RoutingDecision::Human), &policy).task
}

fn just_before(moment: Timestamp) -> Timestamp {
    Timestamp::from_micros(moment.as_micros() - 1)
}

#[test]
fn each_deadline_fires_once_when_it_is_due_and_not_before() {
    let mut task = expiring();
    let mut causes = Vec::new();
    for (level, hour, action) in [
        (1, 24, DeadlineAction::Escalate),
        (2, 48, DeadlineAction::Escalate),
        (3, 72, DeadlineAction::Expire),
    ] {
        assert!(decide(&task, just_before(at(hour)), None).is_none(), "level {level} fires early");
        let Due { change, origin, guard, late } = decide(&task, at(hour), None).unwrap();
        assert_eq!(guard, Guard { not_before: Some(at(hour)) });
        assert_eq!(late, Some(Duration::ZERO));
        assert_next(&task, &change);
        let [Event::SlaBreached(event)] = change.events.as_slice() else { panic!("{:?}", change.events) };
        let detail = &event.detail;
        assert_eq!((detail.level, detail.round, detail.due_at, detail.action), (level, 0, at(hour), action));
        assert_eq!(event.by, Principal::system("sla"));
        assert_eq!(change.task.state.status, Status::Pending, "what follows is escalation's");
        assert!(change.ending.is_none());
        causes.push(origin.cause.id);
        task = change.task;
    }
    assert!(decide(&task, at(10_000), None).is_none() && task.wake_at().is_none());
    causes.sort();
    causes.dedup();
    assert_eq!(causes.len(), 3, "a cause for each level");
}

#[test]
fn the_deadline_of_each_review_fires_though_the_one_before_did() {
    let review = Level { after: HOUR, target: Target::Review, step: EscalationStep::default() };
    let closing = Level { after: HOUR * 40, target: Target::Completion, step: EscalationStep::default() };
    let levels = vec![closing, review];
    let strict = EscalationPolicy { version: 1, calendar: None, levels, loops: 0, expire_after: None };
    let policy = TaskPolicy {
        escalation_policies: [("strict".to_owned(), strict)].into(),
        escalation_policy: Some("strict".to_owned()),
        ..policy()
    };
    let mut route = route(tracerail_schemas::routing::RoutingDecision::Human);
    route.engine.review_required = true;
    let mut task = done(&created(&route, &policy).task, &user("ann"), Verb::Claim, at(0));
    let mut causes = Vec::new();
    for hour in [1, 5] {
        task = done(&task, &user("ann"), complete(Decision::Approved), at(hour));
        let Due { change, origin, .. } = decide(&task, at(hour + 1), None).unwrap();
        let [Event::SlaBreached(event)] = change.events.as_slice() else { panic!("{:?}", change.events) };
        assert_eq!((event.detail.level, event.detail.due_at), (2, at(hour + 1)));
        causes.push(origin.cause.id);
        task = done(&change.task, &user("bob"), request_changes(), at(hour + 2));
    }
    assert_ne!(causes[0], causes[1], "the second one is another one");
}

#[test]
fn two_sweepers_make_the_same_event() {
    let fired = |now| {
        let Due { change, origin, guard, late } = decide(&task(), now, None).unwrap();
        assert_eq!(late, Some(now.since(at(24))));
        assert_eq!(guard.not_before, Some(at(24)), "as soon as it was due, whoever looks late");
        (origin.cause, batch(change, origin, None).unwrap().events[0].envelope.id)
    };
    let (cause, event) = fired(at(24));
    assert_eq!((cause, event), fired(at(31)));
    assert_eq!(event, EventId::consequence(cause.id, 0));
    let mut other = task();
    other.id = tracerail_schemas::TaskId::from_uuid(uuid::Uuid::from_u128(5));
    assert_ne!(decide(&other, at(24), None).unwrap().origin.cause, cause);
}

#[test]
fn overdue_levels_fire_one_by_one() {
    let first = decide(&task(), at(100), None).unwrap();
    let second = decide(&first.change.task, at(100), None).unwrap();
    assert_eq!((first.guard.not_before, second.guard.not_before), (Some(at(24)), Some(at(48))));
    assert!(decide(&second.change.task, at(100), None).is_none());
    assert_eq!(second.change.task.state.clock.state(true), SlaState::Breached);
}

#[test]
fn nothing_fires_on_what_is_closed_or_stands_still() {
    for status in [Status::Completed, Status::Cancelled, Status::Suspended] {
        assert!(decide(&task_at(status), at(10_000), None).is_none(), "{status}");
    }
    for status in
        [Status::Pending, Status::Assigned, Status::InProgress, Status::WaitingReview, Status::Escalated]
    {
        assert!(decide(&task_at(status), at(24), None).is_some(), "{status}");
    }
}

#[test]
fn a_suspension_ends_exactly_when_it_was_to() {
    let suspended = done(&task_at(Status::InProgress), &user("ann"), suspend(Some(at(30))), at(10));
    assert!(decide(&suspended, just_before(at(30)), None).is_none());
    let due = decide(&suspended, at(30), None).unwrap();
    assert_eq!((due.guard.not_before, due.late), (Some(at(30)), None), "no deadline");
    let batch = batch(due.change.clone(), due.origin.clone(), None).unwrap();
    assert_eq!(batch.events[0].envelope.subject, Subject::TaskResumed);
    let resumed = due.change.task;
    assert_eq!((resumed.state.status, resumed.wake_at()), (Status::InProgress, Some(at(44))));

    let again = done(&resumed, &user("ann"), suspend(Some(at(40))), at(35));
    assert_ne!(
        decide(&again, at(40), None).unwrap().origin.cause,
        due.origin.cause,
        "another end of another one"
    );
}

/// The escalation that the suspension overtook is asked for again, by whoever notices that the suspension has ended.
#[test]
fn the_end_of_a_suspension_brings_the_escalation_it_overtook() {
    let breached = swept(&task(), at(24)).unwrap().task;
    assert_eq!(breached.state.escalation_level, 0, "nobody has raised it yet");
    let suspended = done(&breached, &user("lea"), suspend(Some(at(30))), at(25));
    let Due { change, origin, .. } = decide(&suspended, at(31), None).unwrap();
    assert_next(&suspended, &change);
    let [Event::TaskResumed(_), Event::TaskEscalationRequested(request)] = change.events.as_slice() else {
        panic!("{:?}", change.events)
    };
    assert_eq!((request.level, &request.by), (1, &Principal::system("sla")));
    let told = batch(change.clone(), origin, None).unwrap().events;
    assert!(told.iter().all(|event| event.envelope.source == "tracerail/sla"), "{told:?}");
}

#[test]
fn verify_counts_every_open_task_once_and_names_the_wrong_timers() {
    let breached = swept(&task(), at(50)).unwrap().task;
    let exhausted = swept(&breached, at(50)).unwrap().task;
    let until = done(&task(), &user("lea"), suspend(Some(at(60))), at(2));
    let mut report = SlaReport::default();
    for task in [task(), task_at(Status::Suspended), until, exhausted.clone()] {
        report.look_at(Armed { task_id: task.id, wake_at: task.wake_at() }, &task, at(24));
    }
    let counts = (report.open, report.armed, report.standing_still, report.exhausted, report.overdue);
    assert_eq!(counts, (4, 2, 1, 1, 1));
    assert_eq!(report.wrong, []);

    for (task, armed_at) in [(task(), None), (task(), Some(at(25))), (exhausted, Some(at(48)))] {
        let mut report = SlaReport::default();
        report.look_at(Armed { task_id: task.id, wake_at: armed_at }, &task, at(1));
        assert_eq!(report.wrong, [WrongTimer { task_id: task.id, armed_at, should_be: task.wake_at() }]);
    }
}

#[test]
fn a_task_at_risk_is_warned_of_once_and_what_has_passed_is_not_warned_of() {
    let policy = TaskPolicy { at_risk_share: Some(0.75), ..policy() };
    let task = created(&route(tracerail_schemas::routing::RoutingDecision::Human), &policy).task;
    assert_eq!(task.wake_at(), Some(at(18)));
    assert!(decide(&task, just_before(at(18)), None).is_none());
    let Due { change, guard, late, .. } = decide(&task, at(19), None).unwrap();
    assert_eq!((guard, late), (Guard { not_before: Some(at(18)) }, None));
    assert_next(&task, &change);
    let [Event::TaskUpdated(_), Event::SlaAtRisk(warning)] = change.events.as_slice() else {
        panic!("{:?}", change.events)
    };
    assert_eq!((warning.level, warning.due_at, warning.at), (1, at(24), at(19)));
    assert_eq!(change.task.state.clock.state(true), SlaState::Running, "it is no breach");
    assert!(decide(&change.task, at(20), None).is_none() && change.task.wake_at() == Some(at(24)));
    // Nobody swept until both had passed: the breach alone is told.
    let Due { change, guard, .. } = decide(&task, at(25), None).unwrap();
    assert!(matches!(change.events.as_slice(), [Event::SlaBreached(_)]));
    assert_eq!(guard, Guard { not_before: Some(at(24)) });
    assert!(decide(&change.task, at(26), None).is_none());
}
