//! The kinds of commands: what the life cycle knows of them.

use serde::{Deserialize, Serialize};

use crate::subject::Subject;

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
    Accept = "accept",
    Decline = "decline",
    Heartbeat = "heartbeat",
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
    SetFollowUp = "set_follow_up",
    RecomputeSla = "recompute_sla",
}

impl std::fmt::Display for CommandKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}
