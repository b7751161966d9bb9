//! Which backend there is: that of the edition the configuration names.

use std::sync::Arc;

use tracerail_actors::port::{Commands, EventLog, Store};
use tracerail_actors::system::{Commander, Thread};

use super::distributed::Servers;
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
    /// NATS and Redis.
    Distributed(Box<Servers>),
}

impl Backend {
    /// Opens the one that is asked for.
    pub(super) async fn open(opening: &Opening, thread: &Thread) -> Result<Self, Error> {
        match opening.config.edition {
            Edition::Embedded => {
                let (file, place) = embedded::open(opening)?;
                Ok(Self::Embedded { file, place })
            }
            Edition::Distributed => {
                Ok(Self::Distributed(Box::new(Servers::open(opening, thread.runtime()).await?)))
            }
        }
    }

    /// The event log.
    pub(super) fn log(&self) -> Arc<dyn EventLog> {
        match self {
            Self::Embedded { file, .. } => Arc::new(file.clone()),
            Self::Distributed(servers) => servers.log(),
        }
    }

    /// The store.
    pub(super) fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::Embedded { file, .. } => Arc::new(file.clone()),
            Self::Distributed(servers) => servers.store(),
        }
    }

    /// Where commands go from a process without the task actor.
    pub(super) fn commands(&self) -> Option<Arc<dyn Commands>> {
        match self {
            Self::Embedded { .. } => None,
            Self::Distributed(servers) => Some(servers.commands()),
        }
    }

    /// Answers the commands of processes without the task actor, where there are other processes.
    pub(super) fn serve(&mut self, commander: Commander) {
        match self {
            Self::Embedded { .. } => {}
            Self::Distributed(servers) => servers.serve(commander),
        }
    }

    /// The servers, where there are any.
    pub(super) fn servers(&self) -> Option<&Servers> {
        match self {
            Self::Embedded { .. } => None,
            Self::Distributed(servers) => Some(servers),
        }
    }

    /// Where it is, in words.
    pub(super) fn place(&self) -> &str {
        match self {
            Self::Embedded { place, .. } => place,
            Self::Distributed(servers) => servers.place(),
        }
    }

    /// Finishes what was asked for and closes it.
    pub(super) async fn close(&self) {
        match self {
            Self::Embedded { file, .. } => file.close().await,
            Self::Distributed(servers) => servers.close(),
        }
    }
}
