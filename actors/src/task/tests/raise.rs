//! What an escalation does with a task, by the step of its policy.

use std::time::Duration;

use tracerail_schemas::task::{
    Deadline, DeadlineAction, EscalationAction, EscalationStep, Priority, Status, Targets, Task, Verb,
};
use tracerail_schemas::{Event, Timestamp};

use super::build::{at, directory, done, give_in, group, person, task, user};
use crate::port::{Absence, Profile, StaticDirectory};
use crate::task::Change;

/// Of ann's, eve is the manager; bob is away for a day, and sam stands in for him.
fn people() -> StaticDirectory {
    let away = Absence { from: at(0), to: at(24), substitute: Some(person("sam")) };
    directory()
        .with_person(person("eve"), Profile::default())
        .with_person(person("ann"), Profile { manager: Some(person("eve")), ..Profile::default() })
        .with_person(person("bob"), Profile { absences: vec![away], ..Profile::default() })
}

/// ann's task, whose first level does this.
fn anns(step: EscalationStep) -> Task {
    let mut task = done(&task(), &user("ann"), Verb::Claim, at(1));
    task.state.clock.deadlines[0] = Deadline {
        step: Some(Box::new(step)),
        ..Deadline::new(1, Duration::from_hours(24), DeadlineAction::Escalate)
    };
    task
}

fn raised(step: EscalationStep, now: Timestamp) -> Change {
    let verb = Verb::Escalate { reason: "it takes too long".to_owned() };
    give_in(&people(), &anns(step), &user("ann"), verb, now).unwrap()
}

fn step(actions: &[EscalationAction], targets: Targets) -> EscalationStep {
    EscalationStep { actions: actions.to_vec(), targets, otherwise: Targets::default() }
}

fn users(names: &[&str]) -> Targets {
    Targets { users: names.iter().map(|name| person(name)).collect(), ..Targets::default() }
}

fn has_it(change: &Change) -> Option<&str> {
    change.task.assignee().map(tracerail_schemas::PersonId::as_str)
}

#[test]
fn only_what_the_step_says_is_done() {
    let told =
        raised(step(&[EscalationAction::Notify], Targets { manager: true, ..Targets::default() }), at(2));
    let [Event::TaskEscalated(event)] = told.events.as_slice() else { panic!("{:?}", told.events) };
    assert_eq!((&event.detail.notify_users, event.detail.notify_groups.len()), (&vec![person("eve")], 0));
    let state = &told.task.state;
    assert_eq!(
        (state.status, state.priority, state.escalation_level),
        (Status::Escalated, Priority::Normal, 1)
    );
    assert_eq!(has_it(&told), Some("ann"));

    let urgent = raised(step(&[EscalationAction::RaisePriority], Targets::default()), at(2));
    assert_eq!(urgent.task.state.priority, Priority::High);
    let claims = Targets { groups: vec![group("claims")], ..Targets::default() };
    let wider = raised(step(&[EscalationAction::Widen], claims), at(2));
    assert_eq!(wider.task.state.candidate_groups, [group("support"), group("claims")]);
    assert_eq!(has_it(&wider), Some("ann"));
}

#[test]
fn it_goes_to_the_first_who_is_available_and_they_may_have_it() {
    let to = |targets, now| raised(step(&[EscalationAction::Reassign], targets), now);
    // Not to whoever let the time pass, and not to somebody who is away: to who stands in for them.
    let change = to(users(&["ann", "bob", "cat"]), at(2));
    assert_eq!(has_it(&change), Some("sam"));
    let [Event::TaskEscalated(_), Event::TaskAssigned(event)] = change.events.as_slice() else {
        panic!("{:?}", change.events)
    };
    assert_eq!(event.detail.previous_assignee, Some(person("ann")));
    assert_eq!(event.version, change.task.version, "one change, told twice");
    assert_eq!(change.task.state.previous_status, Some(Status::Assigned));
    assert_eq!(has_it(&to(users(&["ann", "bob", "cat"]), at(30))), Some("bob"), "he is back");
    let change = to(Targets { groups: vec![group("claims")], ..Targets::default() }, at(2));
    assert_eq!(has_it(&change), Some("sam"));
    let started = give_in(&people(), &change.task, &user("sam"), Verb::Start, at(3)).unwrap();
    assert_eq!(started.task.state.status, Status::InProgress, "who was given it can work it");
}

#[test]
fn when_nobody_is_available_others_are_asked_and_then_all_of_them() {
    let with = |otherwise| EscalationStep {
        otherwise,
        ..step(&[EscalationAction::Reassign], users(&["ann", "nobody"]))
    };
    assert_eq!(has_it(&raised(with(users(&["max"])), at(2))), Some("max"));
    let change = raised(with(users(&["ann"])), at(2));
    assert_eq!((has_it(&change), change.events.len()), (None, 1));
    let claimed = give_in(&people(), &change.task, &user("ann"), Verb::Claim, at(3)).unwrap();
    assert_eq!(claimed.task.state.escalation_level, 1, "whoever takes it keeps its level");
}

#[test]
fn nobody_gets_what_they_are_excluded_from() {
    let mut task = anns(step(&[EscalationAction::Reassign], users(&["cat", "max"])));
    task.data.terms.excluded_users = vec![person("cat")];
    let verb = Verb::Escalate { reason: "it takes too long".to_owned() };
    let change = give_in(&people(), &task, &user("ann"), verb, at(2)).unwrap();
    assert_eq!(has_it(&change), Some("max"));
    let started = give_in(&people(), &change.task, &user("max"), Verb::Start, at(3)).unwrap();
    let open = give_in(&people(), &started.task, &user("max"), Verb::Release, at(3)).unwrap().task;
    let refused = give_in(&people(), &open, &user("cat"), Verb::Claim, at(4)).unwrap_err();
    assert!(refused.message.contains("may not"), "{refused}");
    let verb = Verb::Assign { to: person("cat") };
    assert!(give_in(&people(), &open, &user("lea"), verb, at(4)).is_err());
}

#[test]
fn a_lead_who_is_excluded_does_not_review() {
    let mut task = super::build::task_at(Status::WaitingReview);
    let approve = || Verb::Approve { comments: None, quality_score: None, shown: None };
    assert!(give_in(&people(), &task, &user("max"), approve(), at(2)).is_ok());
    task.data.terms.excluded_users = vec![person("max")];
    let refused = give_in(&people(), &task, &user("max"), approve(), at(2)).unwrap_err();
    assert!(refused.message.contains("not excluded"), "{refused}");
}
