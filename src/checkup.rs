//! What a look at one part of an installation finds: well or not, what was seen, and what cures it.

use serde::Serialize;

/// How a part is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Works, but somebody should look.
    Warn,
    /// Does not work.
    Fail,
}

/// One thing that was looked at.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    /// What was looked at, for example `store file`. Stable: programs may look for it.
    pub check: String,
    /// How it is.
    pub verdict: Verdict,
    /// What was seen.
    pub seen: String,
    /// What to do, where something is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cure: Option<String>,
}

impl Finding {
    /// As it should be.
    pub fn ok(check: impl Into<String>, seen: impl Into<String>) -> Self {
        Self { check: check.into(), verdict: Verdict::Ok, seen: seen.into(), cure: None }
    }

    /// Works, but somebody should look.
    pub fn warn(check: impl Into<String>, seen: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { check: check.into(), verdict: Verdict::Warn, seen: seen.into(), cure: Some(cure.into()) }
    }

    /// Does not work.
    pub fn fail(check: impl Into<String>, seen: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { check: check.into(), verdict: Verdict::Fail, seen: seen.into(), cure: Some(cure.into()) }
    }
}
