//! The shape of a rules file. Unknown names are refused, so that a misspelt condition cannot silently always hold.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::Spanned;
use tracerail_schemas::analysis::{AnalystKind, Sentiment};
use tracerail_schemas::routing::RoutingDecision;
use tracerail_schemas::task::Priority;
use tracerail_schemas::time::Hours;
use tracerail_schemas::{GroupId, PersonId, TenantId};

use super::condition::{Bounds, FlagCondition, ValueCondition};

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(super) struct RulesFile {
    pub(super) version: u32,
    pub(super) default: Then,
    #[serde(default)]
    pub(super) rules: Vec<Spanned<RuleEntry>>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleEntry {
    pub(super) name: String,
    #[serde(default)]
    pub(super) priority: i64,
    #[serde(default)]
    pub(super) when: When,
    pub(super) then: Then,
}

/// All conditions that are given must hold.
#[derive(Deserialize, Default, Debug)]
#[serde(deny_unknown_fields, default)]
pub(super) struct When {
    pub(super) keywords: Option<Keywords>,
    pub(super) metadata: BTreeMap<String, ValueCondition>,
    pub(super) source: Option<Vec<String>>,
    pub(super) tenant: Option<Vec<TenantId>>,
    pub(super) user: Option<Vec<String>>,
    pub(super) token_count: Option<Bounds>,
    pub(super) priority: Option<Vec<Priority>>,

    pub(super) analyst: Option<Vec<AnalystKind>>,
    pub(super) sentiment: Option<Vec<Sentiment>>,
    pub(super) complexity: Option<Bounds>,
    pub(super) confidence: Option<Bounds>,
    pub(super) proposed: Option<Vec<RoutingDecision>>,
    pub(super) flags: Option<FlagCondition>,
    pub(super) language: Option<Vec<String>>,

    /// A condition on facts in the Common Expression Language.
    pub(super) cel: Option<String>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Keywords {
    pub(super) any: Vec<String>,
    pub(super) all: Vec<String>,
    pub(super) none: Vec<String>,
}

/// What is to be done. What is left out comes from the other rules that took part, then from the default.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(super) struct Then {
    pub(super) decision: RoutingDecision,
    #[serde(default)]
    pub(super) reason: Option<String>,
    #[serde(default)]
    pub(super) assignee: Option<PersonId>,
    #[serde(default, alias = "candidate_groups")]
    pub(super) groups: Vec<GroupId>,
    #[serde(default, alias = "skills_required")]
    pub(super) skills: Vec<String>,
    #[serde(default)]
    pub(super) priority: Option<Priority>,
    #[serde(default)]
    pub(super) sla_hours: Option<Hours>,
    #[serde(default)]
    pub(super) review_required: bool,
    #[serde(default)]
    pub(super) escalation_policy: Option<String>,
}
