//! What goes between TraceRail and a wait: JSON that programs in other languages read and write too.

use serde::{Deserialize, Serialize};
use tracerail_actors::restore::Kept;
use tracerail_schemas::content::{ContentRecord, Metadata, Outcome};
use tracerail_schemas::task::{DeadlineAction, Decision, Priority, Refusal, Status, Task, TaskState};
use tracerail_schemas::{PersonId, Principal, TaskId, TenantId, Timestamp};

use crate::limits;
use crate::per_task::Wait;

/// The longest content a wait carries along. Temporal refuses payloads of 2 MiB, and its history keeps each of them.
const CONTENT_BYTES_MAX: usize = 64 * 1024;

/// The comments of an ending where many are remembered.
const BRIEF_CHARS_MAX: usize = 200;

/// The longest of what else goes along: what is longer stays in TraceRail.
const WHOLE_BYTES_MAX: usize = 1_000_000;

/// The field of a result that says that there was one too long.
const OMITTED: &str = "result_omitted";

/// What stands in the place of content that was left out.
const MISSING: &str = "[The content is missing: it was longer than what is kept of it in Temporal (64 KiB).]";

/// How a task stands, as far as whoever waits for it has to know. Also the memo of the workflow, under `tracerail`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Level {
    /// The version of the task this was read from.
    pub version: u64,
    /// The tenant.
    pub tenant: TenantId,
    /// Where it stands.
    pub status: Status,
    /// How urgent it is.
    pub priority: Priority,
    /// Who has it.
    #[serde(default)]
    pub assignee: Option<PersonId>,
    /// How high it has been escalated.
    pub escalation_level: u32,
    /// Its first deadline on the wall; none while its clock stands still.
    #[serde(default)]
    pub due_at: Option<Timestamp>,
    /// When TraceRail has to look at it next: a deadline, a warning ahead of one, the end of an offer, a claim or a suspension.
    #[serde(default)]
    pub wake_at: Option<Timestamp>,
    /// Whether it and its clock stand still.
    pub suspended: bool,
}

/// What a wait begins with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Opened {
    /// The task.
    pub task_id: TaskId,
    /// How it stands.
    pub level: Level,
    /// All of it, as it was when the wait began.
    #[serde(default, flatten)]
    pub snapshot: Snapshot,
    /// What an earlier run of the same wait hands on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried: Option<Wait>,
}

/// A task with its item as they were at some version: enough to have them again where all else is lost.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
pub struct Snapshot {
    /// The whole task; its content is left out when it is longer than 64 KiB.
    #[serde(default)]
    pub task: Option<Box<Task>>,
    /// The item it decides, without its content, which is the task's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<Box<ContentRecord>>,
    /// Whether the content was left out.
    #[serde(default)]
    pub content_missing: bool,
}

/// `task_changed`: how the task stands, with all of it that can change.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Changed {
    /// How it stands.
    #[serde(flatten)]
    pub level: Level,
    /// Its state.
    #[serde(default)]
    pub state: Option<Box<TaskState>>,
    /// The hash of the event that made this version.
    #[serde(default, with = "tracerail_schemas::hash::optional")]
    pub last_event: Option<[u8; 32]>,
}

/// `human_decision`: what a person decided.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct HumanDecision {
    /// `approved` or `rejected`.
    pub decision: Decision,
    /// Who decided. TraceRail asks whether they may.
    #[serde(alias = "completed_by")]
    pub user: PersonId,
    /// Words along with it.
    #[serde(default, alias = "review_comments")]
    pub comments: Option<String>,
    /// What the work brought.
    #[serde(default, alias = "result_data")]
    pub result: Metadata,
    /// How good the work is, 0 to 1.
    #[serde(default)]
    pub quality_score: Option<f64>,
}

/// A decision on its way to TraceRail. Run and number make the id of the command, so that a repetition is the same command.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Order {
    /// The task.
    pub task_id: TaskId,
    /// The run of the workflow it was signalled to.
    pub run_id: String,
    /// Which decision of that run it is.
    pub number: u64,
    /// The decision.
    pub decision: HumanDecision,
}

/// What became of a decision, or of a deadline.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// Why TraceRail refused, if it did.
    #[serde(default)]
    pub refusal: Option<Refusal>,
    /// How the task stands since.
    pub seen: Seen,
}

/// What a look at the task showed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// It is open.
    Open {
        /// How it stands.
        level: Level,
        /// How long until it has to be looked at, by TraceRail's clock.
        #[serde(default)]
        wake_in_ms: Option<u64>,
    },
    /// It is closed.
    Closed(Box<Ending>),
    /// There is none of this id.
    Unknown,
}

/// A decision that TraceRail did not take.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Refused {
    /// Which decision of the run; the first is 1.
    pub number: u64,
    /// Whose it was, where that could be read.
    #[serde(default)]
    pub user: Option<PersonId>,
    /// The stable code.
    pub code: String,
    /// Why.
    pub message: String,
}

/// What the update `submit_decision` returns.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether TraceRail took the decision.
    pub accepted: bool,
    /// Why not, if it did not.
    #[serde(default)]
    pub refused: Option<Refused>,
    /// How the task stands since.
    pub level: Level,
    /// How it ended, if it has.
    #[serde(default)]
    pub ending: Option<Ending>,
}

/// `task_closed`, and what the workflow returns.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Ending {
    /// The task.
    pub task_id: TaskId,
    /// Its last version.
    pub version: u64,
    /// `completed` or `cancelled`.
    pub status: Status,
    /// `approved`, `rejected`, `cancelled` or `expired`.
    pub outcome: Outcome,
    /// What was decided, where somebody decided.
    #[serde(default)]
    pub decision: Option<Decision>,
    /// Who decided.
    #[serde(default)]
    pub decided_by: Option<Principal>,
    /// What the work brought.
    #[serde(default)]
    pub result: Metadata,
    /// Words along with it, or why it was cancelled.
    #[serde(default)]
    pub comments: Option<String>,
    /// How high it had been escalated.
    pub escalation_level: u32,
}

/// What the query `get_task_status` answers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TaskStatus {
    /// The task.
    pub task_id: TaskId,
    /// How it stands, as TraceRail said last; nothing, of a task that nobody waits for and of which something was refused.
    #[serde(default)]
    pub level: Option<Level>,
    /// Decisions that were signalled to this run.
    pub decisions: u64,
    /// Those of them TraceRail has not answered yet.
    pub unanswered: u64,
    /// Whether a deadline of it has passed for 20 s or more and nobody has fired it: does the actor `sla` run?
    #[serde(default)]
    pub overdue: bool,
    /// The last decision TraceRail refused, and why.
    #[serde(default)]
    pub refused: Option<Refused>,
    /// How it ended.
    #[serde(default)]
    pub ending: Option<Ending>,
}

impl Level {
    /// How this task stands.
    pub fn of(task: &Task) -> Self {
        let state = &task.state;
        Self {
            version: task.version,
            tenant: task.data.tenant.clone(),
            status: state.status,
            priority: state.priority,
            assignee: task.assignee().cloned(),
            escalation_level: state.escalation_level,
            due_at: state.due_at,
            wake_at: task.wake_at(),
            suspended: state.status == Status::Suspended,
        }
    }
}

impl Opened {
    /// A wait for this task, which decides this item.
    pub fn of(task: Task, item: Option<ContentRecord>) -> Self {
        let (task_id, level) = (task.id, Level::of(&task));
        Self { task_id, level, snapshot: Snapshot::of(task, item), carried: None }
    }
}

impl Snapshot {
    fn of(mut task: Task, mut item: Option<ContentRecord>) -> Self {
        let content_missing = task.data.content.len() > CONTENT_BYTES_MAX;
        if content_missing {
            task.data.content = String::new();
        }
        if let Some(item) = &mut item {
            item.body.content = String::new();
        }
        let whole = Self { task: Some(Box::new(task)), item: item.map(Box::new), content_missing };
        // A wait is worth more than what can be had again from it.
        if limits::bytes(&whole) > WHOLE_BYTES_MAX { Self::default() } else { whole }
    }

    /// The task is like this since.
    pub(crate) fn changed(&mut self, told: Changed) {
        if let (Some(task), Some(state)) = (&mut self.task, told.state)
            && told.level.version > task.version
        {
            (task.version, task.state, task.last_event) = (told.level.version, *state, told.last_event);
        }
    }

    /// What can be brought back of it.
    pub fn kept(self) -> Option<Kept> {
        let mut task = *self.task?;
        if self.content_missing {
            MISSING.clone_into(&mut task.data.content);
        }
        let item = self.item.map(|mut item| {
            item.body.content.clone_from(&task.data.content);
            *item
        });
        Some(Kept { task, item })
    }
}

impl Changed {
    /// How this task stands.
    pub fn of(task: &Task) -> Self {
        let state = Some(Box::new(task.state.clone())).filter(|it| limits::bytes(it) <= WHOLE_BYTES_MAX);
        Self { level: Level::of(task), state, last_event: task.last_event }
    }
}

impl Ending {
    /// How this task ended; nothing while it is open.
    pub fn of(task: &Task) -> Option<Self> {
        let state = &task.state;
        if state.status.is_open() {
            return None;
        }
        let completion = state.completion.clone().filter(|_| state.status == Status::Completed);
        let expired = state.clock.breaches.iter().any(|breach| breach.action == DeadlineAction::Expire);
        let outcome = match completion.as_ref().map(|work| work.decision) {
            Some(Decision::Approved) => Outcome::Approved,
            Some(Decision::Rejected) => Outcome::Rejected,
            None if expired => Outcome::Expired,
            None => Outcome::Cancelled,
        };
        let mut ending = Self {
            task_id: task.id,
            version: task.version,
            status: state.status,
            outcome,
            decision: completion.as_ref().map(|work| work.decision),
            decided_by: completion.as_ref().map(|work| work.completed_by.clone()),
            comments: match &completion {
                Some(work) => work.review_comments.clone(),
                None => state.cancel_reason.clone(),
            },
            result: completion.map(|work| work.result_data).unwrap_or_default(),
            escalation_level: state.escalation_level,
        };
        if limits::bytes(&ending) > WHOLE_BYTES_MAX {
            ending = ending.brief();
            ending
                .result
                .insert(OMITTED.to_owned(), "it is longer than Temporal takes; TraceRail has it".into());
        }
        Some(ending)
    }
}

impl Ending {
    /// Without what the work brought, and with few words: for whoever remembers many.
    #[must_use]
    pub fn brief(mut self) -> Self {
        self.result = Metadata::new();
        if let Some(comments) = &mut self.comments
            && let Some((end, _)) = comments.char_indices().nth(BRIEF_CHARS_MAX)
        {
            comments.truncate(end);
        }
        self
    }
}

impl Seen {
    /// What this task shows at `now`, by TraceRail's clock.
    pub fn of(task: Option<&Task>, now: Timestamp) -> Self {
        let Some(task) = task else { return Self::Unknown };
        if let Some(ending) = Ending::of(task) {
            return Self::Closed(Box::new(ending));
        }
        let level = Level::of(task);
        // Rounded up: a wait that wakes a moment too early would have to look twice.
        let wake_in_ms = level
            .wake_at
            .map(|at| u64::try_from(at.since(now).as_micros().div_ceil(1_000)).unwrap_or(u64::MAX));
        Self::Open { level, wake_in_ms }
    }
}
