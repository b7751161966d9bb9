//! Conditions on the analyser's fields. They can only make people look more closely; `load` refuses the other direction.

use serde_json::{Value, json};
use tracerail_schemas::analysis::{AnalystKind, Sentiment};
use tracerail_schemas::routing::{RoutingContext, RoutingDecision};

use super::condition::{Bounds, FlagCondition};
use super::file::When;

/// One condition on what the analyser said.
#[derive(Debug)]
pub(super) enum Opinion {
    Analyst(Vec<AnalystKind>),
    Sentiment(Vec<Sentiment>),
    Complexity(Bounds),
    Confidence(Bounds),
    Proposed(Vec<RoutingDecision>),
    Flags(FlagCondition),
    Language(Vec<String>),
}

/// The conditions a rule has on what the analyser said.
pub(super) fn opinions(when: &When) -> Vec<Opinion> {
    let mut opinions = vec![];
    opinions.extend(when.analyst.clone().map(Opinion::Analyst));
    opinions.extend(when.sentiment.clone().map(Opinion::Sentiment));
    opinions.extend(when.complexity.map(Opinion::Complexity));
    opinions.extend(when.confidence.map(Opinion::Confidence));
    opinions.extend(when.proposed.clone().map(Opinion::Proposed));
    opinions.extend(when.flags.clone().map(Opinion::Flags));
    opinions.extend(when.language.clone().map(Opinion::Language));
    opinions
}

/// A number from 0 to 1, or the value that makes people look most closely.
fn share(value: Option<f64>, most_suspicious: f64) -> f64 {
    value.filter(|value| (0.0..=1.0).contains(value)).unwrap_or(most_suspicious)
}

impl Opinion {
    pub(super) fn holds(&self, context: &RoutingContext) -> bool {
        match self {
            Self::Analyst(kinds) => context.analyst.is_some_and(|kind| kinds.contains(&kind)),
            Self::Sentiment(tones) => context.sentiment.is_some_and(|tone| tones.contains(&tone)),
            Self::Complexity(bounds) => bounds.holds(share(context.complexity_score, 1.0)),
            Self::Confidence(bounds) => bounds.holds(share(context.confidence, 0.0)),
            Self::Proposed(decisions) => context.proposed.is_some_and(|one| decisions.contains(&one)),
            Self::Flags(condition) => flags_hold(condition, context),
            Self::Language(languages) => {
                context.language.as_deref().is_some_and(|found| speaks(languages, found))
            }
        }
    }

    /// The condition, what was found, and whether it held; for people.
    pub(super) fn explain(&self, context: &RoutingContext) -> Value {
        let (name, asks, found) = match self {
            Self::Analyst(kinds) => ("analyst", json!(kinds), json!(context.analyst)),
            Self::Sentiment(tones) => ("sentiment", json!(tones), json!(context.sentiment)),
            Self::Complexity(bounds) => ("complexity", json!(bounds), json!(context.complexity_score)),
            Self::Confidence(bounds) => ("confidence", json!(bounds), json!(context.confidence)),
            Self::Proposed(decisions) => ("proposed", json!(decisions), json!(context.proposed)),
            Self::Flags(condition) => {
                let codes: Vec<&str> = context.flags.iter().map(|flag| flag.code.as_str()).collect();
                ("flags", json!(condition), json!(codes))
            }
            Self::Language(languages) => ("language", json!(languages), json!(context.language)),
        };
        json!({ "condition": name, "asks": asks, "found": found, "held": self.holds(context) })
    }
}

fn flags_hold(condition: &FlagCondition, context: &RoutingContext) -> bool {
    let raised = |code: &String| context.flags.iter().any(|flag| flag.code.eq_ignore_ascii_case(code));
    (!condition.no_flag_at_all || context.flags.is_empty())
        && (condition.any.is_empty() || condition.any.iter().any(raised))
        && condition.all.iter().all(raised)
        && !condition.none.iter().any(raised)
}

/// `en` in a rule means `en-GB` too.
fn speaks(languages: &[String], found: &str) -> bool {
    let primary = found.split(['-', '_']).next().unwrap_or(found);
    languages
        .iter()
        .any(|language| language.eq_ignore_ascii_case(primary) || language.eq_ignore_ascii_case(found))
}
