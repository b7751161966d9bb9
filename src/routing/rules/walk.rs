//! The walk: which rules take part, and how. Pure.

use tracerail_schemas::analysis::AnalystKind;
use tracerail_schemas::routing::{RoutingContext, RoutingDecision};

use super::expression::{Expression, Fault};
use super::facts::{Fact, Seen};
use super::file::Then;
use super::opinion::Opinion;

/// One rule, loaded and checked.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) line: u64,
    pub(super) priority: i64,
    pub(super) facts: Vec<Fact>,
    pub(super) expression: Option<Expression>,
    pub(super) opinions: Vec<Opinion>,
    pub(super) then: Then,
}

/// What a rule does to one item.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Part {
    /// Its facts do not hold.
    Skipped,
    /// Its typed facts hold, but its expression has no value on this item: a person must look.
    Unevaluated(Fault),
    /// It is the candidate; the walk stops.
    Decides,
    /// It would have let the item through, but the analyser does not reassure: a person must look.
    Withheld,
    /// The analyser gives it reason to raise.
    Raises,
    /// Nobody knows what the analyser would have said, so it raises.
    Presumed,
    /// The analyser gives it no reason.
    Quiet,
}

impl Rule {
    pub(super) fn part(&self, context: &RoutingContext, seen: &Seen<'_>) -> Part {
        if !self.facts.iter().all(|fact| fact.holds(seen)) {
            return Part::Skipped;
        }
        match self.expression.as_ref().map_or(Ok(true), |expression| seen.asked(expression)) {
            Ok(true) => self.part_on_facts(context),
            Ok(false) => Part::Skipped,
            Err(fault) => Part::Unevaluated(fault),
        }
    }

    fn part_on_facts(&self, context: &RoutingContext) -> Part {
        match self.then.decision {
            RoutingDecision::Reject => Part::Decides,
            RoutingDecision::Auto if self.trusts(context) => Part::Decides,
            RoutingDecision::Auto => Part::Withheld,
            RoutingDecision::Human | RoutingDecision::Escalate => self.suspects(context),
        }
    }

    fn trusts(&self, context: &RoutingContext) -> bool {
        let trusted = match context.analyst {
            None => false,
            Some(AnalystKind::Model) => true,
            Some(AnalystKind::Lexical) => self.opinions.iter().any(
                |opinion| matches!(opinion, Opinion::Analyst(kinds) if kinds.contains(&AnalystKind::Lexical)),
            ),
        };
        trusted && self.opinions.iter().all(|opinion| opinion.holds(context))
    }

    fn suspects(&self, context: &RoutingContext) -> Part {
        if self.opinions.is_empty() {
            Part::Decides
        } else if context.analyst.is_none() {
            Part::Presumed
        } else if self.opinions.iter().all(|opinion| opinion.holds(context)) {
            Part::Raises
        } else {
            Part::Quiet
        }
    }
}

/// The rules that take part in the decision on one item, in the order of the walk.
#[derive(Default, Debug)]
pub(super) struct Walk<'a> {
    pub(super) candidate: Option<&'a Rule>,
    pub(super) raises: Vec<&'a Rule>,
    pub(super) presumed: Vec<&'a Rule>,
    pub(super) withheld: Vec<&'a Rule>,
    pub(super) unevaluated: Vec<(&'a Rule, Fault)>,
}

impl<'a> Walk<'a> {
    pub(super) fn over(rules: &'a [Rule], context: &RoutingContext, seen: &Seen<'_>) -> Self {
        let mut walk = Self::default();
        for rule in rules {
            match rule.part(context, seen) {
                Part::Skipped | Part::Quiet => {}
                Part::Unevaluated(fault) => walk.unevaluated.push((rule, fault)),
                Part::Withheld => walk.withheld.push(rule),
                Part::Raises => walk.raises.push(rule),
                Part::Presumed => walk.presumed.push(rule),
                Part::Decides => {
                    walk.candidate = Some(rule);
                    break;
                }
            }
        }
        walk
    }
}
