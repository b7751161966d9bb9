//! How a change is committed: its events, and the end of its item.

use tracerail_schemas::content::{Outcome, TerminalRecord};
use tracerail_schemas::event::ContentCompleted;
use tracerail_schemas::routing::RoutingDecision;
use tracerail_schemas::task::{CommandOutcome, Decision, Status, Verb};
use tracerail_schemas::{CommandId, Event, EventId, Subject};
use uuid::Uuid;

use super::build::{
    at, cancel, complete, created, event_id, give, key, policy, record, route, task, task_at, user,
};
use crate::port::{Batch, Cause};
use crate::task::change::Change;
use crate::task::commit::{Origin, batch, done};

const CAUSE: Uuid = Uuid::from_u128(99);

fn origin() -> Origin {
    let cause = Cause { id: CAUSE, about: tracerail_schemas::TaskId::of_content(&key()), payload_hash: None };
    Origin { source: "tracerail/task", cause, causation: Uuid::from_u128(98), now: at(5), traceparent: None }
}

fn committed(change: Change) -> Batch {
    batch(change, origin(), Some(&record())).unwrap()
}

fn subjects(batch: &Batch) -> Vec<Subject> {
    batch.events.iter().map(|event| event.envelope.subject).collect()
}

fn completed(batch: &Batch) -> ContentCompleted {
    let last = batch.events.last().unwrap();
    match Event::decode(last.envelope.subject, &last.data, &tracerail_schemas::codec::Limits::default()) {
        Ok(Event::ContentCompleted(completed)) => *completed,
        other => panic!("{other:?}"),
    }
}

#[test]
fn closing_an_items_task_ends_the_item_in_the_same_commit() {
    let close = |by, verb| give(&task_at(Status::InProgress), &user(by), verb, at(5)).unwrap();
    for (change, subject, outcome, by, reason) in [
        (
            close("ann", complete(Decision::Approved)),
            Subject::TaskCompleted,
            Outcome::Approved,
            "ann",
            "receipt seen",
        ),
        (
            close("ann", complete(Decision::Rejected)),
            Subject::TaskCompleted,
            Outcome::Rejected,
            "ann",
            "receipt seen",
        ),
        (close("lea", cancel()), Subject::TaskCancelled, Outcome::Cancelled, "lea", "sent twice"),
    ] {
        let task_id = change.task.id;
        let batch = committed(change);
        assert_eq!(subjects(&batch), [subject, Subject::ContentCompleted]);
        assert_eq!(batch.events[1].envelope.id, EventId::terminal(&key()));
        let write = batch.content.clone().unwrap();
        let expected = TerminalRecord {
            outcome,
            decided_by: user(by),
            reason: reason.into(),
            at: at(5),
            task_id: Some(task_id),
        };
        assert_eq!((write.key, write.terminal), (key(), Some(expected)));
        assert_eq!((write.admit, write.analysis, write.route), (None, None, None));
        let told = completed(&batch);
        assert_eq!((told.content, told.outcome, told.decided_by), (key(), outcome, user(by)));
        assert_eq!((told.task_id, told.completed_at), (Some(task_id), at(5)));
        assert_eq!(told.trail, [event_id(1), event_id(2), EventId::consequence(CAUSE, 0)]);
    }
}

#[test]
fn a_direct_task_ends_without_an_item() {
    let mut direct = task_at(Status::InProgress);
    direct.data.content_key = None;
    let change = give(&direct, &user("ann"), complete(Decision::Approved), at(5)).unwrap();
    let batch = batch(change, origin(), None).unwrap();
    assert_eq!((subjects(&batch), batch.content), (vec![Subject::TaskCompleted], None));
}

#[test]
fn what_does_not_end_a_task_ends_no_item() {
    let batch = committed(give(&task(), &user("ann"), Verb::Claim, at(5)).unwrap());
    assert_eq!((subjects(&batch), batch.content), (vec![Subject::TaskAssigned], None));
}

#[test]
fn versions_and_ids_follow_from_the_change_and_its_cause() {
    let creation = committed(created(&route(RoutingDecision::Escalate), &policy()));
    let write = creation.task.clone().unwrap();
    assert_eq!((write.expected_version, write.task.version), (None, 1), "it must not exist yet");
    for (index, event) in creation.events.iter().enumerate() {
        let envelope = &event.envelope;
        assert_eq!(envelope.id, EventId::consequence(CAUSE, index));
        assert_eq!(
            (envelope.correlation_id, envelope.causation_id),
            (event_id(1), Some(Uuid::from_u128(98)))
        );
        assert_eq!((envelope.about.clone(), envelope.time), (write.task.id.to_string(), at(5)));
    }
    let claim = committed(give(&write.task, &user("ann"), Verb::Claim, at(5)).unwrap());
    let write = claim.task.unwrap();
    assert_eq!((write.expected_version, write.task.version), (Some(1), 2));
}

#[test]
fn the_answer_says_where_the_task_stands_since() {
    let change = give(&task(), &user("ann"), Verb::Claim, at(5)).unwrap();
    let answer = done(CommandId::from_uuid(CAUSE), &change);
    assert_eq!(answer.outcome, CommandOutcome::Done { version: 2, status: Status::Assigned });
    assert_eq!(answer.task_id, change.task.id);
}
