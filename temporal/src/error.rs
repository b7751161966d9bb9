//! What can go wrong between TraceRail and Temporal.

use temporalio_client::errors::{WorkflowInteractionError, WorkflowQueryError, WorkflowStartError};
use temporalio_client::tonic::{Code, Status};
use tracerail_actors::port::{CommandError, PortError, PortErrorKind};
use tracerail_schemas::TaskId;

/// Why something was not done. What a server did not answer may be asked again; what is refused is not worth it.
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
    /// Something that Temporal does not take, however often it is asked.
    #[error("Temporal will not {doing}: {why}")]
    Refused {
        /// What was asked.
        doing: &'static str,
        /// What it answered.
        why: String,
    },
    /// Something that was asked of TraceRail.
    #[error("TraceRail has not answered in time")]
    NotAnswered,
    /// A task that somebody waits for and TraceRail does not have.
    #[error(
        "TraceRail does not have task {task_id}, and somebody waits for it: if it was lost, `tracerail temporal rebuild` brings it back, \
         and the decision is given then"
    )]
    NoSuchTask {
        /// The task.
        task_id: TaskId,
    },
    /// A wait that nobody serves any more.
    #[error(
        "{workflow_id} waits on the task queue {there}, and this installation has {configured}: set temporal.task_queue (and \
         nats.subject_prefix) as they were, or terminate what waits there: each open task waits again"
    )]
    OtherQueue {
        /// The workflow that was found.
        workflow_id: String,
        /// Its task queue.
        there: String,
        /// The configured one.
        configured: String,
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
    pub(crate) fn temporal(doing: &'static str, error: &(dyn std::error::Error + 'static)) -> Self {
        let why = chain(error);
        if is_refused(error) { Self::Refused { doing, why } } else { Self::Temporal { doing, why } }
    }

    /// Whether it is about one task alone: others are not held up by it.
    pub(crate) fn is_about_one(&self) -> bool {
        match self {
            Self::Refused { .. } => true,
            Self::Port(error) => matches!(error.kind, PortErrorKind::Corrupt | PortErrorKind::Invalid),
            Self::Command(_)
            | Self::Temporal { .. }
            | Self::NotAnswered
            | Self::NoSuchTask { .. }
            | Self::OtherQueue { .. }
            | Self::ShardsDiffer { .. }
            | Self::ShardOfOthers { .. }
            | Self::Managed { .. }
            | Self::Settings { .. }
            | Self::Worker { .. } => false,
        }
    }
}

/// Whether the same would be answered again: it is too large, cannot be encoded, or is not what Temporal understands.
fn is_refused(error: &(dyn std::error::Error + 'static)) -> bool {
    let of_start = error.downcast_ref::<WorkflowStartError>();
    let of_interaction = error.downcast_ref::<WorkflowInteractionError>();
    let of_query = error.downcast_ref::<WorkflowQueryError>();
    let is_conversion = matches!(of_start, Some(WorkflowStartError::PayloadConversion(_)))
        || matches!(of_interaction, Some(WorkflowInteractionError::PayloadConversion(_)))
        || matches!(of_query, Some(WorkflowQueryError::PayloadConversion(_)));
    let status = if let Some(WorkflowStartError::Rpc(status)) = of_start {
        Some(status)
    } else if let Some(WorkflowInteractionError::Rpc(status)) = of_interaction {
        Some(status)
    } else if let Some(WorkflowQueryError::Rpc(status)) = of_query {
        Some(status)
    } else {
        None
    };
    is_conversion || status.is_some_and(is_for_ever)
}

fn is_for_ever(status: &Status) -> bool {
    let is_not_understood = matches!(status.code(), Code::InvalidArgument | Code::OutOfRange);
    // The same code as of a server that has too much to do.
    let is_too_large =
        status.code() == Code::ResourceExhausted && status.message().contains("larger than max");
    is_not_understood || is_too_large
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
