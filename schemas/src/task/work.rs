//! What a person decided, what others think of it, and what both were shown.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::content::Metadata;
use crate::principal::Principal;
use crate::task::model::Task;
use crate::time::Timestamp;

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
    /// The hash of what was shown to whoever decided.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::hash::optional")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Hash>"))]
    pub shown: Option<[u8; 32]>,
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
    /// The hash of what was shown to them: the content and the work.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::hash::optional")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Hash>"))]
    pub shown: Option<[u8; 32]>,
}

impl Task {
    /// The hash of what a person who decides looks at: the content with all that is said about it, and the work where there is some.
    pub fn shown(&self) -> [u8; 32] {
        let data = &self.data;
        let work = self.state.completion.as_ref();
        let work = work.map(|it| (&it.decision, &it.result_data, &it.completed_by, &it.review_comments));
        // Named one by one: a field that is added later does not change what was shown before.
        let shown = (
            (&self.id, &data.tenant, &data.content, &data.task_type),
            (&data.metadata, &data.summary, &data.proposed, &data.reason),
            work,
        );
        // What was stored can be written again.
        Sha256::digest(rmp_serde::to_vec_named(&shown).unwrap_or_default()).into()
    }
}
