//! How a task comes into being.

use tracerail_schemas::routing::RoutingDecision;
use tracerail_schemas::task::{DeadlineAction, NewTask, Priority, Status, Task, Terms, Verb};
use tracerail_schemas::{Event, EventId, Principal, TaskId};

use super::build::{
    at, command, created, directory, event_id, group, hours, key, person, policy, record, route, task, user,
};
use super::fold::{assert_folds, told};
use crate::policy::TaskPolicy;
use crate::task::assign::suggested;
use crate::task::create::{create, from_command, from_content};

/// The hours and actions of the deadlines.
fn hours_of(terms: &Terms, policy: &TaskPolicy) -> Vec<(u32, f64, DeadlineAction)> {
    let deadlines = policy.deadlines(terms);
    deadlines.iter().map(|d| (d.level, d.after_us.as_secs_f64() / 3600.0, d.action)).collect()
}

#[test]
fn deadlines_come_from_the_task_then_from_the_policy() {
    use DeadlineAction::{Escalate, Expire};
    let terms = |sla: Option<f64>, second: Option<f64>| Terms {
        sla_hours: sla.map(hours),
        escalation_hours: second.map(hours),
        ..Terms::default()
    };
    let expiring = |times| TaskPolicy { expire_at_sla_times: Some(times), ..policy() };
    for (terms, policy, expected) in [
        (terms(None, None), policy(), vec![(1, 24.0, Escalate), (2, 48.0, Escalate)]),
        (terms(Some(4.0), None), policy(), vec![(1, 4.0, Escalate), (2, 8.0, Escalate)]),
        (terms(Some(0.5), Some(3.0)), policy(), vec![(1, 0.5, Escalate), (2, 3.0, Escalate)]),
        (terms(None, Some(10.0)), policy(), vec![(1, 24.0, Escalate), (2, 24.0, Escalate)]),
        (terms(None, None), expiring(3.0), vec![(1, 24.0, Escalate), (2, 48.0, Escalate), (3, 72.0, Expire)]),
        (
            terms(Some(2.0), None),
            expiring(3.0),
            vec![(1, 2.0, Escalate), (2, 4.0, Escalate), (3, 6.0, Expire)],
        ),
        (
            terms(Some(2.0), None),
            expiring(1.0),
            vec![(1, 2.0, Escalate), (2, 4.0, Escalate), (3, 4.0, Expire)],
        ),
        (
            terms(None, Some(10.0)),
            expiring(0.5),
            vec![(1, 24.0, Escalate), (2, 24.0, Escalate), (3, 24.0, Expire)],
        ),
    ] {
        assert_eq!(hours_of(&terms, &policy), expected, "{terms:?}");
    }
}

#[test]
fn a_routed_item_makes_a_pending_task_that_ticks() {
    let mut route = route(RoutingDecision::Human);
    route.raised_because = vec!["the model proposes human".into()];
    route.proposed = Some(RoutingDecision::Reject);
    let change = created(&route, &policy());
    let Task { id, version, data, state, last_event } = &change.task;
    assert_eq!(*last_event, None, "nothing was told yet");
    assert_eq!((*id, *version), (TaskId::of_content(&key()), 1));
    assert_eq!((data.content_key.clone(), data.correlation_id), (Some(key()), Some(event_id(1))));
    assert_eq!((data.created_by.clone(), data.created_at), (Principal::system("router"), at(0)));
    assert_eq!(data.reason.as_deref(), Some("refunds are looked at; the model proposes human"));
    assert_eq!(data.proposed, Some(RoutingDecision::Reject));
    assert_eq!(data.summary.as_deref(), Some("A customer wants money back."));
    assert_eq!((data.content.as_str(), &data.metadata), ("I want my money back.", &record().body.metadata));
    assert_eq!((state.status, state.due_at), (Status::Pending, Some(at(24))));
    assert_eq!(state.candidate_groups, [group("support")], "the default, as the route names none");
    assert_eq!((state.clock.running_since, state.clock.epoch), (Some(at(0)), 0));
    assert_eq!(change.task.wake_at(), Some(at(24)));
    assert_eq!(change.events.len(), 1);
    assert_folds(&change);
}

#[test]
fn what_the_engine_asks_for_is_on_the_task() {
    let mut route = route(RoutingDecision::Human);
    route.engine.candidate_groups = vec![group("claims")];
    route.engine.skills_required = vec!["refunds".into()];
    route.engine.sla_hours = Some(hours(2.0));
    route.engine.review_required = true;
    let task = created(&route, &policy()).task;
    assert_eq!(task.state.candidate_groups, [group("claims")]);
    assert_eq!(task.state.due_at, Some(at(2)));
    assert!(task.data.terms.review_required);
    assert_eq!(task.data.terms.skills_required, ["refunds"]);
}

#[test]
fn the_engines_priority_goes_before_the_sources() {
    for (of_engine, of_source, expected) in [
        (None, None, Priority::Normal),
        (None, Some(Priority::High), Priority::High),
        (Some(Priority::Low), Some(Priority::High), Priority::Low),
    ] {
        let mut route = route(RoutingDecision::Human);
        route.engine.priority = of_engine;
        let mut record = record();
        record.body.priority = of_source;
        assert_eq!(from_content(&record, &route, None, &policy(), at(0)).priority, expected);
    }
}

#[test]
fn escalate_asks_for_level_1_at_once() {
    let change = created(&route(RoutingDecision::Escalate), &policy());
    let [Event::TaskCreated(_), Event::TaskEscalationRequested(request)] = change.events.as_slice() else {
        panic!("{:?}", change.events)
    };
    assert_eq!((request.level, &request.by), (1, &Principal::system("router")));
    assert_eq!((request.reason.as_str(), request.task_id), ("refunds are looked at", change.task.id));
    assert_eq!(change.task.state.escalation_level, 0, "the climb is a change of its own");
}

#[test]
fn a_chosen_person_has_the_task_from_the_start() {
    let ann = person("ann");
    let blank = from_content(&record(), &route(RoutingDecision::Escalate), Some(&ann), &policy(), at(0));
    let chosen = suggested(&directory(), &ann, &blank.data.terms, at(0));
    let change = create(blank, chosen, &policy(), at(0));
    assert_eq!((change.task.state.status, change.task.assignee()), (Status::Assigned, Some(&ann)));
    assert_eq!(change.task.state.candidate_users, [ann]);
    assert_eq!(change.task.state.assignment.as_ref().unwrap().due_at, Some(at(24)));
    let [Event::TaskCreated(_), Event::TaskAssigned(assigned), Event::TaskEscalationRequested(_)] =
        change.events.as_slice()
    else {
        panic!("{:?}", change.events)
    };
    assert_eq!(assigned.detail.how, tracerail_schemas::event::HowAssigned::Strategy);
    assert_eq!(assigned.detail.reason, "suggested by the route");
    assert_folds(&change);
    assert_eq!(told(&change.events[1]), told(&change.events[0]), "both tell of the same change");
}

#[test]
fn a_person_who_does_not_exist_is_not_what_the_task_is_offered_to() {
    let mut route = route(RoutingDecision::Human);
    route.engine.suggested_assignee = Some(person("nobody"));
    let nowhere = TaskPolicy { candidate_groups: vec![], ..policy() };
    let task = created(&route, &nowhere).task;
    assert!(task.state.candidate_users.is_empty());
    assert!(
        super::build::give(&task, &user("ann"), Verb::Claim, at(1)).is_ok(),
        "offered to all, not to nobody"
    );
}

fn new_task(terms: Terms) -> NewTask {
    NewTask {
        tenant: "acme".parse().unwrap(),
        content: "Check the invoice.".into(),
        task_type: "invoice".into(),
        priority: Priority::High,
        metadata: record().body.metadata,
        terms,
        suggested_assignee: None,
    }
}

fn direct(terms: Terms) -> Task {
    let command = command(&task(), &user("lea"), Verb::Claim);
    create(from_command(&command, &new_task(terms), &policy(), at(0)), None, &policy(), at(0)).task
}

#[test]
fn a_direct_task_belongs_to_no_item_and_begins_its_own_story() {
    let command = command(&task(), &user("lea"), Verb::Claim);
    let task = direct(Terms::default());
    assert_eq!((task.id, task.data.content_key), (command.task_id, None));
    assert_eq!(
        task.data.correlation_id,
        Some(EventId::consequence(crate::port::Cause::command(&command).root(), 0))
    );
    assert_eq!((task.data.created_by, task.data.tenant.as_str()), (user("lea"), "acme"));
    assert_eq!((task.data.task_type.as_str(), task.state.priority), ("invoice", Priority::High));
}

#[test]
fn a_direct_task_is_offered_to_whom_it_names_or_to_the_default() {
    let users = Terms { candidate_users: vec![person("sam")], ..Terms::default() };
    let pool = Terms { assignee_pool: Some(group("claims")), ..Terms::default() };
    let twice = Terms { candidate_groups: vec![group("claims")], ..pool.clone() };
    for (terms, groups) in [
        (Terms::default(), vec![group("support")]),
        (users, vec![]),
        (pool, vec![group("claims")]),
        (twice, vec![group("claims")]),
    ] {
        assert_eq!(direct(terms.clone()).state.candidate_groups, groups, "{terms:?}");
    }
}
