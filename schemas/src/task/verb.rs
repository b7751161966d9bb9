//! What can be asked of a task.

use serde::{Deserialize, Serialize};

use crate::content::Metadata;
use crate::ids::PersonId;
use crate::task::command::NewTask;
use crate::task::kind::CommandKind;
use crate::task::priority::Priority;
use crate::task::work::Decision;
use crate::time::Timestamp;

/// What is asked of a task.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Make it.
    Create(Box<NewTask>),
    /// Take it.
    Claim,
    /// Give it to somebody.
    Assign {
        /// Who gets it.
        to: PersonId,
    },
    /// Hand one's own task to somebody.
    Delegate {
        /// Who gets it.
        to: PersonId,
    },
    /// Give it back to its candidates.
    Release,
    /// Take what one is offered.
    Accept,
    /// Leave what one is offered to somebody else.
    Decline {
        /// Why.
        #[serde(default)]
        reason: Option<String>,
    },
    /// Say that one is still at it: what was taken for a time stays taken for as long again.
    Heartbeat,
    /// Begin to work.
    Start,
    /// Decide it.
    Complete {
        /// What was decided; it becomes the item's outcome.
        decision: Decision,
        /// What the work brought.
        #[serde(default)]
        result: Metadata,
        /// Words along with it.
        #[serde(default)]
        comments: Option<String>,
        /// How good the work is, 0 to 1.
        #[serde(default)]
        #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
        quality_score: Option<f64>,
        /// The hash of what was shown to whoever decides, `Task::shown`: if it is not what the task shows now, the decision is void.
        #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::hash::optional")]
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Hash>"))]
        shown: Option<[u8; 32]>,
    },
    /// Ask for a second person to look at a decision.
    RequestReview {
        /// The decision to look at.
        decision: Decision,
        /// What the work brought.
        #[serde(default)]
        result: Metadata,
        /// Words along with it.
        #[serde(default)]
        comments: Option<String>,
        /// The hash of what was shown to whoever decides, `Task::shown`: if it is not what the task shows now, the decision is void.
        #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::hash::optional")]
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Hash>"))]
        shown: Option<[u8; 32]>,
    },
    /// As the second person: the work stands.
    Approve {
        /// Words along with it.
        #[serde(default)]
        comments: Option<String>,
        /// How good the work is, 0 to 1.
        #[serde(default)]
        #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
        quality_score: Option<f64>,
        /// The hash of what was shown to whoever decides, `Task::shown`: if it is not what the task shows now, the decision is void.
        #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::hash::optional")]
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Hash>"))]
        shown: Option<[u8; 32]>,
    },
    /// As the second person: the work goes back.
    RequestChanges {
        /// What has to change.
        comments: String,
        /// The hash of what was shown to whoever decides, `Task::shown`: if it is not what the task shows now, the decision is void.
        #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::hash::optional")]
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Hash>"))]
        shown: Option<[u8; 32]>,
    },
    /// Raise it to the next level.
    Escalate {
        /// Why.
        reason: String,
    },
    /// Let it and its clock stand still.
    Suspend {
        /// When it goes on by itself, if it does.
        #[serde(default)]
        until: Option<Timestamp>,
        /// Why.
        reason: String,
    },
    /// Let it go on.
    Resume,
    /// Give it up.
    Cancel {
        /// Why.
        reason: String,
    },
    /// End it because nobody decided in time. Only TraceRail itself may.
    Expire,
    /// Say something about it.
    Comment {
        /// What.
        text: String,
    },
    /// Change its priority.
    SetPriority {
        /// To what.
        priority: Priority,
    },
    /// Move its first deadline, and the later ones by as much.
    SetDue {
        /// To when.
        due_at: Timestamp,
    },
    /// Be reminded of it later.
    SetFollowUp {
        /// When; without it, not any more.
        #[serde(default)]
        at: Option<Timestamp>,
    },
    /// Wind up its clock anew, as the configuration has it now. Time that was used stays used.
    RecomputeSla {
        /// Under this escalation policy; without it, under the one it has.
        #[serde(default)]
        escalation_policy: Option<String>,
    },
}

impl Verb {
    /// The verb without its details.
    pub const fn kind(&self) -> CommandKind {
        match self {
            Self::Create(_) => CommandKind::Create,
            Self::Claim => CommandKind::Claim,
            Self::Assign { .. } => CommandKind::Assign,
            Self::Delegate { .. } => CommandKind::Delegate,
            Self::Release => CommandKind::Release,
            Self::Accept => CommandKind::Accept,
            Self::Decline { .. } => CommandKind::Decline,
            Self::Heartbeat => CommandKind::Heartbeat,
            Self::Start => CommandKind::Start,
            Self::Complete { .. } => CommandKind::Complete,
            Self::RequestReview { .. } => CommandKind::RequestReview,
            Self::Approve { .. } => CommandKind::Approve,
            Self::RequestChanges { .. } => CommandKind::RequestChanges,
            Self::Escalate { .. } => CommandKind::Escalate,
            Self::Suspend { .. } => CommandKind::Suspend,
            Self::Resume => CommandKind::Resume,
            Self::Cancel { .. } => CommandKind::Cancel,
            Self::Expire => CommandKind::Expire,
            Self::Comment { .. } => CommandKind::Comment,
            Self::SetPriority { .. } => CommandKind::SetPriority,
            Self::SetDue { .. } => CommandKind::SetDue,
            Self::SetFollowUp { .. } => CommandKind::SetFollowUp,
            Self::RecomputeSla { .. } => CommandKind::RecomputeSla,
        }
    }
}
