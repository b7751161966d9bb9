//! What a task manager and an SLA manager do: the traits, for those who bring their own or stand one in for tests.

use async_trait::async_trait;
use serde::Serialize;
use tracerail_schemas::content::Metadata;
use tracerail_schemas::task::{Decision, NewTask, SlaState, Status, Task, TaskAssignment};
use tracerail_schemas::{PersonId, TaskId, Timestamp};

use crate::error::Error;

/// What came of it.
pub type Result<T> = std::result::Result<T, Error>;

/// Manages human tasks.
#[async_trait]
pub trait TaskManager: Send + Sync {
    /// Makes a task, and answers with its id.
    async fn create_task(&self, task: NewTask) -> Result<TaskId>;

    /// Gives it to somebody.
    async fn assign_task(&self, task: TaskId, assignee: &PersonId) -> Result<TaskAssignment>;

    /// Closes it with what somebody decided.
    async fn complete_task(&self, task: TaskId, result: TaskResult) -> Result<()>;

    /// Raises it to the next level of its escalation policy.
    async fn escalate_task(&self, task: TaskId, reason: &str) -> Result<()>;

    /// The task, if there is one.
    async fn get_task(&self, task: TaskId) -> Result<Option<Task>>;

    /// Those somebody has, in this status or in any.
    async fn get_user_tasks(&self, user: &PersonId, status: Option<Status>) -> Result<Vec<Task>>;

    /// The open ones past their first deadline.
    async fn get_overdue_tasks(&self) -> Result<Vec<Task>>;
}

/// Looks after deadlines.
#[async_trait]
pub trait SlaManager: Send + Sync {
    /// The open tasks of which a deadline has passed.
    async fn check_sla_breaches(&self) -> Result<Vec<TaskId>>;

    /// How a task stands with its deadlines.
    async fn get_sla_status(&self, task: TaskId) -> Result<SlaStatus>;
}

/// What somebody decided.
#[derive(Clone, PartialEq, Debug)]
pub struct TaskResult {
    /// What.
    pub decision: Decision,
    /// Who.
    pub completed_by: PersonId,
    /// What the work brought.
    pub result_data: Metadata,
    /// Words along with it.
    pub review_comments: Option<String>,
    /// How good the work is, 0 to 1.
    pub quality_score: Option<f64>,
}

/// How a task stands with its deadlines.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct SlaStatus {
    /// The task.
    pub task_id: TaskId,
    /// In one word.
    pub state: SlaState,
    /// When its first deadline falls or fell due; nothing while its clock stands still.
    pub due_at: Option<Timestamp>,
    /// When the next one does.
    pub next_due_at: Option<Timestamp>,
    /// The time on its clock, in seconds.
    pub elapsed_seconds: f64,
    /// How high it has been escalated.
    pub escalation_level: u32,
    /// The policy, and its version.
    pub policy: (String, u32),
}

impl TaskResult {
    /// This decision of this person, and nothing more.
    pub fn of(decision: Decision, completed_by: PersonId) -> Self {
        Self {
            decision,
            completed_by,
            result_data: Metadata::new(),
            review_comments: None,
            quality_score: None,
        }
    }
}
