//! The people, items and tasks the tests are about. Hours count from the creation of the task.

use std::time::Duration;

use tracerail_schemas::analysis::{Analysis, AnalysisRecord, AnalystKind, Sentiment, Verdict};
use tracerail_schemas::content::{ContentBody, ContentRecord, Metadata};
use tracerail_schemas::routing::{RouteRecord, RoutingDecision, RoutingResult};
use tracerail_schemas::task::{Command, Decision, Priority, Refusal, Status, Task, Verb};
use tracerail_schemas::time::Hours;
use tracerail_schemas::{
    CommandId, ContentKey, Envelope, EventId, GroupId, PersonId, Principal, Subject, TenantId, Timestamp,
};
use uuid::Uuid;

use crate::policy::TaskPolicy;
use crate::port::{Profile, StaticDirectory};
use crate::system::Role;
use crate::task::assign::{Chosen, known};
use crate::task::change::Change;
use crate::task::create::{create, from_content};
use crate::task::decide::decide;
use crate::task::raise::{next_level, raise};
use crate::task::standing::standing;
use crate::task::tests::fold::assert_declared;

pub(crate) fn at(hours: u64) -> Timestamp {
    let created: Timestamp = "2026-11-22T08:00:00Z".parse().unwrap();
    created.plus(Duration::from_hours(hours))
}

pub(crate) fn hours(hours: f64) -> Hours {
    Hours::new(hours).unwrap()
}

pub(crate) fn person(name: &str) -> PersonId {
    PersonId::new(name).unwrap()
}

pub(crate) fn group(name: &str) -> GroupId {
    GroupId::new(name).unwrap()
}

pub(crate) fn user(name: &str) -> Principal {
    Principal::user(person(name))
}

pub(crate) fn system() -> Principal {
    Principal::system("sla")
}

/// Support has ann, bob and cat, led by lea; claims has sam, led by lou; max leads everybody.
pub(crate) fn directory() -> StaticDirectory {
    let people = |names: &[&str]| names.iter().map(|name| person(name)).collect();
    StaticDirectory::default()
        .with_group(group("support"), people(&["ann", "bob", "cat"]), people(&["lea"]))
        .with_group(group("claims"), people(&["sam"]), people(&["lou"]))
        .with_person(person("max"), Profile { leads_all: true, ..Profile::default() })
        .with_person(person("bob"), refunds())
        .with_person(person("sam"), refunds())
}

fn refunds() -> Profile {
    Profile { skills: ["refunds".to_owned()].into(), ..Profile::default() }
}

pub(crate) fn policy() -> TaskPolicy {
    TaskPolicy { candidate_groups: vec![group("support")], ..TaskPolicy::default() }
}

pub(crate) fn key() -> ContentKey {
    ContentKey::new(TenantId::default(), "helpdesk", "ticket-1").unwrap()
}

pub(crate) fn event_id(number: u128) -> EventId {
    EventId::from_uuid(Uuid::from_u128(number))
}

pub(crate) fn envelope(subject: Subject) -> Envelope {
    Envelope {
        id: event_id(2),
        subject,
        version: 1,
        source: "test".into(),
        about: key().to_string(),
        time: at(0),
        tenant: TenantId::default(),
        correlation_id: event_id(1),
        causation_id: None,
        traceparent: Some("00-trace".into()),
    }
}

pub(crate) fn analysis() -> Analysis {
    Analysis {
        summary: "A customer wants money back.".into(),
        sentiment: Sentiment::Negative,
        complexity: 0.3,
        confidence: 0.9,
        proposed: Some(RoutingDecision::Human),
        flags: vec![],
        language: Some("en".into()),
    }
}

pub(crate) fn analyzed(verdict: Verdict) -> AnalysisRecord {
    AnalysisRecord {
        verdict,
        analyst: AnalystKind::Model,
        provider: "deepseek".into(),
        model: "deepseek-chat".into(),
        prompt_version: "1".into(),
        usage: None,
        took_us: Duration::from_millis(800),
    }
}

pub(crate) fn body() -> ContentBody {
    ContentBody {
        content: "I want my money back.".into(),
        content_type: "text/plain".into(),
        metadata: Metadata::from_iter([("amount".to_owned(), 129.95.into())]),
        submitted_by: Some("customer-9".into()),
        priority: None,
    }
}

/// An item that is analysed, with two events told of it.
pub(crate) fn record() -> ContentRecord {
    ContentRecord {
        key: key(),
        hash: body().hash(),
        submitted_id: event_id(1),
        submitted_at: at(0),
        body: body(),
        analysis: Some(analyzed(Verdict::Analyzed(analysis()))),
        route: None,
        terminal: None,
        trail: vec![event_id(1), event_id(2)],
    }
}

pub(crate) fn engine(decision: RoutingDecision) -> RoutingResult {
    RoutingResult {
        decision,
        confidence: 1.0,
        reason: "refunds are looked at".into(),
        matched_rule: Some("refund".into()),
        engine: "rules".into(),
        engine_version: "9f2c".into(),
        suggested_assignee: None,
        candidate_groups: vec![],
        skills_required: vec![],
        priority: None,
        sla_hours: None,
        review_required: false,
        escalation_policy: None,
        metadata: Metadata::new(),
    }
}

pub(crate) fn route(decision: RoutingDecision) -> RouteRecord {
    RouteRecord { decision, engine: engine(decision), raised_because: vec![], proposed: None }
}

/// The creation of the item's task, open to support, nobody chosen.
pub(crate) fn created(route: &RouteRecord, policy: &TaskPolicy) -> Change {
    offered(route, policy, None)
}

/// The same for a task of which somebody is chosen: given or offered, as the policy has it.
pub(crate) fn offered(route: &RouteRecord, policy: &TaskPolicy, chosen: Option<&str>) -> Change {
    let directory = directory();
    let suggested = known(&directory, route.engine.suggested_assignee.as_ref());
    let blank = from_content(&record(), route, suggested, policy, at(0));
    let made = create(blank, chosen.map(chose), policy, at(0));
    assert_declared(Role::Task, &made);
    made
}

/// Somebody, chosen.
pub(crate) fn chose(name: &str) -> Chosen {
    let reason = "round_robin in support".into();
    Chosen { person: person(name), reason, record: Metadata::new(), cursor: None }
}

/// The item's task: pending, level 1 after 24 hours, level 2 after 48.
pub(crate) fn task() -> Task {
    created(&route(RoutingDecision::Human), &policy()).task
}

/// The same task, which a second person must look at.
pub(crate) fn task_for_two() -> Task {
    let mut route = route(RoutingDecision::Human);
    route.engine.review_required = true;
    created(&route, &policy()).task
}

/// A task that stands at `status`, where possible in ann's hands; one hour has passed.
pub(crate) fn task_at(status: Status) -> Task {
    let claimed = || done(&task(), &user("ann"), Verb::Claim, at(1));
    let started = || done(&claimed(), &user("ann"), Verb::Start, at(1));
    match status {
        Status::Pending => task(),
        Status::Assigned => claimed(),
        Status::InProgress => started(),
        Status::WaitingReview => done(&started(), &user("ann"), request_review(), at(1)),
        Status::Escalated => done(&started(), &user("bob"), escalate(), at(1)),
        Status::Suspended => done(&started(), &user("ann"), suspend(None), at(1)),
        Status::Completed => done(&started(), &user("ann"), complete(Decision::Approved), at(1)),
        Status::Cancelled => done(&started(), &user("lea"), cancel(), at(1)),
    }
}

pub(crate) fn command(task: &Task, by: &Principal, verb: Verb) -> Command {
    let id = CommandId::from_uuid(Uuid::new_v5(&task.id.uuid(), &task.version.to_be_bytes()));
    Command { id, task_id: task.id, by: by.clone(), expected_version: None, verb, traceparent: None }
}

/// Gives a command the way the actor does: the standing from the directory, then the decision.
pub(crate) fn give(task: &Task, by: &Principal, verb: Verb, now: Timestamp) -> Result<Change, Refusal> {
    give_in(&directory(), task, by, verb, now)
}

pub(crate) fn give_in(
    directory: &StaticDirectory,
    task: &Task,
    by: &Principal,
    verb: Verb,
    now: Timestamp,
) -> Result<Change, Refusal> {
    let mut standing = standing(directory, task, by, &verb, now);
    if let Verb::Escalate { .. } = &verb {
        standing.raise = raise(directory, None, task, next_level(task), now);
    }
    if let Verb::RecomputeSla { escalation_policy } = &verb {
        let fresh = policy().wind_up_again(task, escalation_policy.as_ref(), now);
        standing.fresh_clock = Some(Box::new(fresh));
    }
    let decided = decide(task, &command(task, by, verb), &standing, now);
    decided.inspect(|change| assert_declared(Role::Task, change))
}

/// The task after a command that must take effect.
pub(crate) fn done(task: &Task, by: &Principal, verb: Verb, now: Timestamp) -> Task {
    give(task, by, verb, now).unwrap_or_else(|refusal| panic!("{refusal}")).task
}

pub(crate) fn complete(decision: Decision) -> Verb {
    Verb::Complete {
        decision,
        result: Metadata::from_iter([("paid".to_owned(), true.into())]),
        comments: Some("receipt seen".into()),
        quality_score: None,
        shown: None,
    }
}

pub(crate) fn request_review() -> Verb {
    Verb::RequestReview { decision: Decision::Approved, result: Metadata::new(), comments: None, shown: None }
}

pub(crate) fn approve() -> Verb {
    Verb::Approve { comments: Some("right".into()), quality_score: Some(0.9), shown: None }
}

pub(crate) fn request_changes() -> Verb {
    Verb::RequestChanges { comments: "ask once more".into(), shown: None }
}

pub(crate) fn escalate() -> Verb {
    Verb::Escalate { reason: "too hard for me".into() }
}

pub(crate) fn suspend(until: Option<Timestamp>) -> Verb {
    Verb::Suspend { until, reason: "waiting for the customer".into() }
}

pub(crate) fn cancel() -> Verb {
    Verb::Cancel { reason: "sent twice".into() }
}

pub(crate) fn comment() -> Verb {
    Verb::Comment { text: "called".into() }
}

pub(crate) fn set_priority() -> Verb {
    Verb::SetPriority { priority: Priority::Low }
}
