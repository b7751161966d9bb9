//! What can be asked of a task.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::content::Metadata;
use crate::ids::{CommandId, PersonId, TaskId, TenantId};
use crate::principal::Principal;
use crate::subject::Subject;
use crate::task::model::{Decision, Terms};
use crate::task::priority::Priority;
use crate::time::Timestamp;

/// A command: the same id again gets the first answer again, and is refused with another payload.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Command {
    /// Its id. Over the bus it may be left out: the command has the id of its event then.
    #[serde(default = "no_id")]
    pub id: CommandId,
    /// The task it is for.
    pub task_id: TaskId,
    /// Who gives it.
    pub by: Principal,
    /// The version it was decided on; another one refuses it. Without it, the command applies to whatever is there.
    #[serde(default)]
    pub expected_version: Option<u64>,
    /// What is asked.
    pub verb: Verb,
    /// The W3C `traceparent` of whoever gives it. The same command from another span is still the same command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
}

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
    },
    /// As the second person: the work goes back.
    RequestChanges {
        /// What has to change.
        comments: String,
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
}

/// A task to be made.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewTask {
    /// The tenant it belongs to.
    #[serde(default)]
    pub tenant: TenantId,
    /// What the person has to look at.
    pub content: String,
    /// What kind of work it is.
    #[serde(default = "content_review")]
    pub task_type: String,
    /// How urgent it is.
    #[serde(default)]
    pub priority: Priority,
    /// What is said about it.
    #[serde(default)]
    pub metadata: Metadata,
    /// What is asked of whoever works it.
    #[serde(default)]
    pub terms: Terms,
    /// Who should get it, if anyone.
    #[serde(default)]
    pub suggested_assignee: Option<PersonId>,
}

impl NewTask {
    /// A task to look at this; everything else as the configuration has it.
    pub fn review(content: impl Into<String>) -> Self {
        Self {
            tenant: TenantId::default(),
            content: content.into(),
            task_type: content_review(),
            priority: Priority::default(),
            metadata: Metadata::new(),
            terms: Terms::default(),
            suggested_assignee: None,
        }
    }
}

macro_rules! kinds {
    ($($kind:ident = $text:literal),+ $(,)?) => {
        /// A verb without its details: what the life cycle knows.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(rename_all = "snake_case")]
        #[expect(missing_docs, reason = "each is the verb of the same name")]
        pub enum CommandKind {
            $($kind),+
        }

        impl CommandKind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// The subjects they are given on over the bus.
            pub const SUBJECTS: &'static [Subject] = &[$(Subject::TaskCommand(Self::$kind)),+];

            /// The name on the wire, in subjects and on the command line.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $text),+
                }
            }

            /// The subject it is given on over the bus.
            pub const fn subject(self) -> &'static str {
                match self {
                    $(Self::$kind => concat!("task.command.", $text)),+
                }
            }

            /// A command of this kind with every field filled in, as JSON: the golden one.
            #[cfg(feature = "schema")]
            pub const fn sample(self) -> &'static str {
                match self {
                    $(Self::$kind => include_str!(concat!("../../golden/task.command.", $text, ".v1.json"))),+
                }
            }
        }
    };
}

kinds! {
    Create = "create",
    Claim = "claim",
    Assign = "assign",
    Delegate = "delegate",
    Release = "release",
    Start = "start",
    Complete = "complete",
    RequestReview = "request_review",
    Approve = "approve",
    RequestChanges = "request_changes",
    Escalate = "escalate",
    Suspend = "suspend",
    Resume = "resume",
    Cancel = "cancel",
    Expire = "expire",
    Comment = "comment",
    SetPriority = "set_priority",
    SetDue = "set_due",
}

impl std::fmt::Display for CommandKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
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
        }
    }
}

impl Command {
    /// The hash that tells a repeated command from another one under the same id.
    pub fn payload_hash(&self) -> [u8; 32] {
        let payload = (&self.task_id, &self.by, &self.expected_version, &self.verb);
        Sha256::digest(rmp_serde::to_vec_named(&payload).unwrap_or_default()).into()
    }
}

const fn no_id() -> CommandId {
    CommandId::from_uuid(uuid::Uuid::nil())
}

fn content_review() -> String {
    "content_review".to_owned()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_same_command_from_another_span_is_the_same() {
        let command = Command {
            id: CommandId::from_uuid(Uuid::from_u128(1)),
            task_id: TaskId::from_uuid(Uuid::from_u128(2)),
            by: Principal::system("test"),
            expected_version: None,
            verb: Verb::Claim,
            traceparent: None,
        };
        let hash = command.payload_hash();
        let retold = Command { traceparent: Some("00-trace".to_owned()), ..command.clone() };
        assert_eq!(retold.payload_hash(), hash);
        assert_ne!(Command { verb: Verb::Start, ..command }.payload_hash(), hash);
    }
}
