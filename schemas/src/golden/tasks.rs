//! A task with every field filled in, and one with as little as there can be.

use std::time::Duration;

use super::bodies::{at, event_id, group, hours, key, metadata, person, task_id, tenant, user};
use crate::Principal;
use crate::content::Metadata;
use crate::event::TaskEvent;
use crate::routing::RoutingDecision;
use crate::task::{
    Breach, Completion, Deadline, DeadlineAction, Decision, Escalation, Offer, Priority, Review, SlaClock,
    Status, Task, TaskAssignment, TaskData, TaskState, Terms,
};

pub(super) fn full<D>(detail: D) -> TaskEvent<D> {
    TaskEvent {
        task_id: task_id(),
        tenant: tenant(),
        content: Some(key()),
        version: 7,
        at: at("22T16:20:00.250001"),
        by: user("ann"),
        payload_hash: None,
        previous: None,
        state: state(),
        detail,
    }
}

pub(super) fn bare<D>(detail: D) -> TaskEvent<D> {
    TaskEvent { content: None, version: 1, by: Principal::system("sla"), state: bare_state(), ..full(detail) }
}

pub(super) fn task() -> Task {
    Task { id: task_id(), version: 7, data: data(), state: state(), last_event: None }
}

pub(super) fn bare_task() -> Task {
    Task { version: 1, data: bare_data(), state: bare_state(), ..task() }
}

pub(super) fn data() -> TaskData {
    TaskData {
        tenant: tenant(),
        content_key: Some(key()),
        correlation_id: Some(event_id(1)),
        content: "I want my money back.".into(),
        task_type: "content_review".into(),
        created_at: at("21T08:00:00"),
        created_by: Principal::system("router"),
        metadata: metadata(),
        summary: Some("A customer wants 129.95 back.".into()),
        proposed: Some(RoutingDecision::Reject),
        reason: Some("small sums go through; the model proposes human".into()),
        traceparent: None,
        terms: terms(),
    }
}

pub(super) fn bare_data() -> TaskData {
    TaskData {
        content_key: None,
        correlation_id: None,
        metadata: Metadata::new(),
        summary: None,
        proposed: None,
        reason: None,
        terms: Terms::default(),
        ..data()
    }
}

pub(super) fn terms() -> Terms {
    Terms {
        sla_hours: Some(hours(0.1)),
        escalation_hours: Some(hours(48.0)),
        escalation_policy: None,
        skills_required: vec!["refunds".into()],
        assignee_pool: Some(group("support")),
        candidate_groups: vec![group("support"), group("claims")],
        candidate_users: vec![person("ann")],
        excluded_users: vec![],
        min_confidence_level: Some(0.7),
        review_required: true,
        approvals: None,
        review_share: None,
        offer_hours: None,
        claim_lease_hours: None,
    }
}

fn state() -> TaskState {
    TaskState {
        status: Status::WaitingReview,
        previous_status: Some(Status::InProgress),
        suspended_from: Some(Status::Escalated),
        suspended_until: Some(at("30T00:00:00")),
        priority: Priority::Urgent,
        assignment: Some(assignment()),
        offer: None,
        declined: vec![],
        delegates: vec![],
        candidate_users: vec![person("ann")],
        candidate_groups: vec![group("support")],
        due_at: Some(at("22T08:00:00.5")),
        follow_up_at: Some(at("22T09:00:00")),
        clock: clock(),
        escalation_level: 1,
        escalation_round: 0,
        escalations: vec![Escalation {
            level: 1,
            at: at("22T08:00:01"),
            by: Principal::system("escalation"),
            reason: "the deadline of level 1 passed".into(),
        }],
        started_at: Some(at("21T09:30:00")),
        completion: Some(completion()),
        review: Some(review()),
        reviews: vec![],
        adjudicating: false,
        closed_at: Some(at("23T10:00:00")),
        cancel_reason: Some("sent twice".into()),
        comments: 2,
    }
}

fn bare_state() -> TaskState {
    let clock = SlaClock { running_since: None, breaches: vec![], ..clock() };
    TaskState::pending(Priority::Normal, clock)
}

fn assignment() -> TaskAssignment {
    TaskAssignment {
        task_id: task_id(),
        assignee_id: person("ann"),
        assigned_at: at("21T08:00:00"),
        assigned_by: user("lea"),
        due_at: Some(at("22T08:00:00")),
        assignment_reason: "assigned by lea".into(),
        metadata: metadata(),
        lease_until: None,
    }
}

pub(super) fn offer() -> Offer {
    Offer {
        to: person("ann"),
        offered_at: at("21T08:00:00"),
        until: at("21T08:15:00"),
        reason: "round_robin in support".into(),
        metadata: metadata(),
    }
}

fn clock() -> SlaClock {
    let deadline = |level, hours, action| Deadline::new(level, Duration::from_hours(hours), action);
    SlaClock {
        policy: "default".into(),
        policy_version: 1,
        deadlines: vec![
            deadline(1, 24, DeadlineAction::Escalate),
            deadline(2, 48, DeadlineAction::Escalate),
            deadline(3, 72, DeadlineAction::Expire),
        ],
        fired: 1,
        round: 0,
        consumed_us: Duration::from_micros(90_061_000_001),
        running_since: Some(at("22T10:00:00")),
        epoch: 4,
        breaches: vec![Breach {
            level: 1,
            round: 0,
            due_at: at("22T08:00:00.5"),
            fired_at: at("22T08:00:00.9"),
            action: DeadlineAction::Escalate,
        }],
        calendar: None,
        at_risk: None,
        review: vec![],
        unknown_policy: None,
    }
}

fn completion() -> Completion {
    Completion {
        decision: Decision::Rejected,
        result_data: metadata(),
        completed_by: user("ann"),
        completed_at: at("22T16:19:00"),
        review_comments: Some("no receipt".into()),
        quality_score: Some(0.9),
        shown: None,
    }
}

pub(super) fn review() -> Review {
    Review {
        reviewer: user("bob"),
        at: at("22T16:20:00"),
        approved: false,
        comments: Some("ask for it once more".into()),
        shown: None,
    }
}
