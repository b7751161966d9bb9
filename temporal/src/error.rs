//! What can go wrong between TraceRail and Temporal.

use tracerail_actors::port::{CommandError, PortError};

/// Why something was not done. Everything here may be tried again.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// TraceRail's store or log.
    #[error("TraceRail: {}", .0.chain())]
    Port(#[from] PortError),
    /// A command that got no answer.
    #[error("TraceRail: {0}")]
    Command(#[from] CommandError),
    /// Something that was asked of Temporal.
    #[error("Temporal cannot {doing}: {why}")]
    Temporal {
        /// What was asked.
        doing: &'static str,
        /// What it answered.
        why: String,
    },
    /// Shards of another number.
    #[error(
        "{workflow_id} is one of {there} shards of waits, and temporal.shards is {configured}: set it to {there}; or, to change it, end \
         `tracerail temporal run`, terminate the shards (`temporal workflow terminate --query \"WorkflowType='TaskManagementWorkflow'\"`) \
         and start it again: each open task waits again"
    )]
    ShardsDiffer {
        /// The workflow that was found.
        workflow_id: String,
        /// Of how many shards it is one.
        there: u32,
        /// How many there should be.
        configured: u32,
    },
    /// A shard somebody else has.
    #[error(
        "{workflow_id} is not of this installation (task queue {task_queue}): several in one namespace need their own nats.subject_prefix"
    )]
    ShardOfOthers {
        /// The workflow that was found.
        workflow_id: String,
        /// The task queue of this installation.
        task_queue: String,
    },
    /// Something managed mode does not do.
    #[error("temporal.mode is managed: {why}")]
    Managed {
        /// What, and what to do.
        why: &'static str,
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
