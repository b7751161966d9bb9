//! What can go wrong between TraceRail and Temporal.

use tracerail_actors::port::{CommandError, PortError};
use tracerail_schemas::TaskId;

/// Why something was not done. Everything here may be tried again.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// TraceRail's store or log.
    #[error("TraceRail: {}", .0.chain())]
    Port(#[from] PortError),
    /// A command that got no answer.
    #[error("TraceRail: {0}")]
    Command(#[from] CommandError),
    /// A deadline nobody fires.
    #[error(
        "a deadline of task {task_id} has passed and nobody fires it: is a process with the actor sla running (`tracerail run`)?"
    )]
    NotFired {
        /// The task.
        task_id: TaskId,
    },
    /// Something that was asked of Temporal.
    #[error("Temporal cannot {doing}: {why}")]
    Temporal {
        /// What was asked.
        doing: &'static str,
        /// What it answered.
        why: String,
    },
    /// Settings of Temporal's own, in its file or the environment.
    #[error("the settings of Temporal (TEMPORAL_* and its configuration file) cannot be used: {why}")]
    Settings {
        /// What is wrong.
        why: String,
    },
    /// The thread of the worker.
    #[error("the worker cannot run: {why}")]
    Worker {
        /// What was seen.
        why: String,
    },
}

impl Error {
    /// Of something asked of Temporal.
    pub(crate) fn temporal(doing: &'static str, error: &dyn std::error::Error) -> Self {
        Self::Temporal { doing, why: chain(error) }
    }
}

/// An error with all that is underneath, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let said = error.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        source = error.source();
    }
    text
}
