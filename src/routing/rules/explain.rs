//! A decision told to people: every rule, each of its conditions, and why it did or did not take part.

use serde_json::{Value, json};
use tracerail_schemas::routing::{RoutingContext, RoutingResult};

use super::expression::Expression;
use super::facts::Seen;
use super::walk::{Part, Rule};

/// Every rule in the order of the walk, those after the candidate too.
pub(super) fn explain(
    rules: &[Rule],
    context: &RoutingContext,
    seen: &Seen<'_>,
    result: &RoutingResult,
) -> Value {
    let mut decided = false;
    let told: Vec<Value> = rules
        .iter()
        .map(|rule| {
            let part = rule.part(context, seen);
            let told = tell(rule, &part, decided, context, seen);
            decided |= part == Part::Decides;
            told
        })
        .collect();
    json!({
        "engine": result.engine,
        "engine_version": result.engine_version,
        "analyst": context.analyst,
        "rules": told,
        "default_used": !decided,
        "result": result,
    })
}

fn tell(rule: &Rule, part: &Part, after_end: bool, context: &RoutingContext, seen: &Seen<'_>) -> Value {
    let mut conditions: Vec<Value> =
        rule.facts.iter().map(|fact| with_kind(fact.explain(seen), "fact")).collect();
    conditions.extend(rule.expression.as_ref().map(|one| with_kind(tell_expression(one, seen), "fact")));
    conditions.extend(rule.opinions.iter().map(|opinion| with_kind(opinion.explain(context), "analyser")));
    let outcome = if after_end { "not_reached" } else { name(part) };
    json!({
        "rule": rule.name,
        "line": rule.line,
        "priority": rule.priority,
        "decision": rule.then.decision,
        "outcome": outcome,
        "why": if after_end { "a rule above it decided" } else { why(part) },
        "conditions": conditions,
    })
}

fn tell_expression(expression: &Expression, seen: &Seen<'_>) -> Value {
    match seen.asked(expression) {
        Ok(held) => json!({ "condition": "cel", "asks": expression.source(), "held": held }),
        Err(fault) => {
            json!({ "condition": "cel", "asks": expression.source(), "held": null, "error": fault.to_string() })
        }
    }
}

fn with_kind(mut condition: Value, kind: &str) -> Value {
    if let Some(fields) = condition.as_object_mut() {
        fields.insert("kind".to_owned(), json!(kind));
    }
    condition
}

const fn name(part: &Part) -> &'static str {
    match part {
        Part::Skipped => "skipped",
        Part::Unevaluated(_) => "unevaluated",
        Part::Decides => "candidate",
        Part::Withheld => "withheld",
        Part::Raises => "raised",
        Part::Presumed => "presumed",
        Part::Quiet => "quiet",
    }
}

const fn why(part: &Part) -> &'static str {
    match part {
        Part::Skipped => "a condition on facts does not hold",
        Part::Unevaluated(_) => "its expression has no value on this item; a person must look",
        Part::Decides => "all its conditions hold; the walk stops here",
        Part::Withheld => "its facts hold, but the analysis does not reassure; a person must look",
        Part::Raises => "the analysis gives reason for a closer look; the walk goes on",
        Part::Presumed => {
            "the analysis failed, so what it could have said is taken as said; the walk goes on"
        }
        Part::Quiet => "its facts hold, but the analysis gives no reason",
    }
}
