//! Standing still and going on, the clock along with the task.

use tracerail_schemas::event::{Plain, Suspended};
use tracerail_schemas::task::{DeadlineAction, Status};
use tracerail_schemas::{Code, Event, Principal, Timestamp};

use super::{Context, escalate};
use crate::task::change::{Change, Step};
use crate::task::refused::Refused;

pub(super) fn suspend(
    context: Context<'_>,
    until: Option<Timestamp>,
    reason: &str,
) -> Result<Change, Refused> {
    if let Some(until) = until
        && until <= context.now
    {
        return Err(Refused::new(
            Code::CommandInvalid,
            format!("{until} is past; a task is suspended until later"),
        ));
    }
    let mut step = Step::from(context.task, context.by, context.now);
    step.state.suspended_from = Some(step.state.status);
    step.state.suspended_until = until;
    step.go(Status::Suspended);
    step.state.clock.pause(context.now);
    step.state.due_at = None;
    Ok(step.done(Suspended { reason: reason.to_owned(), until }, Event::TaskSuspended))
}

pub(super) fn resume(context: Context<'_>) -> Change {
    let mut step = Step::from(context.task, context.by, context.now);
    let back_to = step.state.suspended_from.take().unwrap_or(Status::Pending);
    // A suspension that was to end by itself has ended then, however late somebody notices.
    let goes_on_at = step.state.suspended_until.take().map_or(context.now, |until| until.min(context.now));
    // Where it was escalated from is still known: suspending does not forget it.
    let escalated_from = step.state.previous_status;
    step.go(back_to);
    if back_to == Status::Escalated {
        step.state.previous_status = escalated_from;
    }
    step.state.clock.resume(goes_on_at);
    step.state.due_at = step.state.clock.first_due_at();
    let change = step.done(Plain {}, Event::TaskResumed);
    match owed_level(&change) {
        Some(level) => {
            let reason = format!("level {level} had fallen due before the task was suspended");
            let request =
                escalate::requested(&change.task, level, &Principal::system("sla"), reason, context.now);
            change.and(request)
        }
        None => change,
    }
}

/// The level of a breach whose escalation the suspension overtook.
fn owed_level(change: &Change) -> Option<u32> {
    let state = &change.task.state;
    let breaches = state.clock.breaches.iter().filter(|breach| breach.action == DeadlineAction::Escalate);
    breaches.map(|breach| breach.level).max().filter(|level| *level > state.escalation_level)
}
