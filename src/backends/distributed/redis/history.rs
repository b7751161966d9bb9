//! What the store asks of the log when it has to make good what it lost.

use async_trait::async_trait;
use tracerail_actors::port::{Place, PortError};
use tracerail_schemas::{EncodedEvent, Timestamp};

/// The event log as whoever makes the state again reads it.
#[async_trait]
pub trait History: Send + Sync {
    /// The events stored at or after this moment, or all of them. Events of one stream come in its order, those of several about in
    /// the order of their times.
    fn since(&self, moment: Option<Timestamp>) -> Box<dyn HistoryPage>;

    /// How far each stream goes.
    async fn marks(&self) -> Result<Vec<Mark>, PortError>;
}

/// A reading of the log.
#[async_trait]
pub trait HistoryPage: Send {
    /// The next events; none at the end of the log.
    async fn next(&mut self) -> Result<Vec<(Place, EncodedEvent)>, PortError>;
}

/// How far a stream goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mark {
    /// Its name.
    pub stream: String,
    /// When it was made: one that was made again has another time.
    pub created_at: Timestamp,
    /// The number of its last event.
    pub last: u64,
}
