//! What a model, or the offline analyser, says of a content item. Advice, never authority.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::routing::RoutingDecision;
use crate::time::duration_micros;

/// The tone of a text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Sentiment {
    /// Friendly or pleased.
    Positive,
    /// Neither.
    Neutral,
    /// Angry, sad or complaining.
    Negative,
    /// Clearly both.
    Mixed,
}

/// One reason for a closer look.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RiskFlag {
    /// A short name such as `threat`, `self_harm`, `prompt_injection`.
    pub code: String,
    /// The words it was seen in, shortened.
    #[serde(default)]
    pub evidence: String,
}

/// An analysis that is complete and inside its ranges.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Analysis {
    /// One or two sentences.
    pub summary: String,
    /// The tone.
    pub sentiment: Sentiment,
    /// How hard the item is to decide: 0 simple, 1 very hard.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub complexity: f64,
    /// How sure the analyser is of what it says: 0 to 1.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub confidence: f64,
    /// What it would do, if it may propose at all.
    #[serde(default)]
    pub proposed: Option<RoutingDecision>,
    /// Reasons for a closer look.
    #[serde(default)]
    pub flags: Vec<RiskFlag>,
    /// ISO 639-1 code of the language, where it could be told.
    #[serde(default)]
    pub language: Option<String>,
}

impl Analysis {
    /// The longest summary that is kept, in characters.
    pub const SUMMARY_CHARS_MAX: usize = 2_000;
    /// The most flags that are kept.
    pub const FLAGS_MAX: usize = 50;

    /// What is out of range, if anything is.
    pub fn problem(&self) -> Option<String> {
        let share = |name: &str, value: f64| {
            (!(0.0..=1.0).contains(&value)).then(|| format!("{name} is {value}, not between 0 and 1"))
        };
        share("confidence", self.confidence)
            .or_else(|| share("complexity", self.complexity))
            .or_else(|| {
                let chars = self.summary.chars().count();
                (chars > Self::SUMMARY_CHARS_MAX).then(|| {
                    format!("the summary has {chars} characters, more than {}", Self::SUMMARY_CHARS_MAX)
                })
            })
            .or_else(|| {
                let flags = self.flags.len();
                (flags > Self::FLAGS_MAX)
                    .then(|| format!("there are {flags} flags, more than {}", Self::FLAGS_MAX))
            })
            .or_else(|| {
                let bad = self.flags.iter().find(|flag| flag.code.is_empty() || flag.code.len() > 100)?;
                Some(format!(
                    "a flag's code is empty or too long: {:?}",
                    bad.code.chars().take(40).collect::<String>()
                ))
            })
    }
}

/// What kind of analyser it was. Policy trusts them differently.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AnalystKind {
    /// A language model.
    Model,
    /// The offline analyser, which is no model: word lists and counting.
    Lexical,
}

/// Tokens a model call took.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Usage {
    /// Tokens sent.
    pub prompt_tokens: u64,
    /// Tokens received.
    pub completion_tokens: u64,
    /// Both.
    pub total_tokens: u64,
}

/// How the analysis ended.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// With an analysis.
    Analyzed(Analysis),
    /// Without one: an error, a time-out, an answer that broke the schema. Such an item goes to a person.
    Failed {
        /// Why, in words for the person who gets the item.
        reason: String,
    },
}

/// The record of an analysis: first writer wins, a redelivery never asks again.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AnalysisRecord {
    /// What came of it.
    pub verdict: Verdict,
    /// Model or word lists.
    pub analyst: AnalystKind,
    /// The provider's name, for example `deepseek` or `lexical`.
    pub provider: String,
    /// The model's name as the provider reported it.
    pub model: String,
    /// The version of the prompt, or of the word lists.
    pub prompt_version: String,
    /// Tokens, where the provider reported them.
    #[serde(default)]
    pub usage: Option<Usage>,
    /// How long the call took.
    #[serde(with = "duration_micros")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Microseconds"))]
    pub took_us: Duration,
}

impl AnalysisRecord {
    /// The analysis, unless it failed.
    pub fn analysis(&self) -> Option<&Analysis> {
        match &self.verdict {
            Verdict::Analyzed(analysis) => Some(analysis),
            Verdict::Failed { .. } => None,
        }
    }

    /// That there is no analysis and why, in words for the person who gets the item.
    pub fn failure(&self) -> Option<String> {
        match &self.verdict {
            Verdict::Analyzed(_) => None,
            Verdict::Failed { reason } => Some(format!("the analysis failed: {reason}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_of_range_is_named() {
        let good = Analysis {
            summary: "A refund.".into(),
            sentiment: Sentiment::Neutral,
            complexity: 0.2,
            confidence: 1.0,
            proposed: None,
            flags: vec![],
            language: None,
        };
        assert_eq!(good.problem(), None);
        for (name, bad) in [
            ("confidence", Analysis { confidence: 100.0, ..good.clone() }),
            ("complexity", Analysis { complexity: f64::NAN, ..good.clone() }),
            ("summary", Analysis { summary: "x".repeat(3000), ..good.clone() }),
            (
                "flag",
                Analysis { flags: vec![RiskFlag { code: String::new(), evidence: String::new() }], ..good },
            ),
        ] {
            assert!(bad.problem().unwrap().contains(name));
        }
    }
}
