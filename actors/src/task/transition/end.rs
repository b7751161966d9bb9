//! Ends without a decision.

use tracerail_schemas::Event;
use tracerail_schemas::content::Outcome;
use tracerail_schemas::event::Cancelled;
use tracerail_schemas::task::Status;

use super::Context;
use crate::task::change::{Change, Ending, Step};

pub(super) fn cancel(context: Context<'_>, reason: &str) -> Change {
    end(context, Outcome::Cancelled, reason.to_owned())
}

pub(super) fn expire(context: Context<'_>) -> Change {
    end(context, Outcome::Expired, "nobody decided in time".to_owned())
}

fn end(context: Context<'_>, outcome: Outcome, reason: String) -> Change {
    let mut step = Step::from(context.task, context.by, context.now);
    step.state.cancel_reason = Some(reason.clone());
    step.close(Status::Cancelled);
    let ending = Ending { outcome, decided_by: context.by.clone(), reason: reason.clone() };
    step.done(Cancelled { outcome, reason }, Event::TaskCancelled).ending(ending)
}
