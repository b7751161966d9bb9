//! What routing is asked and what it answers.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::analysis::{AnalystKind, RiskFlag, Sentiment};
use crate::ids::{GroupId, PersonId, TenantId};
use crate::task::Priority;
use crate::time::Hours;

/// What is to be done with an item.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RoutingDecision {
    /// Done without a person.
    Auto,
    /// A person decides.
    Human,
    /// A person decides, and level 1 of the escalation policy is reached at once.
    Escalate,
    /// Refused without a person.
    Reject,
}

impl RoutingDecision {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Human => "human",
            Self::Escalate => "escalate",
            Self::Reject => "reject",
        }
    }

    /// How closely people look: nobody (0), a person (1), a person and the level above (2).
    pub const fn scrutiny(self) -> u8 {
        match self {
            Self::Auto | Self::Reject => 0,
            Self::Human => 1,
            Self::Escalate => 2,
        }
    }

    /// The closer look of two: `{auto, reject} < human < escalate`, and auto joined with reject is human.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Escalate, _) | (_, Self::Escalate) => Self::Escalate,
            (Self::Auto, Self::Auto) => Self::Auto,
            (Self::Reject, Self::Reject) => Self::Reject,
            (Self::Human, _) | (_, Self::Human) | (Self::Auto, Self::Reject) | (Self::Reject, Self::Auto) => {
                Self::Human
            }
        }
    }
}

impl fmt::Display for RoutingDecision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Everything a routing engine may look at.
///
/// The fields up to `submitted_by` are facts. Those below it come from the analyser and can be wrong,
/// or be what the content talked the model into; they may only make people look more closely.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RoutingContext {
    /// The text.
    pub content: String,
    /// What the source says about it.
    #[serde(default)]
    pub metadata: serde_json::Map<String, serde_json::Value>,
    /// The tenant.
    #[serde(default)]
    pub tenant: TenantId,
    /// Who sent it, for example `helpdesk`.
    #[serde(default)]
    pub source: String,
    /// An estimate of the text's length in tokens, made without a model.
    #[serde(default)]
    pub token_count: Option<u64>,
    /// The priority its source asked for.
    #[serde(default)]
    pub priority: Option<Priority>,
    /// The person or program it came from.
    #[serde(default)]
    pub user_id: Option<String>,

    /// Model or word lists; `None` when the analysis failed, and then a person looks, whatever the rules say.
    #[serde(default)]
    pub analyst: Option<AnalystKind>,
    /// The tone.
    #[serde(default)]
    pub sentiment: Option<Sentiment>,
    /// 0 simple, 1 very hard.
    #[serde(default)]
    pub complexity_score: Option<f64>,
    /// How sure the analyser is, 0 to 1.
    #[serde(default)]
    pub confidence: Option<f64>,
    /// What the analyser would do.
    #[serde(default)]
    pub proposed: Option<RoutingDecision>,
    /// Its reasons for a closer look.
    #[serde(default)]
    pub flags: Vec<RiskFlag>,
    /// The language, where it could be told.
    #[serde(default)]
    pub language: Option<String>,
}

/// What a routing engine answers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoutingResult {
    /// What is to be done.
    pub decision: RoutingDecision,
    /// How sure the engine is, 0 to 1. Rules are always sure.
    pub confidence: f64,
    /// Why, for people.
    pub reason: String,
    /// The rule, branch or model class that decided; `None` for the engine's default.
    #[serde(default)]
    pub matched_rule: Option<String>,
    /// The engine, for example `rules`.
    pub engine: String,
    /// The version of the rules or model that decided: a hash of it.
    pub engine_version: String,
    /// The person who should get the task, if that is possible.
    #[serde(default)]
    pub suggested_assignee: Option<PersonId>,
    /// The groups whose members may take the task.
    #[serde(default)]
    pub candidate_groups: Vec<GroupId>,
    /// What a person must be able to do.
    #[serde(default)]
    pub skills_required: Vec<String>,
    /// The task's priority.
    #[serde(default)]
    pub priority: Option<Priority>,
    /// Hours until the first deadline.
    #[serde(default)]
    pub sla_hours: Option<Hours>,
    /// Whether a second person must look at the work.
    #[serde(default)]
    pub review_required: bool,
    /// The escalation policy the task is under, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalation_policy: Option<String>,
    /// What else the engine says.
    #[serde(default)]
    pub metadata: serde_json::Map<String, serde_json::Value>,
}

/// The record of a route: first writer wins.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RouteRecord {
    /// What is to be done, after the scrutiny lattice.
    pub decision: RoutingDecision,
    /// What the engine answered.
    pub engine: RoutingResult,
    /// Why the decision is closer than the engine's, if it is.
    #[serde(default)]
    pub raised_because: Vec<String>,
    /// What a model proposed, for the person who decides.
    #[serde(default)]
    pub proposed: Option<RoutingDecision>,
}

#[cfg(test)]
mod tests {
    use super::RoutingDecision::{self, Auto, Escalate, Human, Reject};

    const ALL: [RoutingDecision; 4] = [Auto, Human, Escalate, Reject];

    #[test]
    fn join_is_a_lattice_join_that_never_lowers() {
        for a in ALL {
            assert_eq!(a.join(a), a);
            for b in ALL {
                assert_eq!(a.join(b), b.join(a));
                assert!(a.join(b).scrutiny() >= a.scrutiny().max(b.scrutiny()));
                for c in ALL {
                    assert_eq!(a.join(b).join(c), a.join(b.join(c)));
                }
            }
        }
        assert_eq!(Auto.join(Reject), Human);
    }
}
