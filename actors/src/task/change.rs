//! What one step does to a task, before it is committed.

use tracerail_schemas::content::Outcome;
use tracerail_schemas::event::TaskEvent;
use tracerail_schemas::task::{Status, Task, TaskState};
use tracerail_schemas::{Event, Principal, Timestamp};

/// A task after one step, and what is to be told of it.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Change {
    /// The task since, its version counted up.
    pub(crate) task: Task,
    /// The events; the first is the fold event, which carries the whole state.
    pub(crate) events: Vec<Event>,
    /// How the task ended, if it did.
    pub(crate) ending: Option<Ending>,
}

/// How a task ended: what becomes of its content item.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Ending {
    /// How.
    pub(crate) outcome: Outcome,
    /// Who decided.
    pub(crate) decided_by: Principal,
    /// Why, in words.
    pub(crate) reason: String,
}

/// One step being made: the task as it was, the state as it becomes.
#[derive(Debug)]
pub(crate) struct Step<'a> {
    before: &'a Task,
    by: &'a Principal,
    now: Timestamp,
    /// The state as it becomes.
    pub(crate) state: TaskState,
}

impl<'a> Step<'a> {
    /// A step that changes nothing yet.
    pub(crate) fn from(before: &'a Task, by: &'a Principal, now: Timestamp) -> Self {
        Self { before, by, now, state: before.state.clone() }
    }

    /// Moves to another status. What belonged to the old one goes.
    pub(crate) fn go(&mut self, to: Status) {
        if to != Status::Escalated && to != Status::Suspended {
            self.state.previous_status = None;
        }
        if to != Status::Pending {
            self.state.offer = None;
        }
        self.state.status = to;
    }

    /// Closes the task: its clock stops for good.
    pub(crate) fn close(&mut self, to: Status) {
        self.go(to);
        self.state.clock.stop(self.now);
        self.state.closed_at = Some(self.now);
        self.state.suspended_from = None;
        self.state.suspended_until = None;
        self.state.follow_up_at = None;
    }

    /// Whether more than one person has to agree on the work.
    pub(crate) fn counts_views(&self) -> bool {
        self.before.data.terms.approvals().of > 1
    }

    /// The change, with the one event that `name` makes of it.
    pub(crate) fn done<D>(mut self, detail: D, name: fn(Box<TaskEvent<D>>) -> Event) -> Change {
        self.prolong();
        let mut task = self.before.clone();
        task.version += 1;
        task.state = self.state;
        let event = told(&task, self.by, self.now, detail);
        Change { task, events: vec![name(Box::new(event))], ending: None }
    }
}

impl Step<'_> {
    /// What was taken for a time stays taken for as long again when whoever has it does something, or when it comes back to them.
    fn prolong(&mut self) {
        let Some(hours) = self.before.data.terms.claim_lease_hours else { return };
        let comes_back = self.state.status != self.before.state.status;
        let (by, now) = (self.by, self.now);
        let Some(assignment) = &mut self.state.assignment else { return };
        if assignment.lease_until.is_some() && (comes_back || assignment.assignee_id == by.id) {
            assignment.lease_until = Some(now.plus(hours.duration()));
        }
    }
}

impl Change {
    /// The same change, told also by this event.
    pub(crate) fn and(mut self, event: Event) -> Self {
        self.events.push(event);
        self
    }

    /// The same change, which ends the task like this.
    pub(crate) fn ending(mut self, ending: Ending) -> Self {
        self.ending = Some(ending);
        self
    }
}

/// An event that carries the task's whole state.
pub(crate) fn told<D>(task: &Task, by: &Principal, at: Timestamp, detail: D) -> TaskEvent<D> {
    TaskEvent {
        task_id: task.id,
        tenant: task.data.tenant.clone(),
        content: task.data.content_key.clone(),
        version: task.version,
        at,
        by: by.clone(),
        payload_hash: None,
        previous: None,
        state: task.state.clone(),
        detail,
    }
}
