//! The log as a store reads it to catch up: everything, or from a time on, in pages.

use std::sync::Arc;

use async_trait::async_trait;
use tracerail_actors::port::{LoggedEvent, Place, PortError};
use tracerail_schemas::{ContentKey, Timestamp};

use super::core::Core;
use super::read::Reader;

/// Who knows where the events about a content item and its task stand.
#[async_trait]
pub trait Places: Send + Sync {
    /// Their places, in any order.
    async fn places(&self, about: &ContentKey) -> Result<Vec<Place>, PortError>;
}

/// Everything that happened, in one order. Each event is met once; what is published meanwhile may be met.
pub struct History {
    reader: Reader,
}

impl History {
    pub(super) fn from_start(core: Arc<Core>) -> Self {
        Self { reader: Reader::from_start(core) }
    }

    pub(super) fn since(core: Arc<Core>, at: Timestamp) -> Self {
        Self { reader: Reader::since(core, at) }
    }

    /// Up to `limit` of the next events, each with its place; none at the end.
    pub async fn page(&mut self, limit: usize) -> Result<Vec<(Place, LoggedEvent)>, PortError> {
        self.reader.read(limit).await
    }
}

impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("History").finish_non_exhaustive()
    }
}
