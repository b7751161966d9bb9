//! Data for tests: small, whole and valid. Every builder is deterministic; what a test is about, it changes itself.

use std::time::Duration;

use tracerail_schemas::analysis::{Analysis, AnalysisRecord, AnalystKind, Sentiment, Verdict};
use tracerail_schemas::content::{ContentBody, Metadata, Outcome, TerminalRecord};
use tracerail_schemas::event::{ContentAnalyzed, ContentSubmitted, Event};
use tracerail_schemas::routing::{RouteRecord, RoutingDecision, RoutingResult};
use tracerail_schemas::task::{CommandAnswer, CommandOutcome, Task};
use tracerail_schemas::{
    CommandId, ContentKey, EncodedEvent, Envelope, EventId, GroupId, PersonId, Principal, Subject, TaskId,
    TenantId, Timestamp,
};
use uuid::Uuid;

use crate::port::{Admission, Batch, Cause, ContentWrite};

mod task;

pub use task::{assigned_to, change, closed, create, due_at, made, task};

/// The length of an hour.
pub const HOUR: Duration = Duration::from_hours(1);

/// The content item with this id, of the default tenant and the source `helpdesk`.
pub fn key(id: &str) -> ContentKey {
    ContentKey::new(TenantId::default(), "helpdesk", id).expect("a literal id")
}

/// A tenant.
pub fn tenant(name: &str) -> TenantId {
    TenantId::new(name).expect("a literal name")
}

/// A person.
pub fn person(name: &str) -> PersonId {
    PersonId::new(name).expect("a literal name")
}

/// A group.
pub fn group(name: &str) -> GroupId {
    GroupId::new(name).expect("a literal name")
}

/// A cause without a payload hash, about the item `a`; the same number is the same cause.
pub fn cause(n: u128) -> Cause {
    cause_of(n, &key("a"))
}

/// The same, about this item.
pub fn cause_of(n: u128, key: &ContentKey) -> Cause {
    Cause { id: Uuid::from_u128(0xc0_0000 + n), about: TaskId::of_content(key), payload_hash: None }
}

/// The cause a command about the item `a` makes.
pub fn command_cause(command: CommandId, payload_hash: [u8; 32]) -> Cause {
    Cause { id: command.uuid(), about: TaskId::of_content(&key("a")), payload_hash: Some(payload_hash) }
}

/// A command's id.
pub fn command(n: u128) -> CommandId {
    CommandId::from_uuid(Uuid::from_u128(0xcc_0000 + n))
}

/// What a command got, when it took effect.
pub fn answer(command_id: CommandId, task: &Task) -> CommandAnswer {
    let outcome = CommandOutcome::Done { version: task.version, status: task.state.status };
    CommandAnswer { command_id, task_id: task.id, outcome }
}

/// The body of a content item.
pub fn body(text: &str) -> ContentBody {
    ContentBody {
        content: text.to_owned(),
        content_type: "text/plain".to_owned(),
        metadata: Metadata::new(),
        submitted_by: Some("customer-7".to_owned()),
        priority: None,
    }
}

/// An event on `subject` about `about`, with a body that is only right for a test that never reads it; the same number is the
/// same event.
pub fn event(subject: Subject, about: impl std::fmt::Display, n: u128, time: Timestamp) -> EncodedEvent {
    let id = EventId::from_uuid(Uuid::from_u128(0xe0_0000 + n));
    let envelope = Envelope {
        id,
        subject,
        version: 1,
        source: "tracerail/test".to_owned(),
        about: about.to_string(),
        time,
        tenant: TenantId::default(),
        correlation_id: id,
        causation_id: None,
        traceparent: None,
    };
    EncodedEvent { envelope, data: format!("body {n} \u{0}\u{ff}").into_bytes() }
}

/// `content.submitted`, as a source sends it.
pub fn submitted(key: &ContentKey, time: Timestamp) -> EncodedEvent {
    let body = body("I want my money back.");
    let id = EventId::submission(key, &body.hash());
    let said = ContentSubmitted {
        id: Some(key.id.clone()),
        source: Some(key.source.clone()),
        tenant: key.tenant.clone(),
        content: body.content,
        content_type: Some(body.content_type),
        metadata: body.metadata,
        submitted_by: body.submitted_by,
        priority: body.priority,
    };
    let event = Event::ContentSubmitted(Box::new(said));
    let mut encoded = encoded(&event, id, key.to_string(), time);
    encoded.envelope.source.clone_from(&key.source);
    encoded.envelope.tenant.clone_from(&key.tenant);
    encoded
}

/// Several submissions.
pub fn submissions(n: usize, time: Timestamp) -> Vec<EncodedEvent> {
    (0..n).map(|i| submitted(&key(&format!("item-{i}")), time)).collect()
}

/// How an item is taken in.
pub fn admission(key: &ContentKey, at: Timestamp) -> Admission {
    let body = body("I want my money back.");
    let hash = body.hash();
    Admission { submitted_id: EventId::submission(key, &hash), submitted_at: at, body, hash }
}

/// The batch that takes an item in with its analysis and says so on `content.analyzed`.
pub fn admit(key: &ContentKey, at: Timestamp) -> Batch {
    let admission = admission(key, at);
    let mut batch = Batch::of(Cause::event(admission.submitted_id, "llm", TaskId::of_content(key)));
    let event =
        Event::ContentAnalyzed(Box::new(ContentAnalyzed { content: key.clone(), analysis: analysis(), at }));
    let id = EventId::consequence(batch.cause.id, 0);
    let mut event = encoded(&event, id, key.to_string(), at);
    event.envelope.correlation_id = admission.submitted_id;
    event.envelope.tenant.clone_from(&key.tenant);
    batch.events.push(event);
    batch.content = Some(ContentWrite {
        admit: Some(admission),
        analysis: Some(analysis()),
        ..ContentWrite::of(key.clone())
    });
    batch
}

/// An analysis.
pub fn analysis() -> AnalysisRecord {
    let analysis = Analysis {
        summary: "A refund.".to_owned(),
        sentiment: Sentiment::Negative,
        complexity: 0.25,
        confidence: 0.75,
        proposed: None,
        flags: Vec::new(),
        language: Some("en".to_owned()),
    };
    AnalysisRecord {
        verdict: Verdict::Analyzed(analysis),
        analyst: AnalystKind::Lexical,
        provider: "lexical".to_owned(),
        model: "lexical".to_owned(),
        prompt_version: "1".to_owned(),
        usage: None,
        took_us: Duration::from_micros(1_234_567),
    }
}

/// A route.
pub fn route(decision: RoutingDecision) -> RouteRecord {
    let engine = RoutingResult {
        decision,
        confidence: 1.0,
        reason: "refunds".to_owned(),
        matched_rule: Some("refunds".to_owned()),
        engine: "rules".to_owned(),
        engine_version: "1".to_owned(),
        suggested_assignee: None,
        candidate_groups: vec![group("support")],
        skills_required: Vec::new(),
        priority: None,
        sla_hours: None,
        review_required: false,
        escalation_policy: None,
        metadata: Metadata::new(),
    };
    RouteRecord { decision, engine, raised_because: Vec::new(), proposed: None }
}

/// An end.
pub fn terminal(outcome: Outcome, at: Timestamp) -> TerminalRecord {
    let decided_by = Principal::user(person("ada"));
    TerminalRecord { outcome, decided_by, reason: "because".to_owned(), at, task_id: None }
}

fn encoded(body: &Event, id: EventId, about: String, time: Timestamp) -> EncodedEvent {
    let envelope = Envelope {
        id,
        subject: body.subject(),
        version: 1,
        source: "tracerail/test".to_owned(),
        about,
        time,
        tenant: TenantId::default(),
        correlation_id: id,
        causation_id: None,
        traceparent: None,
    };
    EncodedEvent { envelope, data: body.encode().expect("a sample encodes") }
}
