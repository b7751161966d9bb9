//! Stable codes of every error a user can see. Each has its page in `docs/errors/`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal),+ $(,)?) => {
        /// A stable error code. The number never changes its meaning.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Code {
            $($(#[$doc])* $name),+
        }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The code as text.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text),+
                }
            }
        }
    };
}

codes! {
    /// Bytes that are neither JSON nor MessagePack, or of the wrong shape.
    PayloadMalformed = "TR0001",
    /// A body over a limit: bytes, nesting or number of values.
    PayloadOverLimit = "TR0002",
    /// A submission without content, or with an id that is none.
    ContentInvalid = "TR0003",
    /// A text over the limit.
    ContentTooLarge = "TR0004",
    /// A second content under an id that is taken.
    ContentIdConflict = "TR0005",
    /// No content with this id.
    ContentUnknown = "TR0006",
    /// No task with this id.
    TaskUnknown = "TR0010",
    /// A command that the life cycle does not allow where the task stands.
    CommandIllegal = "TR0011",
    /// A command by somebody who may not give it.
    CommandForbidden = "TR0012",
    /// Another command was faster.
    VersionConflict = "TR0013",
    /// A command id used again with another payload.
    CommandIdReused = "TR0014",
    /// A person who cannot have the task.
    PersonUnsuitable = "TR0015",
    /// A command with a value that makes no sense.
    CommandInvalid = "TR0016",
    /// No answer in time; the command may or may not have taken effect.
    OutcomeUnknown = "TR0017",
    /// A decision about something else than what the task shows now.
    DecisionVoid = "TR0018",
    /// A configuration that cannot be used.
    ConfigInvalid = "TR0020",
    /// Rules that cannot be used.
    RulesInvalid = "TR0021",
    /// A command line that makes no sense.
    UsageInvalid = "TR0022",
    /// The store does not answer, for example because another program has locked it.
    StoreUnavailable = "TR0030",
    /// The store cannot be written.
    StoreReadOnly = "TR0031",
    /// The store is damaged, or is no TraceRail store.
    StoreCorrupt = "TR0032",
    /// The disk is full.
    StoreFull = "TR0033",
    /// The store was written by a newer TraceRail.
    StoreTooNew = "TR0034",
    /// A server refuses the credentials.
    CredentialsRefused = "TR0035",
    /// A server does not hold the streams that it should, because they were never made or are lost.
    NotSetUp = "TR0036",
    /// Events wait longer for their actor than they should.
    EventsWait = "TR0037",
    /// Little is left on the disk of the store.
    DiskLow = "TR0038",
    /// The model does not answer.
    ModelUnavailable = "TR0040",
    /// The model's answer cannot be used.
    ModelAnswerBroken = "TR0041",
    /// A handler kept failing on an event.
    HandlerFailed = "TR0050",
    /// No dead letter with this number.
    DeadLetterUnknown = "TR0051",
    /// A file or folder that cannot be read.
    InputUnreadable = "TR0060",
    /// Something that should never happen did.
    Internal = "TR0099",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Code {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| format!("no such code: {text:?}"))
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
