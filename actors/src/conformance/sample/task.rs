//! Tasks for tests, and the batches that create and change them.

use tracerail_schemas::content::Metadata;
use tracerail_schemas::event::{Created, Event, Plain, TaskEvent};
use tracerail_schemas::task::{
    Deadline, DeadlineAction, Priority, SlaClock, Status, Task, TaskAssignment, TaskData, TaskState, Terms,
};
use tracerail_schemas::{ContentKey, EncodedEvent, EventId, Principal, TaskId, Timestamp, hash};
use uuid::Uuid;

use super::{HOUR, encoded, group, person};
use crate::port::{Batch, Cause, TaskWrite};

/// The task of `key`, version 1, pending, its clock started at `at` with levels after 24 and 48 hours.
pub fn task(key: &ContentKey, at: Timestamp) -> Task {
    let deadline = |level, hours| Deadline::new(level, HOUR * hours, DeadlineAction::Escalate);
    let clock = SlaClock::start("default", 1, vec![deadline(1, 24), deadline(2, 48)], at);
    let state =
        TaskState { candidate_groups: vec![group("support")], ..TaskState::pending(Priority::Normal, clock) };
    Task { id: TaskId::of_content(key), version: 1, data: task_data(key, at), state, last_event: None }
}

fn task_data(key: &ContentKey, at: Timestamp) -> TaskData {
    TaskData {
        tenant: key.tenant.clone(),
        content_key: Some(key.clone()),
        correlation_id: None,
        content: "I want my money back.".to_owned(),
        task_type: "content_review".to_owned(),
        created_at: at,
        created_by: Principal::system("task"),
        metadata: Metadata::new(),
        summary: Some("A refund.".to_owned()),
        proposed: None,
        reason: Some("refunds".to_owned()),
        traceparent: None,
        terms: Terms::default(),
    }
}

/// The task, whose first deadline falls at `due_at` instead.
pub fn due_at(mut task: Task, due_at: Timestamp) -> Task {
    task.state.clock.set_due(due_at).expect("the clock runs and began before that");
    task.state.due_at = task.state.clock.first_due_at();
    task
}

/// The task, given to `name`.
pub fn assigned_to(mut task: Task, name: &str) -> Task {
    task.state.status = Status::Assigned;
    task.state.assignment = Some(TaskAssignment {
        task_id: task.id,
        assignee_id: person(name),
        assigned_at: task.data.created_at,
        assigned_by: Principal::system("task"),
        due_at: task.state.due_at,
        assignment_reason: "round_robin in support".to_owned(),
        metadata: Metadata::new(),
        lease_until: None,
    });
    task
}

/// The task, closed at `at` with this status.
pub fn closed(mut task: Task, status: Status, at: Timestamp) -> Task {
    task.state.status = status;
    task.state.clock.stop(at);
    task.state.due_at = None;
    task.state.closed_at = Some(at);
    task
}

/// The task as the batch that creates it writes it, told of by its first event.
pub fn made(task: &Task) -> Task {
    create(task).task.map_or_else(|| task.clone(), |write| *write.task)
}

/// The batch that creates a task; its cause derives from the task's id.
pub fn create(task: &Task) -> Batch {
    let mut batch =
        Batch::of(Cause { id: Uuid::new_v5(&task.id.uuid(), b"create"), about: task.id, payload_hash: None });
    let event = task_event(task, batch.cause, Created { data: task.data.clone() }, |body| {
        Event::TaskCreated(Box::new(body))
    });
    let task = Task { last_event: Some(hash::of(&event.data)), ..task.clone() };
    batch.task = Some(TaskWrite { expected_version: None, task: Box::new(task) });
    batch.events.push(event);
    batch
}

/// The batch that puts `changed` in the place of the task's version before, under `cause`. It sets the new version itself.
pub fn change(before: &Task, mut changed: Task, cause: Cause) -> Batch {
    let cause = Cause { about: before.id, ..cause };
    changed.version = before.version + 1;
    let mut batch = Batch::of(cause);
    let event = task_event(&changed, cause, Plain {}, |body| Event::TaskStarted(Box::new(body)));
    changed.last_event = Some(hash::of(&event.data));
    batch.events.push(event);
    batch.task = Some(TaskWrite { expected_version: Some(before.version), task: Box::new(changed) });
    batch
}

fn task_event<D>(task: &Task, cause: Cause, detail: D, wrap: fn(TaskEvent<D>) -> Event) -> EncodedEvent {
    let at = task.data.created_at;
    let body = TaskEvent {
        task_id: task.id,
        tenant: task.data.tenant.clone(),
        content: task.data.content_key.clone(),
        version: task.version,
        at,
        by: Principal::system("task"),
        payload_hash: None,
        previous: task.last_event.filter(|_| task.version > 1),
        state: task.state.clone(),
        detail,
    };
    let mut event = encoded(&wrap(body), EventId::consequence(cause.id, 0), task.id.to_string(), at);
    event.envelope.tenant.clone_from(&task.data.tenant);
    event
}
