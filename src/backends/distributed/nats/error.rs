//! Why the bus cannot be used, and how that looks through the ports.

use std::time::Duration;

use tracerail_actors::port::{PortError, PortErrorKind};
use tracerail_schemas::Code;

/// Why the bus cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NatsError {
    /// The settings make no sense.
    #[error("the settings of NATS cannot be used: {0}")]
    Settings(String),
    /// No server answers.
    #[error("no NATS server answers at {urls} after {}s: {why} (is it running, is the address right?)", after.as_secs())]
    Unreachable {
        /// The addresses.
        urls: String,
        /// How long it was tried.
        after: Duration,
        /// What was seen last.
        why: String,
    },
    /// The server does not let this user in.
    #[error(
        "NATS at {urls} refuses the credentials: {why} (check user and password, key, token or credentials file)"
    )]
    Refused {
        /// The addresses.
        urls: String,
        /// What was seen.
        why: String,
    },
    /// There is no secure connection.
    #[error(
        "no TLS connection to NATS at {urls}: {why} (check nats.tls_ca, nats.tls_cert and nats.tls_key, and that the server's certificate has the name in nats.url)"
    )]
    Tls {
        /// The addresses.
        urls: String,
        /// What was seen.
        why: String,
    },
    /// Streams or consumers are not there.
    #[error(
        "NATS is not set up: {} missing (run `tracerail setup` with the admin user; if they were there before, restore them from a backup)",
        missing.join(", ")
    )]
    NotSetUp {
        /// What is missing.
        missing: Vec<String>,
    },
    /// Streams or consumers are not as they were made.
    #[error("NATS does not hold what it should: {}", problems.join("; "))]
    Damaged {
        /// What differs.
        problems: Vec<String>,
    },
    /// The server answers, but not this.
    #[error("NATS cannot {operation}: {why}")]
    Server {
        /// What was tried.
        operation: String,
        /// What was seen.
        why: String,
    },
}

impl NatsError {
    /// The code users see.
    pub const fn code(&self) -> Code {
        match self {
            Self::Settings(_) | Self::Tls { .. } => Code::ConfigInvalid,
            Self::Refused { .. } => Code::CredentialsRefused,
            Self::NotSetUp { .. } => Code::NotSetUp,
            Self::Damaged { .. } => Code::StoreCorrupt,
            Self::Unreachable { .. } | Self::Server { .. } => Code::StoreUnavailable,
        }
    }

    /// What a port says of it.
    pub(super) fn during(self, operation: &str) -> PortError {
        let kind = match &self {
            Self::Settings(_) => PortErrorKind::Invalid,
            Self::Refused { .. } | Self::Tls { .. } => PortErrorKind::Denied,
            Self::NotSetUp { .. } | Self::Damaged { .. } => PortErrorKind::Corrupt,
            Self::Unreachable { .. } | Self::Server { .. } => PortErrorKind::Unavailable,
        };
        PortError::new(operation, kind, self)
    }
}

/// The bus does not answer now.
pub(super) fn away(operation: impl Into<String>, why: impl std::fmt::Display) -> PortError {
    PortError::new(operation, PortErrorKind::Unavailable, why.to_string())
}

/// The bus answered with something that is no answer.
pub(super) fn unreadable(operation: impl Into<String>, why: impl std::fmt::Display) -> PortError {
    PortError::new(operation, PortErrorKind::Corrupt, why.to_string())
}
