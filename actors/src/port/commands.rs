//! Commands that another process answers: one that has the task actor, where this one has not.

use async_trait::async_trait;
use tracerail_schemas::Code;
use tracerail_schemas::task::{Command, CommandAnswer};

/// Where commands are given.
///
/// Obligations:
/// - An answer means that the command has its effect, or never will; a refusal is an answer.
/// - The same command again gets the first answer again, whichever process answers it.
/// - `OutcomeUnknown` promises nothing: the command may or may not have taken effect.
#[async_trait]
pub trait Commands: Send + Sync {
    /// Gives a command, and waits for its answer.
    async fn command(&self, command: Command) -> Result<CommandAnswer, CommandError>;
}

/// Why a command has no answer. A refusal is an answer.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CommandError {
    /// The actors are stopped.
    #[error("the actors are stopped")]
    Stopped,
    /// No process with the task actor can be reached. The command has no effect.
    #[error("nobody answers commands: {why}")]
    Nobody {
        /// What was seen.
        why: String,
    },
    /// Something failed on the way. The command may or may not have taken effect; the same command id again tells.
    #[error("the command failed: {why}")]
    Failed {
        /// What was seen.
        why: String,
    },
}

impl CommandError {
    /// The code users see.
    pub fn code(&self) -> Code {
        match self {
            Self::Stopped | Self::Nobody { .. } => Code::StoreUnavailable,
            Self::Failed { .. } => Code::OutcomeUnknown,
        }
    }
}
