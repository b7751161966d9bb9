//! A sample of every event: `full` has every field filled in, `bare` as few as there can be.

use super::bodies::{
    analysis, at, command_id, event_id, group, key, metadata, person, route, task_id, tenant, user,
};
use super::commands::refusal;
use super::tasks::{self, bare_data, data, offer, review};
use crate::analysis::{AnalysisRecord, Verdict};
use crate::content::{ContentBody, ContentRecord, Metadata, Outcome, TerminalRecord};
use crate::event::{
    Assigned, Cancelled, ChangesRequested, Commented, Completed, ContentAnalyzed, ContentCompleted,
    ContentRouted, ContentSubmitted, Created, Escalated, EscalationRequested, EscalationSuperseded,
    EscalationTrigger, FollowUpDue, HowAssigned, OfferEnded, Offered, Plain, Rejected, Released,
    ReviewRequested, Reviewed, SlaAtRisk, SlaBreached, Suspended, Updated,
};
use crate::routing::{RouteRecord, RoutingResult};
use crate::task::{DeadlineAction, Offer, Priority, Refusal, Review, Status};
use crate::{Event, Principal, Subject, TenantId};

macro_rules! event {
    ($name:ident, $body:expr) => {
        Event::$name(Box::new($body))
    };
}

/// The golden value of each event.
pub(super) fn full(subject: Subject) -> Event {
    match subject {
        Subject::ContentSubmitted => event!(ContentSubmitted, submitted()),
        Subject::ContentAnalyzed => event!(ContentAnalyzed, analyzed(analysis())),
        Subject::ContentRouted => event!(ContentRouted, routed(route())),
        Subject::ContentCompleted => event!(ContentCompleted, completed()),
        Subject::TaskCreated => event!(TaskCreated, tasks::full(Created { data: data() })),
        Subject::TaskAssigned => event!(TaskAssigned, tasks::full(assigned())),
        Subject::TaskOffered => event!(TaskOffered, tasks::full(Offered { offer: offer() })),
        Subject::TaskOfferEnded => event!(TaskOfferEnded, tasks::full(offer_ended())),
        Subject::TaskReleased => event!(TaskReleased, tasks::full(Released::default())),
        Subject::TaskStarted => event!(TaskStarted, tasks::full(Plain {})),
        Subject::TaskReviewRequested => {
            event!(TaskReviewRequested, tasks::full(ReviewRequested { worker: user("ann"), required: true }))
        }
        Subject::TaskChangesRequested => {
            event!(TaskChangesRequested, tasks::full(ChangesRequested { review: review() }))
        }
        Subject::TaskReviewed => event!(TaskReviewed, tasks::full(reviewed())),
        Subject::TaskFollowUpDue => {
            let assignee = Some(person("ann"));
            let detail = FollowUpDue { follow_up_at: at("24T09:00:00"), assignee };
            event!(TaskFollowUpDue, tasks::full(detail))
        }
        Subject::TaskEscalationRequested => event!(TaskEscalationRequested, requested()),
        Subject::TaskEscalated => event!(TaskEscalated, tasks::full(escalated())),
        Subject::TaskEscalationSuperseded => {
            let detail = EscalationSuperseded { level: 2, reason: "the task was completed first".into() };
            event!(TaskEscalationSuperseded, tasks::full(detail))
        }
        Subject::TaskSuspended => {
            let detail = Suspended { reason: "on leave".into(), until: Some(at("30T00:00:00")) };
            event!(TaskSuspended, tasks::full(detail))
        }
        Subject::TaskResumed => event!(TaskResumed, tasks::full(Plain {})),
        Subject::TaskCommented => event!(TaskCommented, tasks::full(Commented { text: "called".into() })),
        Subject::TaskUpdated => {
            let (priority, due_at) = (Some(Priority::Low), Some(at("25T12:00:00")));
            let detail = Updated { priority, due_at, ..Updated::default() };
            event!(TaskUpdated, tasks::full(detail))
        }
        Subject::TaskCompleted => {
            let reviewed_by = Some(user("bob"));
            let detail = Completed { outcome: Outcome::Rejected, sla_met: true, reviewed_by };
            event!(TaskCompleted, tasks::full(detail))
        }
        Subject::TaskCancelled => {
            let detail = Cancelled { outcome: Outcome::Expired, reason: "nobody decided in time".into() };
            event!(TaskCancelled, tasks::full(detail))
        }
        Subject::TaskCommandRejected => event!(TaskCommandRejected, rejected(refusal())),
        Subject::SlaAtRisk => event!(SlaAtRisk, at_risk()),
        Subject::SlaBreached => event!(SlaBreached, tasks::full(breached())),
        Subject::TaskSnapshot => event!(TaskSnapshot, tasks::task()),
        Subject::ContentSnapshot => event!(ContentSnapshot, record()),
        Subject::TaskCommand(kind) => Event::TaskCommand(Box::new(super::commands::command(kind))),
    }
}

/// The same events with nothing in them that may be missing.
#[expect(clippy::too_many_lines, reason = "an arm an event")]
pub(super) fn bare(subject: Subject) -> Event {
    match subject {
        Subject::ContentSubmitted => event!(ContentSubmitted, bare_submitted()),
        Subject::ContentAnalyzed => event!(ContentAnalyzed, analyzed(bare_analysis())),
        Subject::ContentRouted => event!(ContentRouted, routed(bare_route())),
        Subject::ContentCompleted => {
            event!(ContentCompleted, ContentCompleted { task_id: None, ..completed() })
        }
        Subject::TaskCreated => event!(TaskCreated, tasks::bare(Created { data: bare_data() })),
        Subject::TaskAssigned => {
            event!(TaskAssigned, tasks::bare(Assigned { previous_assignee: None, ..assigned() }))
        }
        Subject::TaskOffered => {
            let offer = Offer { metadata: Metadata::new(), ..offer() };
            event!(TaskOffered, tasks::bare(Offered { offer }))
        }
        Subject::TaskOfferEnded => {
            event!(TaskOfferEnded, tasks::bare(OfferEnded { reason: None, next: None, ..offer_ended() }))
        }
        Subject::TaskReleased => event!(TaskReleased, tasks::bare(Released::default())),
        Subject::TaskStarted => event!(TaskStarted, tasks::bare(Plain {})),
        Subject::TaskReviewRequested => {
            event!(TaskReviewRequested, tasks::bare(ReviewRequested { worker: user("ann"), required: true }))
        }
        Subject::TaskChangesRequested => {
            let review = Review { comments: None, ..review() };
            event!(TaskChangesRequested, tasks::bare(ChangesRequested { review }))
        }
        Subject::TaskReviewed => event!(TaskReviewed, tasks::bare(reviewed())),
        Subject::TaskFollowUpDue => {
            let assignee = None;
            let detail = FollowUpDue { follow_up_at: at("24T09:00:00"), assignee };
            event!(TaskFollowUpDue, tasks::bare(detail))
        }
        Subject::TaskEscalationRequested => {
            event!(TaskEscalationRequested, EscalationRequested { content: None, ..requested() })
        }
        Subject::TaskEscalated => {
            let detail = Escalated { notify_users: vec![], notify_groups: vec![], ..escalated() };
            event!(TaskEscalated, tasks::bare(detail))
        }
        Subject::TaskEscalationSuperseded => {
            let detail = EscalationSuperseded { level: 2, reason: "the task was completed first".into() };
            event!(TaskEscalationSuperseded, tasks::bare(detail))
        }
        Subject::TaskSuspended => {
            event!(TaskSuspended, tasks::bare(Suspended { reason: "on leave".into(), until: None }))
        }
        Subject::TaskResumed => event!(TaskResumed, tasks::bare(Plain {})),
        Subject::TaskCommented => event!(TaskCommented, tasks::bare(Commented { text: "called".into() })),
        Subject::TaskUpdated => event!(TaskUpdated, tasks::bare(Updated::default())),
        Subject::TaskCompleted => {
            let detail = Completed { outcome: Outcome::Approved, sla_met: true, reviewed_by: None };
            event!(TaskCompleted, tasks::bare(detail))
        }
        Subject::TaskCancelled => {
            let detail = Cancelled { outcome: Outcome::Cancelled, reason: "sent twice".into() };
            event!(TaskCancelled, tasks::bare(detail))
        }
        Subject::TaskCommandRejected => {
            let refusal = Refusal { status: None, version: None, legal_commands: vec![], ..refusal() };
            event!(TaskCommandRejected, rejected(refusal))
        }
        Subject::SlaAtRisk => event!(SlaAtRisk, SlaAtRisk { content: None, ..at_risk() }),
        Subject::SlaBreached => event!(SlaBreached, tasks::bare(breached())),
        Subject::TaskSnapshot => event!(TaskSnapshot, tasks::bare_task()),
        Subject::ContentSnapshot => event!(ContentSnapshot, bare_record()),
        Subject::TaskCommand(kind) => Event::TaskCommand(Box::new(super::commands::command(kind))),
    }
}

fn offer_ended() -> OfferEnded {
    OfferEnded {
        to: person("ann"),
        declined: true,
        reason: Some("on the phone".into()),
        next: Some(person("bob")),
    }
}

fn reviewed() -> Reviewed {
    Reviewed { review: review(), approvals: 0, needed: 2, adjudicating: false }
}

fn submitted() -> ContentSubmitted {
    ContentSubmitted {
        id: Some("ticket-4711".into()),
        source: Some("helpdesk".into()),
        tenant: tenant(),
        content: "I want my money back.".into(),
        content_type: Some("text/plain".into()),
        metadata: metadata(),
        submitted_by: Some("customer-9".into()),
        priority: Some(Priority::High),
    }
}

fn bare_submitted() -> ContentSubmitted {
    ContentSubmitted {
        id: None,
        source: None,
        tenant: TenantId::default(),
        content_type: None,
        metadata: Metadata::new(),
        submitted_by: None,
        priority: None,
        ..submitted()
    }
}

fn analyzed(analysis: AnalysisRecord) -> ContentAnalyzed {
    ContentAnalyzed { content: key(), analysis, at: at("21T07:59:58") }
}

fn bare_analysis() -> AnalysisRecord {
    let verdict = Verdict::Failed { reason: "the model did not answer within 30s".into() };
    AnalysisRecord { verdict, usage: None, ..analysis() }
}

fn routed(route: RouteRecord) -> ContentRouted {
    ContentRouted { content: key(), route, at: at("21T07:59:59") }
}

fn bare_route() -> RouteRecord {
    let engine = RoutingResult {
        matched_rule: None,
        suggested_assignee: None,
        candidate_groups: vec![],
        skills_required: vec![],
        priority: None,
        sla_hours: None,
        review_required: false,
        escalation_policy: None,
        metadata: Metadata::new(),
        ..route().engine
    };
    RouteRecord { engine, raised_because: vec![], proposed: None, ..route() }
}

fn completed() -> ContentCompleted {
    ContentCompleted {
        content: key(),
        outcome: Outcome::Approved,
        decided_by: user("ann"),
        reason: "approved by ann".into(),
        task_id: Some(task_id()),
        content_hash: None,
        completed_at: at("22T16:20:00"),
        trail: vec![event_id(1), event_id(2)],
    }
}

fn assigned() -> Assigned {
    Assigned {
        assignee: person("ann"),
        previous_assignee: Some(person("bob")),
        how: HowAssigned::Delegate,
        reason: "delegated by bob".into(),
    }
}

fn requested() -> EscalationRequested {
    EscalationRequested {
        task_id: task_id(),
        tenant: tenant(),
        content: Some(key()),
        level: 1,
        by: Principal::system("router"),
        reason: "a threat".into(),
        at: at("21T08:00:00"),
    }
}

fn escalated() -> Escalated {
    Escalated {
        level: 1,
        round: 0,
        trigger: EscalationTrigger::SlaBreached,
        reason: "the deadline of level 1 passed".into(),
        policy: "default".into(),
        policy_version: 1,
        strategy: None,
        previous_status: Status::InProgress,
        notify_users: vec![person("lea")],
        notify_groups: vec![group("support")],
    }
}

fn rejected(refusal: Refusal) -> Rejected {
    Rejected {
        command_id: command_id(),
        task_id: task_id(),
        by: user("sam"),
        refusal,
        payload_hash: None,
        at: at("22T16:20:00"),
    }
}

fn at_risk() -> SlaAtRisk {
    SlaAtRisk {
        task_id: task_id(),
        tenant: tenant(),
        content: Some(key()),
        level: 1,
        due_at: at("22T08:00:00"),
        at: at("22T06:00:00"),
    }
}

fn record() -> ContentRecord {
    ContentRecord {
        key: key(),
        hash: std::array::from_fn(|n| u8::try_from(n * 8).unwrap()),
        submitted_id: event_id(1),
        submitted_at: at("21T08:00:00"),
        body: ContentBody {
            content: "I want my money back.".into(),
            content_type: "text/plain".into(),
            metadata: metadata(),
            submitted_by: Some("customer-7".into()),
            priority: Some(Priority::High),
        },
        analysis: Some(analysis()),
        route: Some(route()),
        terminal: Some(TerminalRecord {
            outcome: Outcome::Approved,
            decided_by: user("ann"),
            reason: "approved by ann".into(),
            at: at("22T16:20:00"),
            task_id: Some(task_id()),
        }),
        trail: vec![event_id(1), event_id(2)],
    }
}

fn bare_record() -> ContentRecord {
    let body = ContentBody { metadata: Metadata::new(), submitted_by: None, priority: None, ..record().body };
    ContentRecord { body, analysis: None, route: None, terminal: None, trail: vec![], ..record() }
}

fn breached() -> SlaBreached {
    SlaBreached { level: 1, round: 0, due_at: at("22T08:00:00"), action: DeadlineAction::Escalate }
}
