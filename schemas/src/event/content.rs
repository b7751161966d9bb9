//! What happens to content.

use serde::{Deserialize, Serialize};

use crate::analysis::AnalysisRecord;
use crate::content::{ContentBody, Metadata, Outcome};
use crate::ids::{ContentKey, EventId, TaskId, TenantId};
use crate::principal::Principal;
use crate::routing::RouteRecord;
use crate::task::Priority;
use crate::time::Timestamp;

/// `content.submitted`: content has come in. What users publish; `{"content": "..."}` is enough.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ContentSubmitted {
    /// The source's id for it. Without one, the event's id is taken, and a second sending is new content.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::SourceId>"))]
    pub id: Option<String>,
    /// Who sends it, for example `helpdesk`. `default` when it is not said.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::SourceName>"))]
    pub source: Option<String>,
    /// The tenant it belongs to.
    #[serde(default)]
    pub tenant: TenantId,
    /// The text.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub content: String,
    /// Its media type; `text/plain` when it is not said.
    #[serde(default)]
    pub content_type: Option<String>,
    /// Free fields; rules can look at them.
    #[serde(default)]
    pub metadata: Metadata,
    /// Who or what it came from.
    #[serde(default)]
    pub submitted_by: Option<String>,
    /// The priority the source asks for.
    #[serde(default)]
    pub priority: Option<Priority>,
}

/// Why a submission is no content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmissionError {
    /// The text is empty.
    #[error("the content is empty")]
    Empty,
    /// The text is too long.
    #[error("the content has {bytes} bytes, more than the limit of {bytes_max}")]
    TooLarge {
        /// Its length.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// The source or id cannot be used.
    #[error("the id or source cannot be used: {0}")]
    Name(#[from] crate::ids::IdError),
}

impl ContentSubmitted {
    /// The content's key and body, if this is content. `fallback_id` names it when the source has not.
    pub fn admit(
        self,
        fallback_id: &str,
        content_bytes_max: usize,
    ) -> Result<(ContentKey, ContentBody), SubmissionError> {
        if self.content.trim().is_empty() {
            return Err(SubmissionError::Empty);
        }
        if self.content.len() > content_bytes_max {
            return Err(SubmissionError::TooLarge {
                bytes: self.content.len(),
                bytes_max: content_bytes_max,
            });
        }
        let source = self.source.unwrap_or_else(|| "default".to_owned());
        let id = self.id.unwrap_or_else(|| fallback_id.to_owned());
        let key = ContentKey::new(self.tenant, source, id)?;
        let body = ContentBody {
            content: self.content,
            content_type: self.content_type.unwrap_or_else(|| "text/plain".to_owned()),
            metadata: self.metadata,
            submitted_by: self.submitted_by,
            priority: self.priority,
        };
        Ok((key, body))
    }
}

/// `content.analyzed`: the analyser has answered, or has failed to.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ContentAnalyzed {
    /// The item.
    pub content: ContentKey,
    /// What came of it.
    pub analysis: AnalysisRecord,
    /// When.
    pub at: Timestamp,
}

/// `content.routed`: policy has decided.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ContentRouted {
    /// The item.
    pub content: ContentKey,
    /// What was decided, by which rule, and why it was raised if it was.
    pub route: RouteRecord,
    /// When.
    pub at: Timestamp,
}

/// `content.completed`: the one terminal event of an item.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ContentCompleted {
    /// The item.
    pub content: ContentKey,
    /// How it ended.
    pub outcome: Outcome,
    /// Who or what decided.
    pub decided_by: Principal,
    /// Why, in words.
    pub reason: String,
    /// The task, where a person decided.
    #[serde(default)]
    pub task_id: Option<TaskId>,
    /// The hash of the content that was decided on: whoever acts on the outcome can see that it is about what they hold.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::hash::optional")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Hash>"))]
    pub content_hash: Option<[u8; 32]>,
    /// When.
    pub completed_at: Timestamp,
    /// The events that led here, oldest first.
    pub trail: Vec<EventId>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{Limits, decode};

    fn read(json: &str) -> ContentSubmitted {
        decode(json.as_bytes(), &Limits::default()).unwrap()
    }

    #[test]
    fn a_text_alone_is_content() {
        let (key, body) = read(r#"{"content":"hello"}"#).admit("fallback", 100).unwrap();
        assert_eq!(key.to_string(), "default/default/fallback");
        assert_eq!((body.content.as_str(), body.content_type.as_str()), ("hello", "text/plain"));
    }

    #[test]
    fn what_is_no_content_is_told_why() {
        assert_eq!(read(r#"{"content":"  \n"}"#).admit("x", 100), Err(SubmissionError::Empty));
        assert!(matches!(
            read(r#"{"content":"hello"}"#).admit("x", 4),
            Err(SubmissionError::TooLarge { bytes: 5, .. })
        ));
        assert!(matches!(read(r#"{"content":"a","id":""}"#).admit("x", 4), Err(SubmissionError::Name(_))));
        let missing = decode::<ContentSubmitted>(br#"{"text":"hello"}"#, &Limits::default()).unwrap_err();
        assert!(missing.full().contains("missing field `content`"), "{}", missing.full());
    }
}
