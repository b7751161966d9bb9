//! What a command gets back.

use serde::{Deserialize, Serialize};

use crate::code::Code;
use crate::ids::{CommandId, TaskId};
use crate::task::kind::CommandKind;
use crate::task::status::Status;

/// The answer to a command. Stored with its effect: a repeat gets it again.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CommandAnswer {
    /// The command.
    pub command_id: CommandId,
    /// The task.
    pub task_id: TaskId,
    /// What came of it.
    pub outcome: CommandOutcome,
}

/// What came of a command.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CommandOutcome {
    /// It took effect.
    Done {
        /// The task's version since.
        version: u64,
        /// Its status since.
        status: Status,
    },
    /// It did not, and will not on repetition.
    Refused(Refusal),
}

/// Why a command was refused, and what could be asked instead.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Refusal {
    /// The stable code of the error.
    pub code: Code,
    /// What is wrong, for people.
    pub message: String,
    /// The task's status, where there is a task.
    #[serde(default)]
    pub status: Option<Status>,
    /// The task's version, where there is a task.
    #[serde(default)]
    pub version: Option<u64>,
    /// What the life cycle allows in that status.
    #[serde(default)]
    pub legal_commands: Vec<CommandKind>,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)?;
        if !self.legal_commands.is_empty() {
            let legal: Vec<_> = self.legal_commands.iter().map(|kind| kind.as_str()).collect();
            write!(f, " (possible now: {})", legal.join(", "))?;
        }
        Ok(())
    }
}
