//! What goes between a shard of waits, TraceRail and whoever signals: JSON, as in `words` of the crate.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tracerail_schemas::task::{NewTask, Terms};
use tracerail_schemas::{PersonId, TaskId};

pub use super::handing_on::Carried;
pub use super::line::OpenTask;
pub use super::pending::{Pending, Work};
use crate::words::{Answer, Ending, HumanDecision, Level, Refused};

/// What a shard begins with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Begun {
    /// Which shard, from 0.
    pub shard: u32,
    /// Of how many.
    pub shards: u32,
    /// The length of a history from which on a new run takes over, where it is not the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history_max: Option<u32>,
    /// What an earlier run of the same shard hands on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried: Option<Carried>,
}

/// The memo of a shard, under `tracerail`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ShardMemo {
    /// Which shard, from 0.
    pub shard: u32,
    /// Of how many.
    pub shards: u32,
    /// Whose: the task queue of the installation.
    pub task_queue: String,
}

/// `create_task`: a new task. The seed's `id`, `created_by` and terms beside the content are understood.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CreateTask {
    /// Its id; without one it gets one of this shard.
    #[serde(default, alias = "id")]
    pub task_id: Option<TaskId>,
    /// Who makes it.
    #[serde(alias = "created_by")]
    pub by: PersonId,
    /// The task.
    #[serde(flatten)]
    pub new: NewTask,
    /// Terms that stand beside the content; they count where the task has none.
    #[serde(flatten)]
    pub beside: Terms,
}

/// `complete_task`: a decision, and about what.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TaskDecision {
    /// The task.
    pub task_id: TaskId,
    /// The decision.
    #[serde(flatten)]
    pub decision: HumanDecision,
}

/// `tasks_changed`: how tasks stand. From the mirror.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TasksChanged {
    /// The tasks.
    pub tasks: Vec<OpenTask>,
    /// Whether a task that is remembered as ended is open again: somebody has looked at both sides.
    #[serde(default)]
    pub again: bool,
}

/// One of `tasks_closed`: how a task stands, and how it ended. From the mirror.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Closed {
    /// How it stands.
    pub task: OpenTask,
    /// How it ended, without what the work brought.
    pub ending: Ending,
}

/// What a shard asks TraceRail to take, with the run of the workflow it was signalled to and its number.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Asked {
    /// Its number.
    pub number: u64,
    /// It.
    #[serde(flatten)]
    pub pending: Pending,
}

/// What became of one of these.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Told {
    /// Its number.
    pub number: u64,
    /// What became of it.
    pub attended: Attended,
}

/// What TraceRail said to something asked.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attended {
    /// An answer.
    Answered(Box<Answer>),
    /// None yet, and why.
    Later(String),
}

/// One of what `get_user_tasks` answers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TaskOf {
    /// The task.
    pub task_id: TaskId,
    /// How it stands.
    #[serde(flatten)]
    pub level: Level,
}

/// What the query `get_shard` answers.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
pub struct Counts {
    /// Which shard, from 0.
    pub shard: u32,
    /// Of how many.
    pub shards: u32,
    /// Tasks that wait.
    pub open: u64,
    /// Tasks that found no room, since it last had room; a later comparison brings them.
    pub turned_away: u64,
    /// Tasks whose deadline has passed for 20 s or more and nobody has fired.
    pub overdue: u64,
    /// How often a deadline has rung and the task was looked at.
    #[serde(default)]
    pub rung: u64,
    /// What TraceRail has not answered yet.
    pub unanswered: u64,
    /// Why TraceRail could not answer the last time it was asked, if it could not.
    #[serde(default)]
    pub unanswered_because: Option<String>,
    /// What TraceRail or the shard has refused.
    pub refused: u64,
    /// The last of it that names no task.
    #[serde(default)]
    pub unreadable: Option<Refused>,
    /// How often the workflow has gone on as a new run.
    pub runs: u64,
}

impl CreateTask {
    /// The task to be made.
    pub fn task(self) -> NewTask {
        let mut new = self.new;
        if new.terms == Terms::default() {
            new.terms = self.beside;
        }
        new
    }
}

/// Which of so many shards keeps a task: what its id leaves, as a number, divided by them.
pub fn shard_of(task: TaskId, shards: u32) -> u32 {
    let left = task.uuid().as_u128() % u128::from(shards.max(1));
    u32::try_from(left).unwrap_or(0)
}

/// The task something is about, where that can be read.
pub(crate) fn about(said: &Value) -> Option<TaskId> {
    ["task_id", "id"].iter().find_map(|key| said.get(key)?.as_str()?.parse().ok())
}
