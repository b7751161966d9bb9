//! What Redis' failures mean for whoever asked.

use redis::{ErrorKind, RedisError};
use tracerail_actors::port::{PortError, PortErrorKind};

/// A failure of a call, before it is known what was tried.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum Failure {
    /// Redis said no, or nothing.
    #[error("{0}")]
    Redis(#[from] RedisError),
    /// What Redis holds is being made good; nobody is let in meanwhile.
    #[error("Redis at {address} is not in step with the event log: {why}; waiting until it is")]
    Closed {
        /// Where.
        address: String,
        /// What is known.
        why: String,
    },
    /// What came back is not what was written.
    #[error("what Redis holds cannot be read: {0}")]
    Unreadable(String),
    /// It cannot be taken on.
    #[error("{0}")]
    Refused(String),
}

/// What a failure says about the server behind it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Suspicion {
    /// Nothing.
    None,
    /// It may be another one than before, or one that has forgotten something.
    NotTheSame,
}

impl Failure {
    /// Whether it says that the server is not the one it was.
    pub(super) fn suspicion(&self) -> Suspicion {
        let Self::Redis(error) = self else { return Suspicion::None };
        match error.code() {
            Some("NOSCRIPT" | "NOMETA" | "NOTREADY") => Suspicion::NotTheSame,
            _ => Suspicion::None,
        }
    }

    /// Whether trying again cannot help: a wrong password, a right that is missing, an address that is none.
    pub(super) fn is_for_ever(&self) -> bool {
        let Self::Redis(error) = self else {
            return matches!(self, Self::Refused(_) | Self::Unreadable(_));
        };
        let denied = matches!(error.code(), Some("WRONGPASS" | "NOAUTH" | "NOPERM"));
        denied || matches!(error.kind(), ErrorKind::AuthenticationFailed | ErrorKind::InvalidClientConfig)
    }

    /// The failure of an operation.
    pub(super) fn during(self, operation: impl Into<String>) -> PortError {
        let kind = self.kind();
        PortError::new(operation, kind, self)
    }

    /// What kind of failure it is for whoever asked.
    pub(super) fn kind(&self) -> PortErrorKind {
        match self {
            Self::Closed { .. } => PortErrorKind::Unavailable,
            Self::Unreadable(_) => PortErrorKind::Corrupt,
            Self::Refused(_) => PortErrorKind::Invalid,
            Self::Redis(error) => match error.code() {
                Some("READONLY" | "NOREPLICAS") => PortErrorKind::ReadOnly,
                Some("OOM" | "MISCONF") => PortErrorKind::Full,
                // A script that was refused before its first write because the server is full.
                _ if error.to_string().contains("OOM ") => PortErrorKind::Full,
                _ if error.to_string().contains("READONLY ") => PortErrorKind::ReadOnly,
                _ if self.is_for_ever() => PortErrorKind::Invalid,
                Some(_) | None => PortErrorKind::Unavailable,
            },
        }
    }
}

impl From<tracerail_schemas::codec::CodecError> for Failure {
    fn from(error: tracerail_schemas::codec::CodecError) -> Self {
        Self::Unreadable(error.full())
    }
}
