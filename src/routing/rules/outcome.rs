//! From a walk to the answer: the join of all that took part, and whose words it carries.

use serde_json::json;
use tracerail_schemas::routing::{RoutingContext, RoutingDecision, RoutingResult};

use super::file::Then;
use super::walk::{Rule, Walk};

/// The name of this engine in its answers.
pub(super) const ENGINE: &str = "rules";

/// The rule whose words the answer carries, if it is a rule, and the reason it gives.
struct Lead<'a> {
    rule: Option<&'a Rule>,
    reason: String,
}

/// What the walk comes to.
pub(super) fn outcome(
    walk: &Walk<'_>,
    default: &Then,
    context: &RoutingContext,
    version: &str,
) -> RoutingResult {
    let decision = joined(walk, default, context);
    let lead = lead(walk, default, decision);
    let parts = attributes(walk, lead.rule, default);
    RoutingResult {
        decision,
        confidence: 1.0,
        reason: lead.reason,
        matched_rule: lead.rule.map(|rule| rule.name.clone()),
        engine: ENGINE.to_owned(),
        engine_version: version.to_owned(),
        suggested_assignee: parts.iter().find_map(|then| then.assignee.clone()),
        candidate_groups: first_list(&parts, |then| &then.groups),
        skills_required: first_list(&parts, |then| &then.skills),
        priority: parts.iter().find_map(|then| then.priority),
        sla_hours: parts.iter().find_map(|then| then.sla_hours),
        review_required: parts.iter().any(|then| then.review_required),
        escalation_policy: parts.iter().find_map(|then| then.escalation_policy.clone()),
        metadata: notes(walk, lead.rule, context),
    }
}

/// The closest look any part asks for.
fn joined(walk: &Walk<'_>, default: &Then, context: &RoutingContext) -> RoutingDecision {
    let start = walk.candidate.map_or(default.decision, |rule| rule.then.decision);
    let doubted = !walk.withheld.is_empty() || context.analyst.is_none();
    let floor = if doubted { start.join(RoutingDecision::Human) } else { start };
    let raised = walk.raises.iter().chain(&walk.presumed).map(|rule| rule.then.decision);
    let unevaluated = walk.unevaluated.iter().map(|(rule, _)| at_least_human(rule));
    raised.chain(unevaluated).fold(floor, RoutingDecision::join)
}

/// What a rule asks for whose expression has no value: a person, or the closer look it would have asked for.
fn at_least_human(rule: &Rule) -> RoutingDecision {
    rule.then.decision.join(RoutingDecision::Human)
}

/// Raises come before the candidate: they stand above it in the file, or it is only the default.
fn lead<'a>(walk: &Walk<'a>, default: &Then, decision: RoutingDecision) -> Lead<'a> {
    let decides = |rule: &&&Rule| rule.then.decision == decision;
    if let Some(rule) = walk.raises.iter().find(decides) {
        return Lead { rule: Some(rule), reason: reason(&rule.then, &rule.name) };
    }
    if let Some(rule) = walk.candidate.filter(|rule| rule.then.decision == decision) {
        return Lead { rule: Some(rule), reason: reason(&rule.then, &rule.name) };
    }
    if let Some((rule, fault)) = walk.unevaluated.iter().find(|(rule, _)| at_least_human(rule) == decision) {
        let reason = format!("Rule {:?} could not be asked, so a person decides: {fault}.", rule.name);
        return Lead { rule: Some(rule), reason };
    }
    if decision == RoutingDecision::Escalate
        && let Some(rule) = walk.presumed.iter().find(decides)
    {
        let reason =
            format!("The analysis failed, and rule {:?} escalates on what it could have said.", rule.name);
        return Lead { rule: Some(rule), reason };
    }
    if walk.candidate.is_none() && default.decision == decision {
        return Lead { rule: None, reason: reason(default, "default") };
    }
    match walk.withheld.first() {
        Some(rule) => {
            let reason = format!("Rule {:?} lets such items through, but not on this analysis.", rule.name);
            Lead { rule: Some(rule), reason }
        }
        None => Lead { rule: None, reason: "The analysis failed, so a person decides.".to_owned() },
    }
}

fn reason(then: &Then, name: &str) -> String {
    then.reason.clone().unwrap_or_else(|| format!("Rule {name:?} says so."))
}

/// Whose attributes count, the first that has one: the lead, the other raises, the candidate, the default.
fn attributes<'a>(walk: &Walk<'a>, lead: Option<&'a Rule>, default: &'a Then) -> Vec<&'a Then> {
    let rules = lead.into_iter().chain(walk.raises.iter().copied()).chain(walk.candidate);
    rules.map(|rule| &rule.then).chain([default]).collect()
}

fn first_list<T: Clone>(parts: &[&Then], list: impl Fn(&Then) -> &Vec<T>) -> Vec<T> {
    parts.iter().map(|then| list(then)).find(|list| !list.is_empty()).cloned().unwrap_or_default()
}

/// The other rules that took part, for people who wonder.
fn notes(
    walk: &Walk<'_>,
    lead: Option<&Rule>,
    context: &RoutingContext,
) -> serde_json::Map<String, serde_json::Value> {
    let mut notes = serde_json::Map::new();
    let mut note = |name: &str, rules: &[&Rule]| {
        let names: Vec<&str> = rules
            .iter()
            .filter(|rule| lead.is_none_or(|lead| lead.name != rule.name))
            .map(|rule| rule.name.as_str())
            .collect();
        if !names.is_empty() {
            notes.insert(name.to_owned(), json!(names));
        }
    };
    note("also_raised_by", &walk.raises);
    note("withheld", &walk.withheld);
    note("candidate", walk.candidate.as_slice());
    if !walk.unevaluated.is_empty() {
        let told: serde_json::Map<_, _> = walk
            .unevaluated
            .iter()
            .map(|(rule, fault)| (rule.name.clone(), json!(fault.to_string())))
            .collect();
        notes.insert("unevaluated".to_owned(), told.into());
    }
    if context.analyst.is_none() {
        notes.insert("analysis_failed".to_owned(), json!(true));
    }
    notes
}
