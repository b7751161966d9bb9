//! What a task is made of: what never changes, and what does.

use serde::{Deserialize, Serialize};

use crate::content::Metadata;
use crate::ids::{ContentKey, EventId, GroupId, PersonId, TaskId, TenantId};
use crate::principal::Principal;
use crate::routing::RoutingDecision;
use crate::task::clock::SlaClock;
use crate::task::priority::Priority;
use crate::task::status::Status;
use crate::time::{Hours, Timestamp};

/// A task as it is stored: its unchanging data, its state, and the version that counts its changes.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// 1 when created; every change adds one.
    pub version: u64,
    /// What never changes.
    pub data: TaskData,
    /// What does.
    pub state: TaskState,
}

/// What never changes about a task.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TaskData {
    /// The tenant it belongs to.
    pub tenant: TenantId,
    /// The content item it decides; `None` for a task somebody created directly.
    #[serde(default)]
    pub content_key: Option<ContentKey>,
    /// The first event of the story it belongs to: the content's submission, or its own creation.
    #[serde(default)]
    pub correlation_id: Option<EventId>,
    /// What the person has to look at.
    pub content: String,
    /// What kind of work it is, for example `content_review`.
    pub task_type: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// Who created it.
    pub created_by: Principal,
    /// What the source says about it.
    #[serde(default)]
    pub metadata: Metadata,
    /// A model's or the analyser's words on it. Advice, marked as such.
    #[serde(default)]
    pub summary: Option<String>,
    /// What a model proposed.
    #[serde(default)]
    pub proposed: Option<RoutingDecision>,
    /// Why a person has to look.
    #[serde(default)]
    pub reason: Option<String>,
    /// The span it was made in, a W3C `traceparent`: what becomes of it belongs to the same trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// What was asked of whoever works it.
    pub terms: Terms,
}

/// Under which terms a task is worked. What is not given comes from the configuration.
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Terms {
    /// Hours until level 1.
    #[serde(default)]
    pub sla_hours: Option<Hours>,
    /// Hours until level 2.
    #[serde(default)]
    pub escalation_hours: Option<Hours>,
    /// The escalation policy, by name; the hours above move its levels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalation_policy: Option<String>,
    /// What the person must be able to do.
    #[serde(default)]
    pub skills_required: Vec<String>,
    /// The group it is offered to; the same as one more entry of `candidate_groups`.
    #[serde(default)]
    pub assignee_pool: Option<GroupId>,
    /// The groups whose members may take it.
    #[serde(default)]
    pub candidate_groups: Vec<GroupId>,
    /// The people who may take it, beside those groups.
    #[serde(default)]
    pub candidate_users: Vec<PersonId>,
    /// The people who must not work it or look at the work, for example whoever it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded_users: Vec<PersonId>,
    /// How sure a person should be, 0 to 1, before deciding alone.
    #[serde(default)]
    pub min_confidence_level: Option<f64>,
    /// Whether a second person must look at the work.
    #[serde(default)]
    pub review_required: bool,
}

/// What changes about a task.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TaskState {
    /// Where it stands.
    pub status: Status,
    /// Where it stood before it was escalated.
    #[serde(default)]
    pub previous_status: Option<Status>,
    /// Where it stood before it was suspended.
    #[serde(default)]
    pub suspended_from: Option<Status>,
    /// Until when it is suspended, if that was said.
    #[serde(default)]
    pub suspended_until: Option<Timestamp>,
    /// How urgent it is.
    pub priority: Priority,
    /// Who has it.
    #[serde(default)]
    pub assignment: Option<TaskAssignment>,
    /// Who may take it, people named one by one. Escalation may widen it.
    #[serde(default)]
    pub candidate_users: Vec<PersonId>,
    /// Who may take it, by group.
    #[serde(default)]
    pub candidate_groups: Vec<GroupId>,
    /// The first deadline on the wall; `None` while the clock stands still.
    #[serde(default)]
    pub due_at: Option<Timestamp>,
    /// When its assignee wants to be reminded.
    #[serde(default)]
    pub follow_up_at: Option<Timestamp>,
    /// The clock.
    pub clock: SlaClock,
    /// How high it has been escalated; 0 is not at all.
    #[serde(default)]
    pub escalation_level: u32,
    /// The round of the policy it was escalated in last; the first is 0.
    #[serde(rename = "escalation_loop", default, skip_serializing_if = "is_zero")]
    pub escalation_round: u32,
    /// Every escalation, oldest first.
    #[serde(default)]
    pub escalations: Vec<Escalation>,
    /// When its assignee began.
    #[serde(default)]
    pub started_at: Option<Timestamp>,
    /// The work that is done, perhaps waiting for review.
    #[serde(default)]
    pub completion: Option<Completion>,
    /// The second person's view.
    #[serde(default)]
    pub review: Option<Review>,
    /// When it was closed.
    #[serde(default)]
    pub closed_at: Option<Timestamp>,
    /// Why it was cancelled.
    #[serde(default)]
    pub cancel_reason: Option<String>,
    /// How many comments there are.
    #[serde(default)]
    pub comments: u32,
}

/// Who has a task, since when and why.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TaskAssignment {
    /// The task.
    pub task_id: TaskId,
    /// Who has it.
    pub assignee_id: PersonId,
    /// Since when.
    pub assigned_at: Timestamp,
    /// By whom; the assignee for a claim.
    pub assigned_by: Principal,
    /// When it is due, as it stood then.
    #[serde(default)]
    pub due_at: Option<Timestamp>,
    /// Why this person: `claimed`, `round_robin in support`, `delegated by ada`, ...
    pub assignment_reason: String,
    /// What else was noted.
    #[serde(default)]
    pub metadata: Metadata,
}

/// What a person decided.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Yes.
    Approved,
    /// No.
    Rejected,
}

impl Decision {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }
}

/// The work of the person who decided: the seed's `TaskResult`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Completion {
    /// What was decided.
    pub decision: Decision,
    /// What the work brought.
    #[serde(default)]
    pub result_data: Metadata,
    /// Who did it.
    pub completed_by: Principal,
    /// When.
    pub completed_at: Timestamp,
    /// Words along with it.
    #[serde(default)]
    pub review_comments: Option<String>,
    /// How good the work is, 0 to 1, where somebody has said so.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub quality_score: Option<f64>,
}

/// A second person's view of the work.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Review {
    /// Who looked.
    pub reviewer: Principal,
    /// When.
    pub at: Timestamp,
    /// Whether the work stands; otherwise it goes back.
    pub approved: bool,
    /// Words along with it.
    #[serde(default)]
    pub comments: Option<String>,
}

/// One escalation.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Escalation {
    /// The level it led to.
    pub level: u32,
    /// When.
    pub at: Timestamp,
    /// Who or what asked for it.
    pub by: Principal,
    /// Why.
    pub reason: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Terms {
    /// Whether this person must not work the task.
    pub fn excludes(&self, person: &PersonId) -> bool {
        self.excluded_users.contains(person)
    }
}

impl Task {
    /// Who has it.
    pub fn assignee(&self) -> Option<&PersonId> {
        self.state.assignment.as_ref().map(|assignment| &assignment.assignee_id)
    }

    /// Whether anything can still happen to it.
    pub fn is_open(&self) -> bool {
        self.state.status.is_open()
    }

    /// When the system has to look at it next: its next deadline, the warning ahead of it, or the end of its suspension.
    ///
    /// This is what the store keeps beside the task and the sweep asks for; it follows from the state alone,
    /// so that a task can never be stored without the timer that belongs to it.
    pub fn wake_at(&self) -> Option<Timestamp> {
        self.state.wake_at()
    }
}

impl TaskState {
    /// When the system has to look at the task next.
    pub fn wake_at(&self) -> Option<Timestamp> {
        match self.status {
            Status::Completed | Status::Cancelled => None,
            Status::Suspended => self.suspended_until,
            Status::Pending
            | Status::Assigned
            | Status::InProgress
            | Status::WaitingReview
            | Status::Escalated => self.clock.wake_at(),
        }
    }
}
