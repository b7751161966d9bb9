//! What is wrong with a configuration, where, and what to do.

use std::fmt;
use std::io;
use std::path::PathBuf;

use tracerail_schemas::Code;

use super::origin::Origin;

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file that was asked for cannot be read.
    #[error(
        "the configuration file {} cannot be read\nhelp: check the path given by --config or TRACERAIL_CONFIG",
        path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A value, a key or the form of a file is wrong.
    #[error("{0}")]
    Invalid(Box<Wrong>),
}

impl ConfigError {
    /// The code whose page explains it.
    pub fn code(&self) -> Code {
        match self {
            Self::Unreadable { .. } | Self::Invalid(_) => Code::ConfigInvalid,
        }
    }
}

/// What is wrong, where, and what to do about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wrong {
    /// Where it stands: a place in a file, a variable, the command line.
    pub origin: Origin,
    /// What is wrong.
    pub message: String,
    /// The line of the file, with a mark below.
    pub snippet: Option<String>,
    /// What to do.
    pub help: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.message)?;
        if let Some(snippet) = &self.snippet {
            write!(f, "\n{snippet}")?;
        }
        write!(f, "\nhelp: {}", self.help)
    }
}

/// A key whose value cannot be used, before it is known where the value stands.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) key: String,
    pub(super) message: String,
    pub(super) help: String,
}

impl Problem {
    pub(super) fn new(key: impl Into<String>, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { key: key.into(), message: message.into(), help: help.into() }
    }

    /// The error, once it is known where the key was set.
    pub(super) fn at(self, origin: Origin, snippet: Option<String>) -> ConfigError {
        let message = format!("{}: {}", self.key, self.message);
        ConfigError::Invalid(Box::new(Wrong { origin, message, snippet, help: self.help }))
    }
}
