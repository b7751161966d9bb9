//! Who has a task, and who is offered it.

use serde::{Deserialize, Serialize};

use crate::content::Metadata;
use crate::ids::{PersonId, TaskId};
use crate::principal::Principal;
use crate::time::Timestamp;

/// Who has a task, since when and why.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TaskAssignment {
    /// The task.
    pub task_id: TaskId,
    /// Who has it.
    pub assignee_id: PersonId,
    /// Since when.
    pub assigned_at: Timestamp,
    /// By whom; the assignee for a claim.
    pub assigned_by: Principal,
    /// When it is due, as it stood then.
    #[serde(default)]
    pub due_at: Option<Timestamp>,
    /// Why this person: `claimed`, `round_robin in support`, `delegated by ada`, ...
    pub assignment_reason: String,
    /// What else was noted.
    #[serde(default)]
    pub metadata: Metadata,
    /// Until when it is theirs, unless they give a sign of life.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_until: Option<Timestamp>,
}

/// An offer: the task waits for one person, for a time.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Offer {
    /// To whom.
    pub to: PersonId,
    /// Since when.
    pub offered_at: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Why this person.
    pub reason: String,
    /// What else was noted.
    #[serde(default)]
    pub metadata: Metadata,
}
