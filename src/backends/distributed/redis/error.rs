//! What Redis' failures mean for whoever asked.

use redis::{ErrorKind, RedisError};
use tracerail_actors::port::{PortError, PortErrorKind};

use crate::backends::distributed::tls::is_of_tls;

/// A failure of a call, before it is known what was tried.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum Failure {
    /// Redis said no, or nothing.
    #[error("{0}{cure}", cure = in_brackets(.0))]
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

    /// Whether the server answers, and will say no until somebody does something about it.
    pub(super) fn needs_somebody(&self) -> bool {
        matches!(self.kind(), PortErrorKind::ReadOnly | PortErrorKind::Full | PortErrorKind::Denied)
    }

    /// What helps, where that is known.
    pub(super) fn cure(&self) -> Option<&'static str> {
        let Self::Redis(error) = self else { return None };
        cure(error)
    }

    /// What kind of failure it is for whoever asked.
    pub(super) fn kind(&self) -> PortErrorKind {
        match self {
            Self::Closed { .. } => PortErrorKind::Unavailable,
            Self::Unreadable(_) => PortErrorKind::Corrupt,
            Self::Refused(_) => PortErrorKind::Invalid,
            Self::Redis(error) => match error.code() {
                _ if cannot_be_written(error) => PortErrorKind::ReadOnly,
                _ if is_full(error) => PortErrorKind::Full,
                _ if Denial::of(error).is_some() => PortErrorKind::Denied,
                _ if self.is_for_ever() => PortErrorKind::Invalid,
                Some(_) | None => PortErrorKind::Unavailable,
            },
        }
    }
}

/// What Redis 7.0 and later ones say to a script that may not run a command.
const IN_A_SCRIPT: [&str; 2] =
    ["The user executing the script can't run this command", "ACL failure in script"];

/// What lets a process not in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Denial {
    /// The user or its password is none.
    Credentials,
    /// The user may not do this.
    Rights,
    /// No trust.
    Tls,
}

impl Denial {
    /// What it is, if it is one.
    pub(super) fn of(error: &RedisError) -> Option<Self> {
        match error.code() {
            Some("WRONGPASS" | "NOAUTH") => Some(Self::Credentials),
            Some("NOPERM") => Some(Self::Rights),
            _ if error.kind() == ErrorKind::AuthenticationFailed => Some(Self::Credentials),
            // What a script was refused has no code of its own.
            _ if IN_A_SCRIPT.iter().any(|said| error.to_string().contains(said)) => Some(Self::Rights),
            _ if is_of_tls(error) => Some(Self::Tls),
            Some(_) | None => None,
        }
    }
}

/// Whether it is a replica, or lacks those it needs. What a script was refused has no code of its own.
fn cannot_be_written(error: &RedisError) -> bool {
    matches!(error.code(), Some("READONLY" | "NOREPLICAS")) || error.to_string().contains("READONLY ")
}

/// Whether its memory or its disk is full.
fn is_full(error: &RedisError) -> bool {
    matches!(error.code(), Some("OOM" | "MISCONF")) || error.to_string().contains("OOM ")
}

/// What helps, where that is known.
fn cure(error: &RedisError) -> Option<&'static str> {
    match Denial::of(error) {
        Some(Denial::Credentials) => Some("check redis.user and its password"),
        Some(Denial::Rights) => Some("give redis.user the rights that redis.acl has"),
        Some(Denial::Tls) => Some(
            "check redis.tls_ca, redis.tls_cert and redis.tls_key, and that the server's certificate has the name in redis.url",
        ),
        None if cannot_be_written(error) => {
            Some("let redis.url name the master, or make this one the master with `REPLICAOF NO ONE`")
        }
        None if error.code() == Some("MISCONF") => Some("make room on the disk of Redis, and see its log"),
        None if is_full(error) => Some("raise `maxmemory` of Redis"),
        None => None,
    }
}

/// The same after a space; nothing where it is not known.
fn in_brackets(error: &RedisError) -> String {
    cure(error).map_or_else(String::new, |cure| format!(" ({cure})"))
}

impl From<tracerail_schemas::codec::CodecError> for Failure {
    fn from(error: tracerail_schemas::codec::CodecError) -> Self {
        Self::Unreadable(error.full())
    }
}
