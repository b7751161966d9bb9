//! Changes that leave the status as it is.

use tracerail_schemas::event::{Commented, Updated};
use tracerail_schemas::task::Priority;
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
    step.done(Updated { priority: Some(priority), due_at: None }, Event::TaskUpdated)
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
    Ok(step.done(Updated { priority: None, due_at: Some(due_at) }, Event::TaskUpdated))
}
