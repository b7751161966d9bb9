//! Why a command is refused.

use tracerail_schemas::Code;
use tracerail_schemas::task::{Refusal, Task, lifecycle};

/// Why a command is refused, before it is known where the task stands.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Refused {
    code: Code,
    message: String,
}

impl Refused {
    /// A refusal with this code and these words.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// The refusal of a command for this task.
    pub(crate) fn of(self, task: Option<&Task>) -> Refusal {
        let status = task.map(|task| task.state.status);
        Refusal {
            code: self.code,
            message: self.message,
            status,
            version: task.map(|task| task.version),
            legal_commands: lifecycle::legal(status),
        }
    }
}
