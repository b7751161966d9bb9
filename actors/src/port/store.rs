//! The store: tasks, content records, answers, armed timers.

use std::time::Duration;

use async_trait::async_trait;
use tracerail_schemas::content::{ContentRecord, Outcome};
use tracerail_schemas::task::{CommandAnswer, Priority, Queue, SlaState, Status, Task};
use tracerail_schemas::{
    CommandId, ContentKey, EncodedEvent, GroupId, PersonId, TaskId, TenantId, Timestamp,
};

use super::batch::{Batch, Committed};
use super::error::PortError;
use super::event_log::Receipt;
use super::position::Published;

/// Which tasks to list.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct TaskFilter {
    /// Only of this tenant.
    pub tenant: Option<TenantId>,
    /// Only in one of these statuses; any, when there are none.
    pub statuses: Vec<Status>,
    /// Only of this assignee.
    pub assignee: Option<PersonId>,
    /// Only whose first deadline is before this.
    pub due_before: Option<Timestamp>,
    /// Only those after this one, in order of creation.
    pub after: Option<TaskId>,
    /// At most this many.
    pub limit: usize,
}

/// One line of a task list.
#[derive(Clone, PartialEq, Debug)]
pub struct TaskSummary {
    /// The task.
    pub id: TaskId,
    /// Its version.
    pub version: u64,
    /// Where it stands.
    pub status: Status,
    /// How urgent it is.
    pub priority: Priority,
    /// Who has it.
    pub assignee: Option<PersonId>,
    /// Its first deadline.
    pub due_at: Option<Timestamp>,
    /// How high it has been escalated.
    pub escalation_level: u32,
    /// How it stands with its SLA.
    pub sla: SlaState,
    /// When it was created.
    pub created_at: Timestamp,
    /// What kind of work it is.
    pub task_type: String,
    /// The content it decides.
    pub content_key: Option<ContentKey>,
    /// The first line of what is to be looked at.
    pub excerpt: String,
}

/// A page of a task list, oldest first.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct TaskPage {
    /// The tasks.
    pub tasks: Vec<TaskSummary>,
    /// Whether there are more.
    pub more: bool,
}

/// A place in a queue: how urgent a task is, and which one it is of those that are as urgent.
pub type QueuePlace = (Timestamp, TaskId);

/// A timer as the store holds it, beside what the task itself says: they must agree, and `sla verify` looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Armed {
    /// The task.
    pub task_id: TaskId,
    /// When the sweep will find it.
    pub wake_at: Option<Timestamp>,
}

/// The answer a command got.
#[derive(Clone, PartialEq, Debug)]
pub struct StoredAnswer {
    /// The answer.
    pub answer: CommandAnswer,
    /// The hash of the payload it was the answer to.
    pub payload_hash: [u8; 32],
}

/// Counts over everything in the store.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Totals {
    /// Content items taken in.
    pub contents: u64,
    /// Those that have ended, by outcome.
    pub outcomes: Vec<(Outcome, u64)>,
    /// Tasks by status.
    pub tasks: Vec<(Status, u64)>,
    /// Tasks by how they stand with their SLA.
    pub sla: Vec<(SlaState, u64)>,
    /// Tasks that were escalated at least once.
    pub escalated: u64,
    /// Dead letters with status `held`, as far as the store has them: one apart from the log leaves them to the log.
    pub dead_letters_held: u64,
}

/// The store.
///
/// Obligations, each with a test in `conformance` (`commit`, `receipts`, `races`, `outbox`, `contents`, `tasks`, `timers`):
/// - `commit` is atomic: either everything in the batch is there for every reader from then on, or nothing is. When it
///   returns `Applied`, it survives a crash of the process and of the machine.
/// - A cause takes effect once, whoever commits it, however often and however many at once.
/// - Versions of a task are 1, 2, 3, ... without a gap; of several commits on one version, one is applied.
/// - The records of a content item are written once each; a batch that would write one again is a conflict.
/// - The events of a batch are part of it: after a crash at any moment each of them is published, under its id.
/// - A timer is armed in the commit that writes its task; `due` finds every task whose `wake_at` has passed, by the store's clock.
/// - Reads see every commit that returned before they began.
#[async_trait]
pub trait Store: Send + Sync {
    /// Commits a batch, and acknowledges the delivery that caused it, if there was one.
    ///
    /// The delivery is acknowledged with `Applied` and `AlreadyApplied` where the store is also the log; elsewhere
    /// `take_effect` does it after publishing. A receipt of an earlier ownership makes it a conflict.
    async fn commit(&self, batch: Batch, receipt: Option<Receipt>) -> Result<Committed, PortError>;

    /// Whether `commit` acknowledges deliveries itself.
    fn commit_acknowledges(&self) -> bool;

    /// The events of batches committed at least `older_than` ago that are not known to be published, oldest first. Younger ones
    /// are most likely being published at this moment.
    async fn unsent(&self, older_than: Duration, limit: usize) -> Result<Vec<EncodedEvent>, PortError>;

    /// These events are published.
    async fn sent(&self, events: &[Published]) -> Result<(), PortError>;

    /// The record of a content item.
    async fn content(&self, key: &ContentKey) -> Result<Option<ContentRecord>, PortError>;

    /// The content items with this id, whatever their source; at most a few.
    async fn find_content(&self, tenant: &TenantId, id: &str) -> Result<Vec<ContentKey>, PortError>;

    /// A task.
    async fn task(&self, id: TaskId) -> Result<Option<Task>, PortError>;

    /// The tasks whose id begins with these hexadecimal digits; at most a few.
    async fn find_task(&self, prefix: &str) -> Result<Vec<TaskId>, PortError>;

    /// Tasks, oldest first.
    async fn tasks(&self, filter: TaskFilter) -> Result<TaskPage, PortError>;

    /// The tasks that wait in these queues, the most urgent first, and each once; those after this place.
    async fn waiting(
        &self,
        queues: &[Queue],
        after: Option<QueuePlace>,
        limit: usize,
    ) -> Result<Vec<Task>, PortError>;

    /// The answer a command about this task got, and the hash of the payload it had then.
    async fn answer(&self, command: CommandId, about: TaskId) -> Result<Option<StoredAnswer>, PortError>;

    /// Up to `limit` open tasks whose `wake_at` has passed by the store's clock, the longest overdue first. What one process looks
    /// after may be kept from the others while it does, and for some seconds after it has died.
    async fn due(&self, limit: usize) -> Result<Vec<Task>, PortError>;

    /// The timers of open tasks after this one, in order of creation, with the tasks they belong to, at most `limit`.
    async fn armed(&self, after: Option<TaskId>, limit: usize) -> Result<Vec<(Armed, Task)>, PortError>;

    /// How many open tasks each of these people has, in their order.
    async fn open_tasks(&self, people: &[PersonId]) -> Result<Vec<u64>, PortError>;

    /// Where the assignment strategy goes on in this group; 0 at first.
    async fn cursor(&self, group: &GroupId) -> Result<u64, PortError>;

    /// What time it is, by the clock that decides whether a deadline has passed.
    async fn now(&self) -> Result<Timestamp, PortError>;

    /// Counts over everything.
    async fn totals(&self) -> Result<Totals, PortError>;
}
