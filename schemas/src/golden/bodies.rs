//! Values the samples have in common, every field filled in.

use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use crate::analysis::{Analysis, AnalysisRecord, AnalystKind, RiskFlag, Sentiment, Usage, Verdict};
use crate::content::Metadata;
use crate::routing::{RouteRecord, RoutingDecision, RoutingResult};
use crate::task::Priority;
use crate::time::Hours;
use crate::{CommandId, ContentKey, EventId, GroupId, PersonId, Principal, TaskId, TenantId, Timestamp};

pub(super) fn at(text: &str) -> Timestamp {
    format!("2026-11-{text}Z").parse().unwrap()
}

pub(super) fn person(name: &str) -> PersonId {
    PersonId::new(name).unwrap()
}

pub(super) fn group(name: &str) -> GroupId {
    GroupId::new(name).unwrap()
}

pub(super) fn user(name: &str) -> Principal {
    Principal::user(person(name))
}

pub(super) fn tenant() -> TenantId {
    TenantId::new("acme").unwrap()
}

pub(super) fn key() -> ContentKey {
    ContentKey::new(tenant(), "helpdesk", "ticket-4711").unwrap()
}

pub(super) fn task_id() -> TaskId {
    TaskId::from_uuid(Uuid::from_u128(0x0199_e2c4_6d1f_7c3e_9a55_0f6f_6f0b_2a10))
}

pub(super) fn command_id() -> CommandId {
    CommandId::from_uuid(Uuid::from_u128(0x0199_e2c4_6d1f_7c3e_9a55_0f6f_6f0b_2a11))
}

pub(super) fn event_id(number: u128) -> EventId {
    EventId::from_uuid(Uuid::from_u128(number))
}

pub(super) fn hours(hours: f64) -> Hours {
    Hours::new(hours).unwrap()
}

/// Every kind of value a map can hold, and a sum that is no short decimal.
pub(super) fn metadata() -> Metadata {
    let value = json!({
        "amount": 129.95, "sum": 0.1 + 0.2, "count": 3, "debt": -40, "big": u64::MAX, "vip": true, "none": null,
        "tags": ["refund", {"nested": []}], "Größe": "zwölf \u{1f4e6}",
    });
    serde_json::from_value(value).unwrap()
}

pub(super) fn analysis() -> AnalysisRecord {
    AnalysisRecord {
        verdict: Verdict::Analyzed(Analysis {
            summary: "A customer wants 129.95 back.".into(),
            sentiment: Sentiment::Negative,
            complexity: 0.35,
            confidence: 0.82,
            proposed: Some(RoutingDecision::Human),
            flags: vec![RiskFlag { code: "threat".into(), evidence: "or my lawyer will".into() }],
            language: Some("en".into()),
        }),
        analyst: AnalystKind::Model,
        provider: "deepseek".into(),
        model: "deepseek-chat".into(),
        prompt_version: "3".into(),
        usage: Some(Usage { prompt_tokens: 812, completion_tokens: 95, total_tokens: 907 }),
        took_us: Duration::from_micros(1_204_311),
    }
}

pub(super) fn route() -> RouteRecord {
    RouteRecord {
        decision: RoutingDecision::Human,
        engine: RoutingResult {
            decision: RoutingDecision::Auto,
            confidence: 1.0,
            reason: "small sums go through".into(),
            matched_rule: Some("small-refund".into()),
            engine: "rules".into(),
            engine_version: "9f2c".into(),
            suggested_assignee: Some(person("ann")),
            candidate_groups: vec![group("support")],
            skills_required: vec!["refunds".into()],
            priority: Some(Priority::High),
            sla_hours: Some(hours(1.5)),
            review_required: true,
            escalation_policy: None,
            metadata: metadata(),
        },
        raised_because: vec!["the model proposes human".into()],
        proposed: Some(RoutingDecision::Human),
    }
}
