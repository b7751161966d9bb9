//! To which trace a command belongs.

use tracerail_schemas::task::{Command, CommandAnswer, CommandOutcome, Task};

use super::actor::TaskActor;
use crate::deliver::HandlerError;
use crate::port::{Ending, Traced, Work};

impl TaskActor {
    /// A command on a task belongs to the trace of the item, and has to do with the span of whoever gave it.
    pub(super) fn trace(&self, command: &Command, task: Option<&Task>) -> Traced {
        let own = command.traceparent.as_deref();
        let of_task = task.and_then(|task| task.data.traceparent.as_deref());
        self.ports.tracing.begin(&Work {
            doing: "command",
            what: command.verb.kind().as_str(),
            actor: "task",
            about: &command.task_id.to_string(),
            parent: of_task.or(own),
            link: of_task.and(own),
        })
    }
}

/// How a command ended, for its span.
pub(super) fn ending(answer: &Result<CommandAnswer, HandlerError>) -> Ending {
    match answer {
        Ok(CommandAnswer { outcome: CommandOutcome::Done { .. }, .. }) => Ending::Done,
        Ok(CommandAnswer { outcome: CommandOutcome::Refused(refusal), .. }) => {
            Ending::Not(refusal.code.as_str())
        }
        Err(error) => Ending::Not(error.kind()),
    }
}
