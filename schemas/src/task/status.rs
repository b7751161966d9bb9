//! Where a task stands.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where a task stands in its life cycle.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waits for a candidate to claim it.
    Pending,
    /// Has an assignee who has not begun.
    Assigned,
    /// The assignee works on it.
    InProgress,
    /// The work is done, a second person has to look.
    WaitingReview,
    /// Raised to an escalation level; `previous_status` tells from where.
    Escalated,
    /// Stands still, its clock too.
    Suspended,
    /// Decided. Final.
    Completed,
    /// Given up or expired. Final.
    Cancelled,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Pending,
        Self::Assigned,
        Self::InProgress,
        Self::WaitingReview,
        Self::Escalated,
        Self::Suspended,
        Self::Completed,
        Self::Cancelled,
    ];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Assigned => "assigned",
            Self::InProgress => "in_progress",
            Self::WaitingReview => "waiting_review",
            Self::Escalated => "escalated",
            Self::Suspended => "suspended",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether anything can still happen to it.
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Completed | Self::Cancelled)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Status {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or_else(|| {
            let all = Self::ALL.map(Self::as_str).join(", ");
            format!("no such status: {text:?} (there are {all})")
        })
    }
}
