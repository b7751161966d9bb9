//! Which backend there is: that of the edition the configuration names.

use std::sync::Arc;

use tracerail_actors::port::{Commands, EventLog, Store};
use tracerail_schemas::Code;

use super::embedded;
use super::open::Opening;
use crate::backends::embedded::Embedded;
use crate::config::Edition;
use crate::error::Error;

/// An open backend.
#[derive(Debug)]
pub(super) enum Backend {
    /// One SQLite file.
    Embedded {
        /// The open file.
        file: Embedded,
        /// Where it is.
        place: String,
    },
}

impl Backend {
    /// Opens the one that is asked for.
    pub(super) fn open(opening: &Opening) -> Result<Self, Error> {
        match opening.config.edition {
            Edition::Embedded => {
                let (file, place) = embedded::open(opening)?;
                Ok(Self::Embedded { file, place })
            }
            Edition::Distributed => {
                Err(Error::new(Code::ConfigInvalid, "edition: distributed is not in this build"))
            }
        }
    }

    /// The event log.
    pub(super) fn log(&self) -> Arc<dyn EventLog> {
        match self {
            Self::Embedded { file, .. } => Arc::new(file.clone()),
        }
    }

    /// The store.
    pub(super) fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::Embedded { file, .. } => Arc::new(file.clone()),
        }
    }

    /// Where commands go from a process without the task actor.
    pub(super) fn commands(&self) -> Option<Arc<dyn Commands>> {
        match self {
            Self::Embedded { .. } => None,
        }
    }

    /// Where it is, in words.
    pub(super) fn place(&self) -> &str {
        match self {
            Self::Embedded { place, .. } => place,
        }
    }

    /// Finishes what was asked for and closes it.
    pub(super) async fn close(&self) {
        match self {
            Self::Embedded { file, .. } => file.close().await,
        }
    }
}
