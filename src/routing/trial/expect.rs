//! What a test expects, and where an answer differs.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tracerail_schemas::routing::{RoutingDecision, RoutingResult};
use tracerail_schemas::task::Priority;
use tracerail_schemas::time::Hours;
use tracerail_schemas::{GroupId, PersonId};

/// The name a test gives to the file's default, which is no rule.
const DEFAULT: &str = "default";

/// One field that is not as expected.
#[derive(Clone, PartialEq, Eq, Serialize, Debug)]
pub struct Difference {
    /// The field.
    pub field: &'static str,
    /// What the test expects.
    pub expected: Value,
    /// What the rules say.
    pub found: Value,
}

/// What must become of the item. What is left out may be anything.
#[derive(Deserialize, Default, Debug)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Expect {
    decision: Option<RoutingDecision>,
    /// The rule whose words the answer carries; `default` for none.
    rule: Option<String>,
    reason: Option<String>,
    assignee: Option<PersonId>,
    #[serde(alias = "candidate_groups")]
    groups: Option<Vec<GroupId>>,
    #[serde(alias = "skills_required")]
    skills: Option<Vec<String>>,
    priority: Option<Priority>,
    sla_hours: Option<Hours>,
    review_required: Option<bool>,
    escalation_policy: Option<String>,
}

impl Expect {
    /// Each field with what is expected and what the answer has.
    fn fields(&self, found: &RoutingResult) -> [(&'static str, Option<Value>, Value); 10] {
        let rule = found.matched_rule.as_deref().unwrap_or(DEFAULT);
        [
            ("decision", wanted(self.decision.as_ref()), json!(found.decision)),
            ("rule", wanted(self.rule.as_ref()), json!(rule)),
            ("reason", wanted(self.reason.as_ref()), json!(found.reason)),
            ("assignee", wanted(self.assignee.as_ref()), json!(found.suggested_assignee)),
            ("groups", wanted(self.groups.as_ref()), json!(found.candidate_groups)),
            ("skills", wanted(self.skills.as_ref()), json!(found.skills_required)),
            ("priority", wanted(self.priority.as_ref()), json!(found.priority)),
            ("sla_hours", wanted(self.sla_hours.as_ref()), json!(found.sla_hours)),
            ("review_required", wanted(self.review_required.as_ref()), json!(found.review_required)),
            ("escalation_policy", wanted(self.escalation_policy.as_ref()), json!(found.escalation_policy)),
        ]
    }

    pub(super) fn differences(&self, found: &RoutingResult) -> Vec<Difference> {
        let differing = self.fields(found).into_iter().filter_map(|(field, expected, found)| {
            let expected = expected.filter(|expected| *expected != found)?;
            Some(Difference { field, expected, found })
        });
        differing.collect()
    }

    /// Whether nothing could make it fail.
    pub(super) fn is_empty(&self) -> bool {
        self.decision.is_none()
            && self.rule.is_none()
            && self.reason.is_none()
            && self.assignee.is_none()
            && self.groups.is_none()
            && self.skills.is_none()
            && self.priority.is_none()
            && self.sla_hours.is_none()
            && self.review_required.is_none()
            && self.escalation_policy.is_none()
    }
}

fn wanted<T: Serialize>(value: Option<&T>) -> Option<Value> {
    value.map(|value| json!(value))
}
