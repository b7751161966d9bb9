//! Why a port could not do what it was asked, and whether asking again helps.

use std::time::Duration;

use tracerail_schemas::Code;

/// Whether asking again can help.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Retry {
    /// No.
    Never,
    /// After this long.
    After(Duration),
}

/// What kind of failure it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PortErrorKind {
    /// The thing behind the port does not answer now: locked, restarting, unreachable.
    Unavailable,
    /// It answers, but refuses to be written.
    ReadOnly,
    /// It has no room left.
    Full,
    /// What it holds is damaged, or is none of ours.
    Corrupt,
    /// What it holds was written by a newer TraceRail.
    TooNew,
    /// It answers, but does not let this process in, or not do this: a password, a right, a certificate.
    Denied,
    /// It was asked for something that cannot be.
    Invalid,
    /// It was shut down.
    Closed,
}

/// A failure of a port: what was tried, on what, and why it failed.
#[derive(Debug, thiserror::Error)]
#[error("{operation} failed")]
pub struct PortError {
    /// What was tried, for example `commit` or `read task 0199...`.
    pub operation: String,
    /// What kind of failure it is.
    pub kind: PortErrorKind,
    /// The failure underneath.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

impl PortError {
    /// A failure of `operation`.
    pub fn new(
        operation: impl Into<String>,
        kind: PortErrorKind,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self { operation: operation.into(), kind, source: source.into() }
    }

    /// Whether asking again can help.
    pub fn retry(&self) -> Retry {
        match self.kind {
            PortErrorKind::Unavailable => Retry::After(Duration::from_millis(200)),
            // Somebody has to put it right; what waits for that is not to blame.
            PortErrorKind::Full | PortErrorKind::ReadOnly | PortErrorKind::Denied => {
                Retry::After(Duration::from_secs(2))
            }
            PortErrorKind::Corrupt
            | PortErrorKind::TooNew
            | PortErrorKind::Invalid
            | PortErrorKind::Closed => Retry::Never,
        }
    }

    /// The code users see.
    pub fn code(&self) -> Code {
        match self.kind {
            PortErrorKind::Unavailable | PortErrorKind::Closed => Code::StoreUnavailable,
            PortErrorKind::ReadOnly => Code::StoreReadOnly,
            PortErrorKind::Full => Code::StoreFull,
            PortErrorKind::Corrupt => Code::StoreCorrupt,
            PortErrorKind::TooNew => Code::StoreTooNew,
            PortErrorKind::Denied => Code::CredentialsRefused,
            PortErrorKind::Invalid => Code::Internal,
        }
    }

    /// The failure with all that is underneath, in one line.
    pub fn chain(&self) -> String {
        let mut line = self.to_string();
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&*self.source);
        while let Some(error) = cause {
            line.push_str(": ");
            line.push_str(&error.to_string());
            cause = error.source();
        }
        line
    }
}
