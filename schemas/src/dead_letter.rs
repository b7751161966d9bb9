//! An event that could not be handled, kept until a person has looked at it.

use serde::{Deserialize, Serialize};

use crate::code::Code;
use crate::time::Timestamp;

/// An event that could not be handled. It is not an end: it waits to be replayed or discarded.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeadLetter {
    /// Its number in the list.
    pub number: u64,
    /// The actor that could not handle it.
    pub actor: String,
    /// The subject it came on.
    pub subject: String,
    /// The stable code of what went wrong.
    pub code: Code,
    /// What went wrong, in words.
    pub cause: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was given up.
    pub at: Timestamp,
    /// What has become of it since.
    pub status: DeadLetterStatus,
    /// The event's id, if it had one that could be read.
    #[serde(default)]
    pub event_id: Option<String>,
    /// The original bytes.
    #[serde(with = "serde_bytes")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Bytes"))]
    pub data: Vec<u8>,
}

/// What has become of a dead letter.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeadLetterStatus {
    /// It waits for a person.
    Held,
    /// It was handed to its actor again.
    Replayed,
}

impl DeadLetterStatus {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Replayed => "replayed",
        }
    }
}
