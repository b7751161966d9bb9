//! Every subject of the bus, written once.
//!
//! Users see the plain strings; an installation may put a prefix before all of them, which is the business of
//! whoever connects to the bus.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::task::CommandKind;

macro_rules! subjects {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal),+ $(,)?) => {
        /// What an event is about, and the subject it is published on.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Subject {
            $($(#[doc = $doc])+ $name,)+
            /// Somebody asks something of a task.
            TaskCommand(CommandKind),
        }

        impl Subject {
            /// All events, in the order in which an item meets them. Commands are not among them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The subject as it stands on the bus.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                    Self::TaskCommand(kind) => kind.subject(),
                }
            }

            /// What has happened, in a sentence.
            pub const fn about(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($doc),+).trim_ascii(),)+
                    Self::TaskCommand(_) => "Somebody asks something of a task.",
                }
            }

            /// A body with every field filled in, as JSON: the golden one.
            #[cfg(feature = "schema")]
            pub const fn sample(self) -> &'static str {
                match self {
                    $(Self::$name => include_str!(concat!("../golden/", $text, ".v1.json")),)+
                    Self::TaskCommand(kind) => kind.sample(),
                }
            }
        }
    };
}

subjects! {
    /// Content has come in.
    ContentSubmitted = "content.submitted",
    /// A model, or the offline analyser, has looked at it, or has failed to.
    ContentAnalyzed = "content.analyzed",
    /// Policy has decided what is to be done with it.
    ContentRouted = "content.routed",
    /// The one terminal event of a content item.
    ContentCompleted = "content.completed",
    /// A task has come into being, perhaps with its first assignee.
    TaskCreated = "task.created",
    /// Somebody has taken the task or was given it.
    TaskAssigned = "task.assigned",
    /// The task waits for one person, for a time.
    TaskOffered = "task.offered",
    /// The task was not taken by the one it was offered to.
    TaskOfferEnded = "task.offer_ended",
    /// The task is back with its candidates: its assignee has given it back, or a claim has run out.
    TaskReleased = "task.released",
    /// The assignee has begun to work.
    TaskStarted = "task.started",
    /// The work is done and waits for a second person.
    TaskReviewRequested = "task.review_requested",
    /// A second person has looked at the work, and more have to.
    TaskReviewed = "task.reviewed",
    /// The second person wants the work changed.
    TaskChangesRequested = "task.changes_requested",
    /// It is time to look at the task again, as somebody wanted.
    TaskFollowUpDue = "task.follow_up_due",
    /// Somebody, or a route, asks for an escalation.
    TaskEscalationRequested = "task.escalation_requested",
    /// The task has been raised to an escalation level.
    TaskEscalated = "task.escalated",
    /// An escalation was due but had been overtaken: the task was closed or already as high.
    TaskEscalationSuperseded = "task.escalation_superseded",
    /// The task and its SLA clock stand still.
    TaskSuspended = "task.suspended",
    /// The task and its SLA clock go on.
    TaskResumed = "task.resumed",
    /// Somebody has said something about the task.
    TaskCommented = "task.commented",
    /// The priority, the due date or another note on the task was changed.
    TaskUpdated = "task.updated",
    /// The task was decided.
    TaskCompleted = "task.completed",
    /// The task was given up, or has expired.
    TaskCancelled = "task.cancelled",
    /// A command that came over the bus was refused.
    TaskCommandRejected = "task.command_rejected",
    /// A deadline is near.
    SlaAtRisk = "sla.at_risk",
    /// A deadline has passed.
    SlaBreached = "sla.breached",
    /// A task as it stands, told again before the events that made it leave the log.
    TaskSnapshot = "task.snapshot",
    /// A content item as it stands, told again likewise.
    ContentSnapshot = "content.snapshot",
}

impl Subject {
    /// The CloudEvents type, which carries the family, the verb and the version: `io.tracerail.task.escalated.v1`.
    pub fn event_type(self) -> String {
        format!("io.tracerail.{}.v1", self.as_str())
    }

    /// Reads a CloudEvents type: the subject and the version.
    pub fn from_event_type(text: &str) -> Option<(Self, u16)> {
        let (subject, version) = text.strip_prefix("io.tracerail.")?.rsplit_once(".v")?;
        Some((subject.parse().ok()?, version.parse().ok()?))
    }
}

/// The subject of commands that are answered at once, as requests.
pub const COMMAND_REQUESTS: &str = "rpc.task.command";

/// The subject dead letters of an actor are announced on.
pub fn dead_letters_of(actor: &str) -> String {
    format!("dlq.{actor}")
}

/// The subject a dead letter is replayed on.
pub fn retries_of(actor: &str) -> String {
    format!("retry.{actor}")
}

/// A text that is no subject of TraceRail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no such subject: {text:?} (the subjects are {})", all())]
pub struct UnknownSubject {
    text: String,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Subject {
    type Err = UnknownSubject;

    fn from_str(text: &str) -> Result<Self, UnknownSubject> {
        let commands = CommandKind::ALL.iter().map(|kind| Self::TaskCommand(*kind));
        Self::ALL
            .iter()
            .copied()
            .chain(commands)
            .find(|subject| subject.as_str() == text)
            .ok_or_else(|| UnknownSubject { text: text.chars().take(100).collect() })
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

fn all() -> String {
    Subject::ALL.iter().map(|subject| subject.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_subject_reads_back() {
        for &subject in Subject::ALL {
            assert_eq!(subject.as_str().parse::<Subject>().unwrap(), subject);
            assert_eq!(Subject::from_event_type(&subject.event_type()), Some((subject, 1)));
        }
        for &kind in CommandKind::ALL {
            let subject = Subject::TaskCommand(kind);
            assert_eq!(subject.as_str(), format!("task.command.{kind}"));
            assert_eq!(subject.as_str().parse::<Subject>().unwrap(), subject);
        }
        assert!("content.lost".parse::<Subject>().is_err());
        assert_eq!(Subject::from_event_type("io.tracerail.task.escalated.v2").unwrap().1, 2);
    }
}
