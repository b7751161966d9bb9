//! What rules promise: the table of the walk, what is refused at load, and the proof that the analyser only raises.

mod defaults;
mod expressions;
mod refusals;
mod scrutiny;
mod table;

use tracerail_schemas::analysis::{AnalystKind, RiskFlag, Sentiment};
use tracerail_schemas::routing::RoutingContext;

/// An item with a reassuring analysis by a model.
fn calm(content: &str, metadata: &str) -> RoutingContext {
    RoutingContext {
        content: content.into(),
        metadata: serde_json::from_str(metadata).unwrap(),
        tenant: tracerail_schemas::TenantId::default(),
        source: "helpdesk".into(),
        token_count: None,
        priority: None,
        user_id: None,
        analyst: Some(AnalystKind::Model),
        sentiment: Some(Sentiment::Neutral),
        complexity_score: Some(0.1),
        confidence: Some(0.9),
        proposed: None,
        flags: vec![],
        language: Some("en".into()),
    }
}

/// What a failed analysis leaves.
fn failed(context: &RoutingContext) -> RoutingContext {
    RoutingContext {
        analyst: None,
        sentiment: None,
        complexity_score: None,
        confidence: None,
        proposed: None,
        flags: vec![],
        language: None,
        ..context.clone()
    }
}

fn flag(code: &str) -> RiskFlag {
    RiskFlag { code: code.into(), evidence: String::new() }
}
