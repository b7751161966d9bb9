//! Offers, claims that end by themselves, and reminders.

use tracerail_schemas::event::HowAssigned;
use tracerail_schemas::routing::RoutingDecision;
use tracerail_schemas::task::{Status, Task, Verb};
use tracerail_schemas::{Code, Event, Timestamp};

use super::build::{
    at, chose, command, directory, done, escalate, give, hours, offered, person, policy, route, suspend,
    task_at, user,
};
use super::fold::assert_next;
use crate::policy::TaskPolicy;
use crate::task::change::Change;
use crate::task::decide::decide;
use crate::task::standing::standing;

/// A task that is offered to ann for two hours; whoever takes it has it for three.
fn offer() -> Task {
    let policy =
        TaskPolicy { offer_hours: Some(hours(2.0)), claim_lease_hours: Some(hours(3.0)), ..policy() };
    offered(&route(RoutingDecision::Human), &policy, Some("ann")).task
}

fn declined(task: &Task, by: &str, next: Option<&str>, now: Timestamp) -> Change {
    let verb = Verb::Decline { reason: Some("on the phone".to_owned()) };
    let mut standing = standing(&directory(), task, &user(by), &verb, now);
    standing.next = next.map(chose);
    decide(task, &command(task, &user(by), verb), &standing, now).unwrap()
}

fn swept(task: &Task, now: Timestamp) -> Option<Change> {
    crate::sla::tests::swept(task, now)
}

fn code(task: &Task, by: &str, verb: Verb) -> Option<Code> {
    give(task, &user(by), verb, at(1)).err().map(|refusal| refusal.code)
}

#[test]
fn what_is_offered_waits_for_one_person() {
    let task = offer();
    assert_eq!((task.state.status, task.assignee()), (Status::Pending, None));
    for (by, verb, expected) in [
        ("bob", Verb::Claim, Some(Code::CommandForbidden)),
        ("bob", Verb::Accept, Some(Code::CommandForbidden)),
        ("bob", Verb::Decline { reason: None }, Some(Code::CommandForbidden)),
        ("lea", Verb::Assign { to: person("bob") }, None),
        ("ann", Verb::Claim, None),
        ("ann", Verb::Accept, None),
    ] {
        assert_eq!(code(&task, by, verb.clone()), expected, "{verb:?} by {by}");
    }
    let refusal = give(&task, &user("bob"), Verb::Claim, at(1)).unwrap_err();
    assert!(refusal.message.contains("offered to ann until"), "{}", refusal.message);
    for verb in [Verb::Claim, Verb::Accept] {
        let change = give(&task, &user("ann"), verb, at(1)).unwrap();
        let [Event::TaskAssigned(event)] = change.events.as_slice() else { panic!("{:?}", change.events) };
        assert_eq!(
            (event.detail.how, event.detail.reason.as_str()),
            (HowAssigned::Offer, "accepted: round_robin in support")
        );
        assert_eq!((change.task.state.status, &change.task.state.offer), (Status::Assigned, &None));
    }
}

#[test]
fn who_declines_is_passed_over_and_the_last_one_leaves_it_to_all() {
    let task = offer();
    let change = declined(&task, "ann", Some("bob"), at(1));
    assert_next(&task, &change);
    let [Event::TaskOfferEnded(ended), Event::TaskOffered(next)] = change.events.as_slice() else {
        panic!("{:?}", change.events)
    };
    assert_eq!((&ended.detail.to, ended.detail.declined), (&person("ann"), true));
    assert_eq!((ended.detail.next.as_ref(), &next.detail.offer.to), (Some(&person("bob")), &person("bob")));
    assert_eq!(next.detail.offer.until, at(3), "two hours from then");
    let open = declined(&change.task, "bob", None, at(2)).task;
    assert_eq!(open.state.declined, [person("ann"), person("bob")]);
    assert_eq!((open.state.status, &open.state.offer), (Status::Pending, &None));
    // Who had no time then may have some now.
    assert_eq!(done(&open, &user("ann"), Verb::Claim, at(3)).assignee(), Some(&person("ann")));
}

#[test]
fn an_offer_ends_at_its_time_and_not_before() {
    let task = offer();
    assert_eq!(task.wake_at(), Some(at(2)));
    assert!(swept(&task, Timestamp::from_micros(at(2).as_micros() - 1)).is_none());
    let change = swept(&task, at(2)).unwrap();
    let [Event::TaskOfferEnded(ended)] = change.events.as_slice() else { panic!("{:?}", change.events) };
    assert_eq!((ended.detail.declined, &ended.detail.next), (false, &None));
    assert_eq!(change.task.state.declined, [person("ann")]);
    assert_eq!(change.task.wake_at(), Some(at(24)), "the deadline is next");
}

#[test]
fn what_is_escalated_or_suspended_is_offered_to_nobody_alone() {
    for verb in [escalate(), suspend(None)] {
        let task = done(&offer(), &user("lea"), verb, at(1));
        assert_eq!(task.state.offer, None, "{}", task.state.status);
    }
}

#[test]
fn a_claim_ends_without_a_sign_of_life_and_any_is_enough() {
    let task = done(&offer(), &user("ann"), Verb::Accept, at(1));
    assert_eq!(task.wake_at(), Some(at(4)));
    let started = done(&task, &user("ann"), Verb::Start, at(3));
    assert_eq!(started.wake_at(), Some(at(6)), "beginning is a sign of life");
    let beaten = done(&started, &user("ann"), Verb::Heartbeat, at(5));
    assert_eq!(beaten.wake_at(), Some(at(8)));
    let by_another = done(&beaten, &user("bob"), super::build::comment(), at(6));
    assert_eq!(by_another.wake_at(), Some(at(8)), "what others do is none");
    assert!(swept(&by_another, at(7)).is_none());
    let change = swept(&by_another, at(8)).unwrap();
    let [Event::TaskReleased(event)] = change.events.as_slice() else { panic!("{:?}", change.events) };
    assert_eq!(event.detail.previous_assignee, Some(person("ann")));
    assert!(event.detail.reason.as_ref().is_some_and(|why| why.contains("no sign of life")));
    assert_eq!((change.task.state.status, change.task.assignee()), (Status::Pending, None));
}

#[test]
fn a_claim_of_what_is_escalated_ends_and_leaves_it_escalated() {
    let task = done(&offer(), &user("ann"), Verb::Accept, at(1));
    let raised = done(&task, &user("bob"), escalate(), at(2));
    let change = swept(&raised, at(5)).unwrap();
    assert_eq!((change.task.state.status, change.task.assignee()), (Status::Escalated, None));
    assert_eq!(change.task.state.previous_status, Some(Status::Assigned));
}

#[test]
fn time_that_stands_still_ends_no_claim_and_what_is_given_has_no_end() {
    let task = done(&offer(), &user("ann"), Verb::Accept, at(1));
    let still = done(&task, &user("ann"), suspend(None), at(2));
    assert_eq!(still.wake_at(), None);
    let goes_on = done(&still, &user("lea"), Verb::Resume, at(20));
    assert_eq!(goes_on.state.lease_ends_at(), Some(at(23)), "as long again");
    let given = done(&task, &user("lea"), Verb::Assign { to: person("bob") }, at(2));
    assert_eq!(given.state.lease_ends_at(), None);
    assert_eq!(code(&given, "bob", Verb::Heartbeat), Some(Code::CommandInvalid), "nothing runs out");
}

#[test]
fn a_reminder_comes_once_when_it_was_wanted() {
    let task = task_at(Status::InProgress);
    let past = Verb::SetFollowUp { at: Some(at(0)) };
    assert_eq!(code(&task, "ann", past), Some(Code::CommandInvalid));
    let wanted = done(&task, &user("ann"), Verb::SetFollowUp { at: Some(at(5)) }, at(1));
    assert_eq!(wanted.wake_at(), Some(at(5)));
    let dropped = done(&wanted, &user("ann"), Verb::SetFollowUp { at: None }, at(2));
    assert_eq!(dropped.wake_at(), Some(at(24)));
    let change = swept(&wanted, at(6)).unwrap();
    let [Event::TaskFollowUpDue(event)] = change.events.as_slice() else { panic!("{:?}", change.events) };
    assert_eq!((event.detail.follow_up_at, event.detail.assignee.as_ref()), (at(5), Some(&person("ann"))));
    assert_eq!((change.task.state.follow_up_at, change.task.wake_at()), (None, Some(at(24))));
}
