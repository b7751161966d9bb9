//! The two halves, put together.

use std::sync::{Arc, OnceLock, Weak};

use async_trait::async_trait;
use tracerail_actors::port::{Clock, Consumer, Place, PortError, PortErrorKind};
use tracerail_schemas::{ContentKey, EncodedEvent, Timestamp};

use super::nats::{self, Connection, NatsError, NatsLog, NatsSettings, Places};
use super::redis::{self, HistoryPage, Mark, RedisSettings, RedisStore};

/// Events read at once when the state is made again.
const PAGE: usize = 2_000;

/// What is opened.
pub struct Opening {
    /// The log's half.
    pub nats: NatsSettings,
    /// The store's half.
    pub redis: RedisSettings,
    /// Whose events this process is handed; its user need not see those of others.
    pub consumers: Vec<Consumer>,
    /// What time it is for the log.
    pub clock: Arc<dyn Clock>,
    /// On which runtime the connections live.
    pub io: tokio::runtime::Handle,
}

/// Both halves.
#[derive(Clone)]
pub struct Distributed {
    /// The connection to NATS.
    pub connection: Connection,
    /// The event log.
    pub log: Arc<NatsLog>,
    /// The store.
    pub store: RedisStore,
}

/// Why it cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The log's half.
    #[error(transparent)]
    Nats(#[from] NatsError),
    /// The store's half.
    #[error(transparent)]
    Redis(#[from] PortError),
}

impl Distributed {
    /// Connects to both. Streams are made where there are none yet and this user may make them; missing ones are an error.
    pub async fn open(opening: Opening) -> Result<Self, OpenError> {
        let Opening { nats, redis, consumers, clock, io } = opening;
        let connection = Connection::open(&nats, io.clone()).await?;
        let redis = RedisSettings { runtime: Some(io), ..redis };
        // Streams are made only where nothing is anywhere: a log that was lost is not begun anew under a state that knows more.
        let nothing_yet = RedisStore::is_empty(&redis).await?;
        let seen = nats::setup_if_fresh(&connection, &nats, &consumers, nothing_yet).await?;
        let places = Arc::new(Known::default());
        let log = Arc::new(NatsLog::new(
            connection.clone(),
            nats,
            &seen,
            clock,
            Arc::clone(&places) as Arc<dyn Places>,
        ));
        let history = Arc::new(Told(Arc::downgrade(&log)));
        let store = RedisStore::open(redis, history).await?;
        // It is empty until here.
        places.0.set(store.clone()).unwrap_or_default();
        Ok(Self { connection, log, store })
    }
}

/// The store, once it is open.
#[derive(Default)]
struct Known(OnceLock<RedisStore>);

#[async_trait]
impl Places for Known {
    async fn places(&self, about: &ContentKey) -> Result<Vec<Place>, PortError> {
        match self.0.get() {
            Some(store) => store.places(about).await,
            None => Ok(Vec::new()),
        }
    }
}

/// The log, as long as somebody uses it.
struct Told(Weak<NatsLog>);

/// A reading of it.
enum Reading {
    Of(nats::History),
    Nobody,
}

#[async_trait]
impl redis::History for Told {
    fn since(&self, moment: Option<Timestamp>) -> Box<dyn HistoryPage> {
        Box::new(match (self.0.upgrade(), moment) {
            (Some(log), Some(moment)) => Reading::Of(log.history_since(moment)),
            (Some(log), None) => Reading::Of(log.history()),
            (None, _) => Reading::Nobody,
        })
    }

    async fn marks(&self) -> Result<Vec<Mark>, PortError> {
        let log = self.0.upgrade().ok_or_else(closed)?;
        let seen = log.observe().await;
        let seen =
            seen.map_err(|error| PortError::new("observe the streams", PortErrorKind::Unavailable, error))?;
        Ok(seen.into_iter().map(mark).collect())
    }
}

#[async_trait]
impl HistoryPage for Reading {
    async fn next(&mut self) -> Result<Vec<(Place, EncodedEvent)>, PortError> {
        match self {
            Self::Of(history) => {
                let page = history.page(PAGE).await?;
                Ok(page.into_iter().map(|(place, logged)| (place, logged.event)).collect())
            }
            Self::Nobody => Err(closed()),
        }
    }
}

fn mark(seen: nats::StreamSeen) -> Mark {
    Mark { stream: seen.stream.to_string(), created_at: seen.created, last: seen.last }
}

fn closed() -> PortError {
    PortError::new("read the event log", PortErrorKind::Closed, "it is closed")
}

impl std::fmt::Debug for Opening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opening")
            .field("nats", &self.nats)
            .field("redis", &self.redis)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Distributed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Distributed").field("store", &self.store).finish_non_exhaustive()
    }
}
