//! Getting a task, giving it on, giving it back, beginning it.

use tracerail_schemas::PersonId;
use tracerail_schemas::event::{Assigned, HowAssigned, Plain};
use tracerail_schemas::task::{Status, Target, TaskAssignment};
use tracerail_schemas::{Event, content};

use super::Context;
use crate::task::change::{Change, Step};

pub(super) fn claim(context: Context<'_>) -> Change {
    give(context, &context.by.id.clone(), HowAssigned::Claim, "claimed".to_owned())
}

pub(super) fn assign(context: Context<'_>, to: &PersonId) -> Change {
    give(context, to, HowAssigned::Assign, format!("assigned by {}", context.by))
}

pub(super) fn delegate(context: Context<'_>, to: &PersonId) -> Change {
    give(context, to, HowAssigned::Delegate, format!("delegated by {}", context.by))
}

pub(super) fn release(context: Context<'_>) -> Change {
    let mut step = Step::from(context.task, context.by, context.now);
    step.state.assignment = None;
    step.go(Status::Pending);
    step.done(Plain {}, Event::TaskReleased)
}

pub(super) fn start(context: Context<'_>) -> Change {
    let mut step = Step::from(context.task, context.by, context.now);
    step.state.started_at.get_or_insert(context.now);
    step.state.clock.meet(Target::Start, context.now);
    step.go(Status::InProgress);
    step.done(Plain {}, Event::TaskStarted)
}

fn give(context: Context<'_>, to: &PersonId, how: HowAssigned, reason: String) -> Change {
    let mut step = Step::from(context.task, context.by, context.now);
    step.state.assignment = Some(TaskAssignment {
        task_id: context.task.id,
        assignee_id: to.clone(),
        assigned_at: context.now,
        assigned_by: context.by.clone(),
        due_at: step.state.due_at,
        assignment_reason: reason.clone(),
        metadata: content::Metadata::new(),
    });
    step.go(Status::Assigned);
    let previous_assignee = context.task.assignee().cloned();
    step.done(Assigned { assignee: to.clone(), previous_assignee, how, reason }, Event::TaskAssigned)
}
