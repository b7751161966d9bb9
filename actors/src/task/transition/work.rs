//! Getting a task, giving it on, giving it back, beginning it.

use tracerail_schemas::content::Metadata;
use tracerail_schemas::event::{Assigned, HowAssigned, Plain, Released, Updated};
use tracerail_schemas::task::{Status, Target, TaskAssignment};
use tracerail_schemas::{Code, Event, PersonId};

use super::Context;
use crate::task::change::{Change, Step};
use crate::task::refused::Refused;

pub(super) fn claim(context: Context<'_>) -> Change {
    let taken = match &context.task.state.offer {
        Some(_) => return accept(context),
        None => Taken { how: HowAssigned::Claim, reason: "claimed".to_owned(), metadata: Metadata::new() },
    };
    give(context, &context.by.id.clone(), taken)
}

/// Takes what was offered. Who is not offered it cannot come here.
pub(super) fn accept(context: Context<'_>) -> Change {
    let offer = context.task.state.offer.clone();
    let (reason, metadata) = offer.map(|offer| (offer.reason, offer.metadata)).unwrap_or_default();
    let taken = Taken { how: HowAssigned::Offer, reason: format!("accepted: {reason}"), metadata };
    give(context, &context.by.id.clone(), taken)
}

pub(super) fn assign(context: Context<'_>, to: &PersonId) -> Change {
    let reason = format!("assigned by {}", context.by);
    give(context, to, Taken { how: HowAssigned::Assign, reason, metadata: Metadata::new() })
}

pub(super) fn delegate(context: Context<'_>, to: &PersonId) -> Change {
    let reason = format!("delegated by {}", context.by);
    give(context, to, Taken { how: HowAssigned::Delegate, reason, metadata: Metadata::new() })
}

pub(super) fn release(context: Context<'_>) -> Change {
    let mut step = Step::from(context.task, context.by, context.now);
    step.state.assignment = None;
    step.go(Status::Pending);
    step.done(Released::default(), Event::TaskReleased)
}

/// A claim has run out. What is escalated stays so, with nobody at work on it.
pub(crate) fn lapse(context: Context<'_>, reason: String) -> Change {
    let mut step = Step::from(context.task, context.by, context.now);
    let previous_assignee = step.state.assignment.take().map(|assignment| assignment.assignee_id);
    if step.state.status != Status::Escalated {
        step.go(Status::Pending);
    }
    step.done(Released { reason: Some(reason), previous_assignee }, Event::TaskReleased)
}

/// A sign of life: the step itself prolongs the claim.
pub(super) fn heartbeat(context: Context<'_>) -> Result<Change, Refused> {
    let lease = context.task.state.assignment.as_ref().and_then(|assignment| assignment.lease_until);
    let Some((_, hours)) = lease.zip(context.task.data.terms.claim_lease_hours) else {
        let message = "the task was not claimed for a time: nothing runs out";
        return Err(Refused::new(Code::CommandInvalid, message));
    };
    let lease_until = Some(context.now.plus(hours.duration()));
    let detail = Updated { lease_until, ..Updated::default() };
    Ok(Step::from(context.task, context.by, context.now).done(detail, Event::TaskUpdated))
}

pub(super) fn start(context: Context<'_>) -> Change {
    let mut step = Step::from(context.task, context.by, context.now);
    step.state.started_at.get_or_insert(context.now);
    step.state.clock.meet(Target::Start, context.now);
    step.go(Status::InProgress);
    step.done(Plain {}, Event::TaskStarted)
}

/// How somebody comes to a task, and why they do.
struct Taken {
    how: HowAssigned,
    reason: String,
    metadata: Metadata,
}

fn give(context: Context<'_>, to: &PersonId, taken: Taken) -> Change {
    let Taken { how, reason, metadata } = taken;
    // What people take for themselves is theirs for a time; what they are given is theirs until it is taken from them.
    let lease = context
        .task
        .data
        .terms
        .claim_lease_hours
        .filter(|_| matches!(how, HowAssigned::Claim | HowAssigned::Offer));
    let mut step = Step::from(context.task, context.by, context.now);
    step.state.assignment = Some(TaskAssignment {
        task_id: context.task.id,
        assignee_id: to.clone(),
        assigned_at: context.now,
        assigned_by: context.by.clone(),
        due_at: step.state.due_at,
        assignment_reason: reason.clone(),
        metadata,
        lease_until: lease.map(|hours| context.now.plus(hours.duration())),
    });
    step.go(Status::Assigned);
    let previous_assignee = context.task.assignee().cloned();
    if how == HowAssigned::Delegate {
        let hands = previous_assignee.iter().chain([to]);
        let new: Vec<_> = hands.filter(|one| !step.state.delegates.contains(one)).cloned().collect();
        step.state.delegates.extend(new);
    }
    step.done(Assigned { assignee: to.clone(), previous_assignee, how, reason }, Event::TaskAssigned)
}
