//! The strict reader: one JSON object of exactly this shape, or nothing.

use serde::Deserialize;
use tracerail_schemas::analysis::{Analysis, RiskFlag, Sentiment};
use tracerail_schemas::llm::LlmResponse;
use tracerail_schemas::routing::RoutingDecision;

const EVIDENCE_CHARS_MAX: usize = 200;

/// Unknown fields are refused: an answer with other fields than were asked for followed other instructions.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answered {
    summary: String,
    sentiment: Sentiment,
    complexity: f64,
    confidence: f64,
    #[serde(default)]
    proposed_decision: Option<RoutingDecision>,
    #[serde(default)]
    flags: Vec<AnsweredFlag>,
    #[serde(default)]
    language: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnsweredFlag {
    code: String,
    #[serde(default)]
    evidence: String,
}

/// The analysis in a model's answer. Ranges are left to `Analysis::problem`.
pub(super) fn read(response: &LlmResponse) -> Result<Analysis, String> {
    let finish = response.metadata.get("finish_reason").and_then(serde_json::Value::as_str);
    let answered: Answered = serde_json::from_str(object(&response.content)?).map_err(|error| {
        let cut = if finish == Some("length") { "; it was cut at max_tokens" } else { "" };
        format!("it is not the JSON asked for: {}{cut}", unquoted(&error))
    })?;
    Ok(Analysis {
        summary: answered.summary,
        sentiment: answered.sentiment,
        complexity: answered.complexity,
        confidence: answered.confidence,
        proposed: answered.proposed_decision,
        flags: answered.flags.iter().map(flag).collect(),
        language: answered.language.as_deref().map(language).transpose()?,
    })
}

/// From the first brace to the last: models put fences and polite words around it. Two objects do not parse as one.
fn object(content: &str) -> Result<&str, String> {
    let (start, end) = (content.find('{'), content.rfind('}'));
    start
        .zip(end)
        .and_then(|(start, end)| content.get(start..=end))
        .ok_or_else(|| "it holds no JSON object".to_owned())
}

/// serde quotes values it did not expect, and those can be the content's words.
fn unquoted(error: &serde_json::Error) -> String {
    let words = error.to_string();
    if words.starts_with("missing field") || words.starts_with("duplicate field") {
        return words;
    }
    let kind = match error.classify() {
        serde_json::error::Category::Data => "a field is unknown or of the wrong kind",
        serde_json::error::Category::Eof => "it ends early",
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => "it does not parse",
    };
    format!("{kind} at line {} column {}", error.line(), error.column())
}

/// Codes are compared by rules, so `Self-Harm` becomes `self_harm`.
fn flag(flag: &AnsweredFlag) -> RiskFlag {
    let code = flag.code.trim().to_lowercase().replace([' ', '-'], "_");
    RiskFlag { code, evidence: flag.evidence.chars().take(EVIDENCE_CHARS_MAX).collect() }
}

fn language(code: &str) -> Result<String, String> {
    let primary = code.split(['-', '_']).next().unwrap_or(code).trim().to_lowercase();
    let is_code = (2..=3).contains(&primary.len()) && primary.bytes().all(|byte| byte.is_ascii_lowercase());
    is_code.then_some(primary).ok_or_else(|| "its language is no ISO 639 code".to_owned())
}
