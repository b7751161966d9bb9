//! A content item: what came in, and the record of what became of it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::analysis::AnalysisRecord;
use crate::ids::{ContentKey, EventId, TaskId};
use crate::principal::Principal;
use crate::routing::RouteRecord;
use crate::task::Priority;
use crate::time::Timestamp;

/// Free fields a source sends along.
pub type Metadata = serde_json::Map<String, serde_json::Value>;

/// The item itself. Never changed once taken in.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ContentBody {
    /// The text.
    pub content: String,
    /// Its media type.
    pub content_type: String,
    /// Free fields.
    #[serde(default)]
    pub metadata: Metadata,
    /// Who or what it came from.
    #[serde(default)]
    pub submitted_by: Option<String>,
    /// The priority the source asks for.
    #[serde(default)]
    pub priority: Option<Priority>,
}

impl ContentBody {
    /// The hash that tells whether a second submission under the same id is the same content.
    pub fn hash(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hasher.update((bytes.len() as u64).to_be_bytes());
            hasher.update(bytes);
        };
        part(self.content.as_bytes());
        part(self.content_type.as_bytes());
        // A serde_json map writes its keys in one order, whatever order they came in.
        part(serde_json::to_string(&self.metadata).unwrap_or_default().as_bytes());
        part(self.submitted_by.as_deref().unwrap_or_default().as_bytes());
        part(self.priority.map_or("", Priority::as_str).as_bytes());
        hasher.finalize().into()
    }

    /// An estimate of the length in tokens, made without a model: four bytes a token.
    pub fn token_estimate(&self) -> u64 {
        (self.content.len() as u64).div_ceil(4)
    }
}

/// How an item ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Policy let it through without a person.
    Auto,
    /// A person approved it.
    Approved,
    /// Policy or a person rejected it.
    Rejected,
    /// Its task was cancelled.
    Cancelled,
    /// Nobody decided in time, and policy says that this ends it.
    Expired,
    /// A dead letter that was given up by a person.
    Discarded,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Auto, Self::Approved, Self::Rejected, Self::Cancelled, Self::Expired, Self::Discarded];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Discarded => "discarded",
        }
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// The end of an item: the record behind the one `content.completed`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TerminalRecord {
    /// How it ended.
    pub outcome: Outcome,
    /// Who or what decided.
    pub decided_by: Principal,
    /// Why, in words.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// The task, where a person decided.
    #[serde(default)]
    pub task_id: Option<TaskId>,
}

/// Everything known of one content item. Each of the three records is written once, by whoever is first.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ContentRecord {
    /// Its name.
    pub key: ContentKey,
    /// The hash of its body.
    #[serde(with = "crate::hash")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Hash"))]
    pub hash: [u8; 32],
    /// The event it came with: the first of its trail, and the correlation id of all that follows.
    pub submitted_id: EventId,
    /// When it was taken in.
    pub submitted_at: Timestamp,
    /// The body.
    pub body: ContentBody,
    /// What the analyser said.
    #[serde(default)]
    pub analysis: Option<AnalysisRecord>,
    /// What policy decided.
    #[serde(default)]
    pub route: Option<RouteRecord>,
    /// How it ended.
    #[serde(default)]
    pub terminal: Option<TerminalRecord>,
    /// The events about it so far, oldest first.
    #[serde(default)]
    pub trail: Vec<EventId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_sees_every_field_and_no_key_order() {
        let body = |content: &str, metadata: &str| ContentBody {
            content: content.into(),
            content_type: "text/plain".into(),
            metadata: serde_json::from_str(metadata).unwrap(),
            submitted_by: None,
            priority: None,
        };
        let one = body("hello", r#"{"a":1,"b":2}"#);
        assert_eq!(one.hash(), body("hello", r#"{"b":2,"a":1}"#).hash());
        assert_ne!(one.hash(), body("hello", r#"{"a":1}"#).hash());
        assert_ne!(one.hash(), body("hullo", r#"{"a":1,"b":2}"#).hash());
        assert_ne!(one.hash(), ContentBody { submitted_by: Some("ada".into()), ..one.clone() }.hash());
    }
}
