//! What an escalation does: who is told, who gets the task, who may take it.

use serde::{Deserialize, Serialize};

use crate::ids::{GroupId, PersonId};

/// What is done at a level of an escalation policy. It stands in the task's deadline, so that a later change of the policy changes no
/// task that is under way.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EscalationStep {
    /// What is done, with whom stands in `targets`.
    pub actions: Vec<EscalationAction>,
    /// With whom.
    #[serde(default)]
    pub targets: Targets,
    /// With whom instead, when none of them is available for `reassign`.
    #[serde(default, skip_serializing_if = "Targets::is_empty")]
    pub otherwise: Targets,
}

/// One thing that is done.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EscalationAction {
    /// The targets are told.
    Notify,
    /// The task goes to the first of them who is available; if none is, it is open to all of them.
    Reassign,
    /// The task becomes more urgent by one step.
    RaisePriority,
    /// The targets may take the task as well.
    Widen,
}

/// People, by name or by what they are.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Targets {
    /// People.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<PersonId>,
    /// Groups: their members.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupId>,
    /// The manager of whoever has the task.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub manager: bool,
}

impl EscalationStep {
    /// Whether this is done.
    pub fn does(&self, action: EscalationAction) -> bool {
        self.actions.contains(&action)
    }
}

impl Targets {
    /// Whether it names nobody.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.groups.is_empty() && !self.manager
    }
}
