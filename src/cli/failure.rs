//! How a command can fail to be done.

use std::io;

use tracerail_schemas::Code;

use super::exit::Exit;
use crate::config::ConfigError;
use crate::error::Error;

/// Why a command was not done.
#[derive(Debug)]
pub(crate) enum Failure {
    /// An error that has still to be told.
    Error(Error),
    /// Everything was told already; only the exit code is left.
    Told(Exit),
}

impl Failure {
    /// An error with this code.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self::Error(Error::new(code, message))
    }

    /// A command line that makes no sense.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Code::UsageInvalid, message)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let code = error.code();
        let text = match &error {
            ConfigError::Unreadable { source, .. } => format!("{error}\n{source}"),
            ConfigError::Invalid(_) => error.to_string(),
        };
        Self::new(code, text)
    }
}

/// Of writing to standard output: whoever read it has gone, which is how `| head` ends, or the disk is full.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::Told(Exit::Ok)
        } else {
            Self::new(Code::Internal, format!("the output cannot be written: {error}"))
        }
    }
}
