//! What users see when something cannot be done: a stable code, what happened, and what to do about it.

use tracerail_actors::port::CommandError;
use tracerail_actors::port::PortError;
use tracerail_actors::system::StartError;
use tracerail_schemas::{Code, ContentKey};

/// An error for users. `explain` has the page of each code.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store or log failed.
    #[error("{}: {}", .0.code(), .0.chain())]
    Port(#[from] PortError),
    /// A command has no answer.
    #[error("{}: {}", .0.code(), .0)]
    Command(#[from] CommandError),
    /// The actors did not start.
    #[error("{}: {}", code_of_start(.0), reason_of_start(.0))]
    Start(#[from] StartError),
    /// The id belongs to another content.
    #[error(
        "{}: another content with the id {key} came in at {since}; the first is untouched, this one was not taken in",
        Code::ContentIdConflict
    )]
    ContentIdConflict {
        /// The id.
        key: ContentKey,
        /// When the first came in.
        since: tracerail_schemas::Timestamp,
    },
    /// Anything else with a code of its own.
    #[error("{code}: {message}")]
    Other {
        /// The code.
        code: Code,
        /// What happened and what to do.
        message: String,
    },
}

impl Error {
    /// An error with this code.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self::Other { code, message: message.into() }
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::Port(error) => error.code(),
            Self::Command(error) => error.code(),
            Self::Start(error) => code_of_start(error),
            Self::ContentIdConflict { .. } => Code::ContentIdConflict,
            Self::Other { code, .. } => *code,
        }
    }
}

fn code_of_start(error: &StartError) -> Code {
    match error {
        StartError::Port(error) => error.code(),
        StartError::Thread(_) | StartError::Ended => Code::Internal,
    }
}

fn reason_of_start(error: &StartError) -> String {
    match error {
        StartError::Port(error) => error.chain(),
        StartError::Thread(source) => format!("{error}: {source}"),
        StartError::Ended => error.to_string(),
    }
}

/// An error with all that is underneath, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
