//! Changes that leave the status as it is.

use tracerail_schemas::event::{Commented, FollowUpDue, Updated};
use tracerail_schemas::task::{Priority, SlaClock, Status, Target};
use tracerail_schemas::{Code, Event, Timestamp};

use super::Context;
use crate::task::change::{Change, Step};
use crate::task::refused::Refused;

/// The longest comment, in bytes: a remark, not a second content.
const COMMENT_BYTES_MAX: usize = 16 * 1024;

pub(super) fn comment(context: Context<'_>, text: &str) -> Result<Change, Refused> {
    if text.trim().is_empty() || text.len() > COMMENT_BYTES_MAX {
        let message = format!("a comment has 1 to {COMMENT_BYTES_MAX} bytes, not {}", text.len());
        return Err(Refused::new(Code::CommandInvalid, message));
    }
    let mut step = Step::from(context.task, context.by, context.now);
    step.state.comments += 1;
    Ok(step.done(Commented { text: text.to_owned() }, Event::TaskCommented))
}

pub(super) fn set_priority(context: Context<'_>, priority: Priority) -> Change {
    let mut step = Step::from(context.task, context.by, context.now);
    step.state.priority = priority;
    step.done(Updated { priority: Some(priority), ..Updated::default() }, Event::TaskUpdated)
}

pub(super) fn set_due(context: Context<'_>, due_at: Timestamp) -> Result<Change, Refused> {
    if due_at <= context.now {
        return Err(Refused::new(Code::CommandInvalid, format!("{due_at} is past; a due date lies ahead")));
    }
    let mut step = Step::from(context.task, context.by, context.now);
    if step.state.clock.set_due(due_at).is_none() {
        let message = "the clock stands still while the task is suspended: resume it first";
        return Err(Refused::new(Code::CommandInvalid, message));
    }
    // With a calendar, one between two working days is the end of the first.
    let due_at = step.state.clock.first_due_at().unwrap_or(due_at);
    step.state.due_at = Some(due_at);
    Ok(step.done(Updated { due_at: Some(due_at), ..Updated::default() }, Event::TaskUpdated))
}

pub(super) fn set_follow_up(context: Context<'_>, at: Option<Timestamp>) -> Result<Change, Refused> {
    if let Some(at) = at
        && at <= context.now
    {
        return Err(Refused::new(Code::CommandInvalid, format!("{at} is past; a reminder lies ahead")));
    }
    let mut step = Step::from(context.task, context.by, context.now);
    step.state.follow_up_at = at;
    Ok(step.done(Updated { follow_up_at: at, ..Updated::default() }, Event::TaskUpdated))
}

/// It is time to remind somebody.
pub(crate) fn remind(context: Context<'_>, follow_up_at: Timestamp) -> Change {
    let mut step = Step::from(context.task, context.by, context.now);
    step.state.follow_up_at = None;
    let assignee = context.task.assignee().cloned();
    step.done(FollowUpDue { follow_up_at, assignee }, Event::TaskFollowUpDue)
}

/// The clock as the configuration has it now. What was used stays used, what was fired stays fired.
pub(super) fn recompute_sla(context: Context<'_>, fresh: Option<&SlaClock>) -> Result<Change, Refused> {
    let Some(fresh) = fresh else {
        return Err(Refused::new(
            Code::Internal,
            "the clock was not wound up before the command was decided",
        ));
    };
    if let Some(unknown) = &fresh.unknown_policy {
        let message = format!("there is no escalation policy {unknown:?} in the configuration");
        return Err(Refused::new(Code::CommandInvalid, message));
    }
    let mut step = Step::from(context.task, context.by, context.now);
    let before = step.state.clock.clone();
    step.state.clock.rewind(fresh.clone(), context.now);
    if step.state.started_at.is_some() {
        step.state.clock.meet(Target::Start, context.now);
    }
    if step.state.status == Status::WaitingReview {
        step.state.clock.resume_review(&before, context.now);
    }
    step.state.due_at = step.state.clock.first_due_at();
    let detail = Updated {
        due_at: step.state.due_at,
        escalation_policy: Some(step.state.clock.policy.clone()),
        ..Updated::default()
    };
    Ok(step.done(detail, Event::TaskUpdated))
}
