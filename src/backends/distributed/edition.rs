//! The two halves, put together.

use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use async_trait::async_trait;
use tracerail_actors::port::{Clock, Consumer, Place, PortError, PortErrorKind, SystemClock};
use tracerail_schemas::{ContentKey, EncodedEvent, Timestamp};

use super::nats::{self, Connection, NatsError, NatsLog, NatsSettings, Places};
use super::redis::{self, HistoryPage, Mark, RedisSettings, RedisStore, TrailEntry};

/// Events read at once when the state is made again.
const PAGE: usize = 2_000;

/// Events looked through at most for one whose place is not known: a few minutes of a busy log.
const LOOKED_THROUGH_MAX: usize = 200_000;

/// How far the clock of whoever sent an event may be ahead of the server's.
const CLOCKS_APART_MAX: Duration = Duration::from_mins(1);

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
        // They are empty until here.
        places.store.set(store.clone()).unwrap_or_default();
        places.log.set(Arc::downgrade(&log)).unwrap_or_default();
        Ok(Self { connection, log, store })
    }
}

impl RedisStore {
    /// An empty store under a prefix of its own, which follows no log: for measuring.
    pub async fn open_apart(settings: RedisSettings) -> Result<Self, PortError> {
        Self::open(settings, Arc::new(NoLog)).await
    }
}

/// Store and log, once they are open.
#[derive(Default)]
struct Known {
    store: OnceLock<RedisStore>,
    log: OnceLock<Weak<NatsLog>>,
}

/// Looks through the log for events of which it is known only when they happened.
async fn looked_for(log: &NatsLog, lacking: &[TrailEntry]) -> Result<Vec<Place>, PortError> {
    let earliest = lacking.iter().map(|entry| entry.at).min();
    // What the clock of whoever sent it says may be wrong in either direction.
    let mut history = match earliest.filter(|at| *at < SystemClock.now()) {
        Some(at) => log.history_since(at.minus(CLOCKS_APART_MAX)),
        None => log.history(),
    };
    let (mut found, mut read) = (Vec::new(), 0);
    while found.len() < lacking.len() && read < LOOKED_THROUGH_MAX {
        let page = history.page(PAGE).await?;
        if page.is_empty() {
            break;
        }
        read += page.len();
        let wanted = page
            .iter()
            .filter(|(_, logged)| lacking.iter().any(|entry| entry.id == logged.event.envelope.id));
        found.extend(wanted.map(|(place, _)| *place));
    }
    Ok(found)
}

#[async_trait]
impl Places for Known {
    async fn places(&self, about: &ContentKey) -> Result<Vec<Place>, PortError> {
        let Some(store) = self.store.get() else { return Ok(Vec::new()) };
        let trail = store.trail(about).await?;
        let mut places: Vec<_> = trail.iter().filter_map(|entry| entry.place).collect();
        let lacking: Vec<_> = trail.iter().filter(|entry| entry.place.is_none()).copied().collect();
        if !lacking.is_empty()
            && let Some(log) = self.log.get().and_then(Weak::upgrade)
        {
            places.extend(looked_for(&log, &lacking).await?);
        }
        Ok(places)
    }
}

/// The log, as long as somebody uses it.
struct Told(Weak<NatsLog>);

/// No log at all: there is nothing to be made up for, ever.
struct NoLog;

#[async_trait]
impl redis::History for NoLog {
    fn since(&self, _: Option<Timestamp>) -> Box<dyn HistoryPage> {
        Box::new(Self)
    }

    async fn marks(&self) -> Result<Vec<Mark>, PortError> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl HistoryPage for NoLog {
    async fn next(&mut self) -> Result<Vec<(Place, EncodedEvent)>, PortError> {
        Ok(Vec::new())
    }
}

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
