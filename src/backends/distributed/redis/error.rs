//! What Redis' failures mean for whoever asked.

use redis::{ErrorKind, RedisError};
use tracerail_actors::port::{PortError, PortErrorKind};

use crate::backends::distributed::tls::is_of_tls;

/// A failure of a call, before it is known what was tried.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum Failure {
    /// Redis said no, or nothing.
    #[error("{0}{cure}", cure = cure(.0))]
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
        Denial::of(error).is_some() || error.kind() == ErrorKind::InvalidClientConfig
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
                _ if Denial::of(error).is_some() => PortErrorKind::Denied,
                _ if self.is_for_ever() => PortErrorKind::Invalid,
                Some(_) | None => PortErrorKind::Unavailable,
            },
        }
    }
}

/// What lets a process not in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Denial {
    Credentials,
    Rights,
    Tls,
}

impl Denial {
    fn of(error: &RedisError) -> Option<Self> {
        match error.code() {
            Some("WRONGPASS" | "NOAUTH") => Some(Self::Credentials),
            Some("NOPERM") => Some(Self::Rights),
            _ if error.kind() == ErrorKind::AuthenticationFailed => Some(Self::Credentials),
            _ if is_of_tls(error) => Some(Self::Tls),
            Some(_) | None => None,
        }
    }
}

/// What helps against being denied something, after a space; nothing for anything else.
fn cure(error: &RedisError) -> &'static str {
    match Denial::of(error) {
        Some(Denial::Credentials) => " (check redis.user and its password)",
        Some(Denial::Rights) => " (give redis.user the rights that redis.acl has)",
        Some(Denial::Tls) => {
            " (check redis.tls_ca, redis.tls_cert and redis.tls_key, and that the server's certificate has the name in redis.url)"
        }
        None => "",
    }
}

impl From<tracerail_schemas::codec::CodecError> for Failure {
    fn from(error: tracerail_schemas::codec::CodecError) -> Self {
        Self::Unreadable(error.full())
    }
}
