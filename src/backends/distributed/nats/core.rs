//! What all parts of the log share.

use std::sync::{Arc, Mutex};

use tokio::sync::Semaphore;
use tracerail_actors::port::Clock;
use tracerail_schemas::Timestamp;

use super::connect::Connection;
use super::erased::Index;
use super::names::Names;
use super::settings::NatsSettings;
use super::setup::StreamSeen;
use super::streams::StreamId;

/// What all parts of the log share.
pub(super) struct Core {
    pub(super) connection: Connection,
    pub(super) settings: NatsSettings,
    pub(super) names: Names,
    pub(super) clock: Arc<dyn Clock>,
    /// When each stream was made.
    created: Vec<(StreamId, Timestamp)>,
    /// What is known of erased messages.
    pub(super) erased: Mutex<Arc<Index>>,
    /// How much may be on its way to the server.
    pub(super) in_flight: Semaphore,
}

impl Core {
    pub(super) fn new(
        connection: Connection,
        settings: NatsSettings,
        seen: &[StreamSeen],
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            names: Names::new(&settings.prefix),
            in_flight: Semaphore::new(settings.publish_in_flight),
            erased: Mutex::default(),
            created: seen.iter().map(|seen| (seen.stream, seen.created)).collect(),
            connection,
            settings,
            clock,
        }
    }

    /// When this stream was made.
    pub(super) fn created(&self, stream: StreamId) -> Timestamp {
        let found = self.created.iter().find(|(id, _)| *id == stream);
        found.map_or(Timestamp::from_micros(0), |(_, created)| *created)
    }
}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core").field("names", &self.names).finish_non_exhaustive()
    }
}
