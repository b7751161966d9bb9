use tracerail_schemas::analysis::AnalystKind;
use tracerail_schemas::routing::{RoutingContext, RoutingDecision};

use super::super::RulesEngine;
use super::calm;
use crate::routing::DEFAULT_RULES;

fn decide(text: &str, source: &str, metadata: &str) -> RoutingDecision {
    let engine = RulesEngine::from_yaml("default", DEFAULT_RULES).unwrap();
    let context = RoutingContext {
        source: source.into(),
        analyst: Some(AnalystKind::Lexical),
        confidence: Some(0.55),
        ..calm(text, metadata)
    };
    engine.decide(&context).decision
}

#[test]
fn the_built_in_rules_do_what_they_are_for() {
    for (content, source, metadata, expected) in [
        ("Just a quick thank you, it fits!", "helpdesk", r#"{"kind":"ticket"}"#, "auto"),
        ("Thank you, but the blade is broken", "helpdesk", r#"{"kind":"ticket"}"#, "human"),
        ("where is my order HL-1", "helpdesk", r#"{"kind":"ticket"}"#, "auto"),
        ("I know where you live", "forum", r#"{"kind":"post"}"#, "escalate"),
        ("My lawyer will call you", "helpdesk", r#"{"kind":"ticket"}"#, "escalate"),
        (
            "CONGRATULATION you have been chosen",
            "forum",
            r#"{"kind":"post","account_age_days":1,"reported_count":4}"#,
            "reject",
        ),
        (
            "CONGRATULATION you have been chosen",
            "forum",
            r#"{"kind":"post","account_age_days":900,"reported_count":4}"#,
            "human",
        ),
        ("refund all", "agent", r#"{"kind":"agent_action","risk":"high","amount":9000}"#, "escalate"),
        ("voucher", "agent", r#"{"kind":"agent_action","risk":"low","amount":10}"#, "auto"),
        ("voucher", "agent", r#"{"kind":"agent_action","risk":"low","amount":"1000"}"#, "human"),
        ("kettle dead", "claims", r#"{"kind":"claim","amount":39}"#, "human"),
        ("?", "elsewhere", "{}", "human"),
    ] {
        assert_eq!(decide(content, source, metadata).as_str(), expected, "{content} {metadata}");
    }
}
