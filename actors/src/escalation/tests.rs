//! Tables on what is decided.

use tracerail_schemas::content::Outcome;
use tracerail_schemas::event::{Escalated, EscalationRequested, EscalationTrigger, SlaBreached, TaskEvent};
use tracerail_schemas::task::{DeadlineAction, Decision, Priority, Status, Task, Verb};
use tracerail_schemas::{Event, EventId, Principal, Subject};
use uuid::Uuid;

use super::decide::{Demand, What, decide};
use crate::port::Cause;
use crate::system::Role;
use crate::task::Change;
use crate::task::change::told;
use crate::task::commit::{Origin, batch};
use crate::task::raise::raise;
use crate::task::standing::{Standing, standing};
use crate::task::tests::build::{
    at, complete, directory, done, group, key, person, record, suspend, system, task, task_at, user,
};
use crate::task::tests::fold::{assert_declared, assert_next};

const CAUSE: Uuid = Uuid::from_u128(7);

fn breach(task: &Task, level: u32, action: DeadlineAction) -> Demand {
    let detail = SlaBreached { level, round: 0, due_at: at(24), action };
    let event: TaskEvent<SlaBreached> = told(task, &system(), at(24), detail);
    Demand::of_breach(&event)
}

fn climb(task: &Task, level: u32) -> Demand {
    breach(task, level, DeadlineAction::Escalate)
}

fn request(task: &Task, level: u32, by: Principal) -> Demand {
    Demand::of_request(EscalationRequested {
        task_id: task.id,
        tenant: task.data.tenant.clone(),
        content: task.data.content_key.clone(),
        level,
        by,
        reason: "a threat".into(),
        at: at(0),
    })
}

fn decided(task: &Task, demand: Demand) -> Change {
    let verb = Verb::Escalate { reason: String::new() };
    let mut standing: Standing = standing(&directory(), task, &demand.by, &verb, at(25));
    if let What::Climb(climb) = &demand.what {
        standing.raise = raise(&directory(), None, task, (climb.round, climb.level), at(25));
    }
    let change = decide(task, demand, &standing, at(25), CAUSE);
    assert_next(task, &change);
    assert_declared(Role::Escalation, &change);
    assert_eq!(change.events.len(), 1);
    change
}

fn escalated(change: &Change) -> &Escalated {
    let Event::TaskEscalated(event) = &change.events[0] else { panic!("{:?}", change.events) };
    &event.detail
}

/// The level that was overtaken, and by what; the task must be as it was.
fn superseded(task: &Task, change: &Change) -> (u32, String) {
    assert_eq!(change.task.state, task.state, "nothing but the version changes");
    assert!(change.ending.is_none());
    let Event::TaskEscalationSuperseded(event) = &change.events[0] else { panic!("{:?}", change.events) };
    (event.detail.level, event.detail.reason.clone())
}

#[test]
fn a_breach_climbs_wherever_the_task_is_open() {
    for status in [Status::Pending, Status::Assigned, Status::InProgress, Status::WaitingReview] {
        let task = task_at(status);
        let change = decided(&task, climb(&task, 1));
        let detail = escalated(&change);
        assert_eq!((detail.level, detail.trigger), (1, EscalationTrigger::SlaBreached), "{status}");
        assert_eq!(detail.reason, format!("the deadline of level 1 passed at {}", at(24)));
        assert_eq!(detail.previous_status, status);
        assert_eq!((detail.policy.as_str(), detail.policy_version), ("default", 1));
        assert_eq!(
            (&detail.notify_users, &detail.notify_groups),
            (&vec![person("lea")], &vec![group("support")])
        );
        let state = &change.task.state;
        assert_eq!((state.status, state.previous_status), (Status::Escalated, Some(status)));
        assert_eq!((state.escalation_level, state.priority), (1, Priority::High));
        assert_eq!(state.escalations.last().unwrap().by, Principal::system("escalation"));
        assert_eq!(state.clock, task.state.clock, "the clock runs on");
    }
}

#[test]
fn twice_escalated_it_still_came_from_where_it_stood_at_first() {
    let task = task_at(Status::InProgress);
    let first = decided(&task, climb(&task, 1)).task;
    let second = decided(&first, climb(&first, 2));
    let state = &second.task.state;
    assert_eq!((state.previous_status, state.escalation_level), (Some(Status::InProgress), 2));
    assert_eq!((state.priority, state.escalations.len()), (Priority::Urgent, 2));
    assert_eq!(escalated(&second).previous_status, Status::Escalated);
}

#[test]
fn what_was_faster_supersedes_and_is_noted() {
    let raised = task_at(Status::Escalated);
    let suspended = done(&task(), &user("lea"), suspend(None), at(2));
    for (task, level, reason) in [
        (raised, 1, "the task was raised to level 1 first"),
        (task_at(Status::Completed), 2, "the task was completed first"),
        (task_at(Status::Cancelled), 1, "the task was cancelled first"),
        (suspended, 1, "the task was suspended first"),
    ] {
        for demand in [climb(&task, level), request(&task, level, user("bob"))] {
            assert_eq!(superseded(&task, &decided(&task, demand)), (level, reason.to_owned()));
        }
    }
}

#[test]
fn an_expired_task_is_cancelled_and_ends_its_item() {
    let task = task_at(Status::Escalated);
    let change = decided(&task, breach(&task, 3, DeadlineAction::Expire));
    assert_eq!(change.task.state.status, Status::Cancelled);
    let ending = change.ending.clone().unwrap();
    assert_eq!((ending.outcome, ending.decided_by), (Outcome::Expired, Principal::system("escalation")));
    let cause = Cause { id: CAUSE, about: tracerail_schemas::TaskId::of_content(&key()), payload_hash: None };
    let origin =
        Origin { source: "tracerail/escalation", cause, causation: CAUSE, now: at(25), traceparent: None };
    let batch = batch(change, origin, Some(&record())).unwrap();
    let subjects: Vec<_> = batch.events.iter().map(|event| event.envelope.subject).collect();
    assert_eq!(subjects, [Subject::TaskCancelled, Subject::ContentCompleted]);
    assert_eq!(batch.events[1].envelope.id, EventId::terminal(&key()));
    assert_eq!(batch.content.unwrap().terminal.unwrap().outcome, Outcome::Expired);
}

#[test]
fn a_task_that_was_decided_first_does_not_expire() {
    let mut task = task_at(Status::InProgress);
    task.state.clock.fire(at(50)).unwrap();
    task.state.clock.fire(at(50)).unwrap();
    let task = done(&task, &user("ann"), complete(Decision::Approved), at(51));
    let (level, reason) = superseded(&task, &decided(&task, breach(&task, 2, DeadlineAction::Expire)));
    assert_eq!((level, reason.as_str()), (2, "the task is completed, which is final"));
}

#[test]
fn who_asks_is_what_triggered_it() {
    let task = task();
    for (by, trigger) in [
        (Principal::system("router"), EscalationTrigger::Route),
        (Principal::system("sla"), EscalationTrigger::SlaBreached),
        (user("bob"), EscalationTrigger::Manual),
        (user("router"), EscalationTrigger::Manual),
        (user("sla"), EscalationTrigger::Manual),
    ] {
        let demand = request(&task, 1, by.clone());
        assert_eq!(demand.is_automatic(), trigger == EscalationTrigger::SlaBreached);
        let change = decided(&task, demand);
        assert_eq!(escalated(&change).trigger, trigger, "{by}");
        assert_eq!(change.task.state.escalations[0].by, by);
    }
}

#[test]
fn only_climbs_are_switched_off_with_automatic_escalation() {
    let task = task();
    assert!(climb(&task, 1).is_automatic());
    assert!(!breach(&task, 3, DeadlineAction::Expire).is_automatic());
    assert!(!request(&task, 1, Principal::system("router")).is_automatic());
}

/// Suspended before the escalation came, asked again on resumption: the deadline is the trigger, not who resumed.
#[test]
fn an_overtaken_breach_is_made_up_for_when_the_task_goes_on() {
    let breached = crate::sla::tests::swept(&task_at(Status::InProgress), at(24)).unwrap().task;
    let suspended = done(&breached, &user("ann"), suspend(None), at(25));
    superseded(&suspended, &decided(&suspended, climb(&breached, 1)));
    let resumed = crate::task::tests::build::give(&suspended, &user("ann"), Verb::Resume, at(26)).unwrap();
    let Some(Event::TaskEscalationRequested(request)) = resumed.events.get(1) else { panic!("{resumed:?}") };
    let change = decided(&resumed.task, Demand::of_request((**request).clone()));
    assert_eq!(escalated(&change).trigger, EscalationTrigger::SlaBreached);
}

/// A round of level 1 and 2 has passed; level 1 of the next round is new, and the same of the first is not.
#[test]
fn a_level_of_a_later_round_is_no_repetition() {
    let mut task = task();
    (task.state.status, task.state.escalation_level) = (Status::Escalated, 2);
    let mut again = climb(&task, 1);
    assert_eq!(superseded(&task, &decided(&task, again.clone())).0, 1);
    let What::Climb(wanted) = &mut again.what else { panic!("{again:?}") };
    wanted.round = 1;
    let change = decided(&task, again.clone());
    let detail = escalated(&change);
    assert_eq!((detail.round, detail.level), (1, 1));
    assert_eq!((change.task.state.escalation_round, change.task.state.escalation_level), (1, 1));
    assert_eq!(superseded(&change.task, &decided(&change.task, again)).0, 1, "once in each round");
}
