//! Who did it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::PersonId;

/// Who gave a command or made a decision.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Principal {
    /// A person, a program on somebody's behalf, or TraceRail itself.
    pub kind: PrincipalKind,
    /// The person's id, the program's name, or the part of TraceRail.
    pub id: PersonId,
}

/// What kind of doer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PrincipalKind {
    /// A person.
    User,
    /// A program outside TraceRail, such as an AI agent.
    Agent,
    /// TraceRail itself.
    System,
}

impl Principal {
    /// A person.
    pub fn user(id: PersonId) -> Self {
        Self { kind: PrincipalKind::User, id }
    }

    /// A part of TraceRail, for example `sla`.
    ///
    /// # Panics
    /// Never: `part` is a name written in this program, and an empty one becomes `tracerail`.
    pub fn system(part: &'static str) -> Self {
        let id = PersonId::new(part).or_else(|_| PersonId::new("tracerail"));
        match id {
            Ok(id) => Self { kind: PrincipalKind::System, id },
            Err(_) => unreachable!("a literal name is a name"),
        }
    }

    /// Whether this is TraceRail itself.
    pub fn is_system(&self) -> bool {
        self.kind == PrincipalKind::System
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            PrincipalKind::User => write!(f, "{}", self.id),
            PrincipalKind::Agent => write!(f, "agent:{}", self.id),
            PrincipalKind::System => write!(f, "system:{}", self.id),
        }
    }
}
