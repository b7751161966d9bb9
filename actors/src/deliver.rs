//! What the pump sends to an actor, and what the actor may answer.

use std::time::Duration;

use actix::Message;
use serde::de::DeserializeOwned;
use tracerail_schemas::codec::{self, CodecError, Limits};

use crate::port::{Delivery, Giveup, PortError, Retry};

/// One event for an actor.
#[derive(Debug)]
pub(crate) struct Deliver {
    /// The event.
    pub(crate) delivery: Delivery,
    /// Whether this is the last try: handle it without the part that keeps failing, so that a person gets it.
    pub(crate) last_resort: bool,
}

impl Message for Deliver {
    type Result = Result<(), HandlerError>;
}

/// Why an event is not handled. What is handled is acknowledged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HandlerError {
    /// Something the actor needs is away. Not the event's fault, and not counted.
    #[error("{why}")]
    Away {
        /// What was seen.
        why: String,
        /// When to try again.
        retry_after: Duration,
    },
    /// What it is about is not there yet, and most likely on its way. Not counted, and nothing else waits for it.
    #[error("{why}")]
    NotYet {
        /// What was seen.
        why: String,
        /// When to try again.
        retry_after: Duration,
    },
    /// What it was decided on changed meanwhile. Try again at once; not counted.
    #[error("what it was decided on has changed")]
    Overtaken,
    /// A newer process will understand it.
    #[error("only a newer version understands it: {why}")]
    TooNew {
        /// What was seen.
        why: String,
    },
    /// Nobody will ever understand it.
    #[error("{}", .0.cause)]
    Hopeless(Giveup),
    /// It went wrong. This counts.
    #[error("{why}")]
    Failed {
        /// What was seen.
        why: String,
    },
}

impl HandlerError {
    /// What kind of reason it is, in a word of ours: it goes where the reason itself must not.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Away { .. } => "away",
            Self::Overtaken => "overtaken",
            Self::NotYet { .. } => "not yet",
            Self::TooNew { .. } => "too new",
            Self::Hopeless(giveup) => giveup.code.as_str(),
            Self::Failed { .. } => "failed",
        }
    }
}

impl From<PortError> for HandlerError {
    fn from(error: PortError) -> Self {
        match error.retry() {
            Retry::After(retry_after) => Self::Away { why: error.chain(), retry_after },
            Retry::Never => Self::Failed { why: error.chain() },
        }
    }
}

impl From<CodecError> for HandlerError {
    fn from(error: CodecError) -> Self {
        if error.is_unknown_variant() {
            return Self::TooNew { why: error.full() };
        }
        Self::Hopeless(Giveup { code: error.code(), cause: error.full() })
    }
}

/// Reads the body of a delivery.
pub(crate) fn read<T: DeserializeOwned>(delivery: &Delivery, limits: &Limits) -> Result<T, HandlerError> {
    if delivery.envelope.version > 1 {
        return Err(HandlerError::TooNew { why: format!("it is {}", delivery.envelope.event_type()) });
    }
    Ok(codec::decode(&delivery.data, limits)?)
}
