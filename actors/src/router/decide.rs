//! What follows from an analysed item and the engine's answer.

use tracerail_schemas::analysis::AnalysisRecord;
use tracerail_schemas::content::{ContentRecord, Outcome, TerminalRecord};
use tracerail_schemas::event::{ContentCompleted, ContentRouted};
use tracerail_schemas::routing::{RouteRecord, RoutingContext, RoutingDecision, RoutingResult};
use tracerail_schemas::{Envelope, Event, EventId, Principal, TaskId, Timestamp};

use super::scrutiny;
use crate::deliver::HandlerError;
use crate::port::{Batch, Cause, ContentWrite};
use crate::story::Story;

/// An item as its analysis is heard of.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Heard {
    /// With the analysis, and the event that tells of it in its trail.
    pub(super) record: ContentRecord,
    /// The analysis, where the store does not have it.
    unrecorded: Option<AnalysisRecord>,
}

impl Heard {
    /// Of a store that forgot the analysis while it was told, the event knows it: what the log tells holds.
    pub(super) fn new(mut record: ContentRecord, event: EventId, analysis: AnalysisRecord) -> Self {
        if record.analysis.is_some() {
            return Self { record, unrecorded: None };
        }
        if !record.trail.contains(&event) {
            record.trail.push(event);
        }
        record.analysis = Some(analysis.clone());
        Self { record, unrecorded: Some(analysis) }
    }
}

/// What an engine is asked about this item.
pub(crate) fn question(record: &ContentRecord) -> RoutingContext {
    let analyzed = record.analysis.as_ref();
    let analysis = analyzed.and_then(AnalysisRecord::analysis);
    RoutingContext {
        content: record.body.content.clone(),
        metadata: record.body.metadata.clone(),
        tenant: record.key.tenant.clone(),
        source: record.key.source.clone(),
        token_count: Some(record.body.token_estimate()),
        priority: record.body.priority,
        user_id: record.body.submitted_by.clone(),
        analyst: analysis.and(analyzed).map(|analyzed| analyzed.analyst),
        sentiment: analysis.map(|analysis| analysis.sentiment),
        complexity_score: analysis.map(|analysis| analysis.complexity),
        confidence: analysis.map(|analysis| analysis.confidence),
        proposed: analysis.and_then(|analysis| analysis.proposed),
        flags: analysis.map(|analysis| analysis.flags.clone()).unwrap_or_default(),
        language: analysis.and_then(|analysis| analysis.language.clone()),
    }
}

/// What stands for the engine's answer when it failed: a person looks.
pub(crate) fn engine_failed(why: &str) -> RoutingResult {
    RoutingResult {
        decision: RoutingDecision::Human,
        confidence: 0.0,
        reason: format!("routing failed, so a person decides: {why}"),
        matched_rule: None,
        engine: "none".to_owned(),
        engine_version: String::new(),
        suggested_assignee: None,
        candidate_groups: Vec::new(),
        skills_required: Vec::new(),
        priority: None,
        sla_hours: None,
        review_required: false,
        escalation_policy: None,
        metadata: serde_json::Map::new(),
    }
}

/// The engine's answer, raised by whatever asks for more scrutiny.
pub(crate) fn settled(engine: RoutingResult, analysis: Option<&AnalysisRecord>) -> RouteRecord {
    let (decision, raised_because) = scrutiny::settle(engine.decision, analysis);
    let proposed = analysis.and_then(AnalysisRecord::analysis).and_then(|analysis| analysis.proposed);
    RouteRecord { decision, engine, raised_because, proposed }
}

/// The route, recorded and told; and the end of the item, where no person is needed.
pub(super) fn decide(
    envelope: &Envelope,
    heard: &Heard,
    engine: RoutingResult,
    now: Timestamp,
) -> Result<Batch, HandlerError> {
    let Heard { record, unrecorded } = heard;
    let key = record.key.clone();
    let cause = Cause::event(envelope.id, "router", TaskId::of_content(&key));
    let story = Story {
        source: "tracerail/router",
        cause: cause.id,
        causation: envelope.id.uuid(),
        correlation: Some(record.submitted_id),
        about: key.to_string(),
        tenant: key.tenant.clone(),
        at: now,
        traceparent: envelope.traceparent.clone(),
    };
    let route = settled(engine, record.analysis.as_ref());
    let terminal = terminal(route.decision, &route.engine, now);

    let routed = ContentRouted { content: key.clone(), route: route.clone(), at: now };
    let mut events = vec![(None, Event::ContentRouted(Box::new(routed)))];
    if let Some(terminal) = &terminal {
        let trail = [record.trail.as_slice(), &[story.id_at(0)]].concat();
        let completed = completed(record, terminal, trail);
        events.push((Some(EventId::terminal(&key)), completed));
    }
    let mut batch = Batch::of(cause);
    batch.events = story.tell(&events)?;
    let analysis = unrecorded.clone();
    batch.content = Some(ContentWrite { analysis, route: Some(route), terminal, ..ContentWrite::of(key) });
    Ok(batch)
}

fn terminal(decision: RoutingDecision, engine: &RoutingResult, now: Timestamp) -> Option<TerminalRecord> {
    let outcome = match decision {
        RoutingDecision::Auto => Outcome::Auto,
        RoutingDecision::Reject => Outcome::Rejected,
        RoutingDecision::Human | RoutingDecision::Escalate => return None,
    };
    Some(TerminalRecord {
        outcome,
        decided_by: Principal::system("router"),
        reason: engine.reason.clone(),
        at: now,
        task_id: None,
    })
}

fn completed(record: &ContentRecord, terminal: &TerminalRecord, trail: Vec<EventId>) -> Event {
    Event::ContentCompleted(Box::new(ContentCompleted {
        content: record.key.clone(),
        outcome: terminal.outcome,
        decided_by: terminal.decided_by.clone(),
        reason: terminal.reason.clone(),
        task_id: None,
        content_hash: Some(record.hash),
        completed_at: terminal.at,
        trail,
    }))
}
