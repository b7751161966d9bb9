//! How a task comes into being.

use tracerail_schemas::analysis::AnalysisRecord;
use tracerail_schemas::content::ContentRecord;
use tracerail_schemas::event::{Assigned, Created, HowAssigned, Offered};
use tracerail_schemas::routing::{RouteRecord, RoutingDecision};
use tracerail_schemas::task::{
    Command, NewTask, Priority, Status, Task, TaskAssignment, TaskData, TaskState, Terms,
};
use tracerail_schemas::{Event, EventId, GroupId, PersonId, Principal, TaskId, Timestamp};

use super::assign::Chosen;
use super::change::{Change, told};
use super::transition::escalate::requested;
use super::transition::offer::offer;
use crate::policy::TaskPolicy;
use crate::port::Cause;

/// Everything a new task is made from.
#[derive(Clone, Debug)]
pub(super) struct Blank {
    pub(super) id: TaskId,
    pub(super) data: TaskData,
    pub(super) priority: Priority,
    /// Whether level 1 is requested at once, and why.
    pub(super) escalate: Option<String>,
}

/// What a routed item makes of a task. `suggested` is who the route suggests, if there is such a person: a task offered
/// to somebody who does not exist could be taken by nobody.
pub(super) fn from_content(
    record: &ContentRecord,
    route: &RouteRecord,
    suggested: Option<&PersonId>,
    policy: &TaskPolicy,
    now: Timestamp,
) -> Blank {
    let engine = &route.engine;
    let analysis = record.analysis.as_ref().and_then(|analyzed| analyzed.analysis());
    let reason = why(record, route);
    let terms = Terms {
        sla_hours: engine.sla_hours,
        skills_required: engine.skills_required.clone(),
        candidate_groups: or_default(&engine.candidate_groups, policy),
        candidate_users: suggested.into_iter().cloned().collect(),
        review_required: engine.review_required,
        escalation_policy: engine.escalation_policy.clone(),
        ..policy.terms()
    };
    let data = TaskData {
        tenant: record.key.tenant.clone(),
        content_key: Some(record.key.clone()),
        correlation_id: Some(record.submitted_id),
        content: record.body.content.clone(),
        task_type: "content_review".to_owned(),
        created_at: now,
        created_by: Principal::system("router"),
        metadata: record.body.metadata.clone(),
        summary: analysis.map(|analysis| analysis.summary.clone()),
        proposed: route.proposed,
        reason: Some(reason.clone()),
        traceparent: None,
        terms,
    };
    Blank {
        id: TaskId::of_content(&record.key),
        data,
        priority: engine.priority.or(record.body.priority).unwrap_or_default(),
        escalate: (route.decision == RoutingDecision::Escalate).then_some(reason),
    }
}

/// Why a person looks: the engine's words, what raised its decision, and that there is no analysis to go by, if there is none.
fn why(record: &ContentRecord, route: &RouteRecord) -> String {
    let mut reasons = vec![route.engine.reason.clone()];
    reasons.extend(route.raised_because.iter().cloned());
    let failure = record.analysis.as_ref().and_then(AnalysisRecord::failure);
    // It has been said already where it was what raised the decision.
    reasons.extend(failure.filter(|failure| !route.raised_because.contains(failure)));
    reasons.join("; ")
}

/// What a command makes of a task.
pub(super) fn from_command(command: &Command, new: &NewTask, policy: &TaskPolicy, now: Timestamp) -> Blank {
    let mut terms = policy.complete(new.terms.clone());
    if let Some(pool) = &terms.assignee_pool
        && !terms.candidate_groups.contains(pool)
    {
        terms.candidate_groups.push(pool.clone());
    }
    if terms.candidate_groups.is_empty() && terms.candidate_users.is_empty() {
        terms.candidate_groups.clone_from(&policy.candidate_groups);
    }
    let data = TaskData {
        tenant: new.tenant.clone(),
        content_key: None,
        // The event that tells of its creation: all later ones belong to the same story.
        correlation_id: Some(EventId::consequence(Cause::command(command).root(), 0)),
        content: new.content.clone(),
        task_type: new.task_type.clone(),
        created_at: now,
        created_by: command.by.clone(),
        metadata: new.metadata.clone(),
        summary: None,
        proposed: None,
        reason: None,
        traceparent: None,
        terms,
    };
    Blank { id: command.task_id, data, priority: new.priority, escalate: None }
}

/// The task, its clock running, with its first assignee if one was chosen.
pub(super) fn create(blank: Blank, chosen: Option<Chosen>, policy: &TaskPolicy, now: Timestamp) -> Change {
    let Blank { id, data, priority, escalate } = blank;
    let by = data.created_by.clone();
    let clock = policy.wind_up(&data.terms, now);
    let due_at = clock.first_due_at();
    let (chosen, offer) = match (chosen, data.terms.offer_hours) {
        (Some(chosen), Some(hours)) => (None, Some(offer(chosen, now, now.plus(hours.duration())))),
        (chosen, _) => (chosen, None),
    };
    let assignment = chosen.map(|chosen| assignment(id, chosen, &by, due_at, now));
    let state = TaskState {
        status: if assignment.is_some() { Status::Assigned } else { Status::Pending },
        assignment,
        offer,
        candidate_users: data.terms.candidate_users.clone(),
        candidate_groups: data.terms.candidate_groups.clone(),
        ..TaskState::pending(priority, clock)
    };
    let task = Task { id, version: 1, data, state, last_event: None };
    Change { events: events(&task, &by, escalate, now), task, ending: None }
}

fn events(task: &Task, by: &Principal, escalate: Option<String>, now: Timestamp) -> Vec<Event> {
    let created = told(task, by, now, Created { data: task.data.clone() });
    let mut events = vec![Event::TaskCreated(Box::new(created))];
    if let Some(assignment) = &task.state.assignment {
        let detail = Assigned {
            assignee: assignment.assignee_id.clone(),
            previous_assignee: None,
            how: HowAssigned::Strategy,
            reason: assignment.assignment_reason.clone(),
        };
        events.push(Event::TaskAssigned(Box::new(told(task, by, now, detail))));
    }
    if let Some(offer) = task.state.offer.clone() {
        events.push(Event::TaskOffered(Box::new(told(task, by, now, Offered { offer }))));
    }
    if let Some(reason) = escalate {
        events.push(requested(task, 1, by, reason, now));
    }
    events
}

fn assignment(
    id: TaskId,
    chosen: Chosen,
    by: &Principal,
    due_at: Option<Timestamp>,
    now: Timestamp,
) -> TaskAssignment {
    TaskAssignment {
        task_id: id,
        assignee_id: chosen.person,
        assigned_at: now,
        assigned_by: by.clone(),
        due_at,
        assignment_reason: chosen.reason,
        metadata: chosen.record,
        lease_until: None,
    }
}

fn or_default(groups: &[GroupId], policy: &TaskPolicy) -> Vec<GroupId> {
    if groups.is_empty() { policy.candidate_groups.clone() } else { groups.to_vec() }
}
