//! A log that is told what it has, and can fail in the middle.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tracerail::backends::distributed::redis::{History, HistoryPage, Mark, RedisSettings, RedisStore};
use tracerail_actors::conformance::sample;
use tracerail_actors::port::{Place, PortError, PortErrorKind, Store};
use tracerail_schemas::{ContentKey, EncodedEvent, Timestamp};
use tracerail_testkit::servers::Redis;

/// Events in a page.
const PAGE: usize = 50;

/// What is done before a page is read.
type Hook = Box<dyn Fn(usize) -> Result<(), PortError> + Send + Sync>;

/// A log in memory. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Told(Arc<Inside>);

#[derive(Default)]
struct Inside {
    events: Mutex<Vec<(Timestamp, EncodedEvent)>>,
    marks: Mutex<BTreeMap<String, Mark>>,
    before_page: Mutex<Option<Hook>>,
    before_marks: Mutex<Option<Hook>>,
}

impl Told {
    /// Submissions that were stored a day ago, long before anything that is only lost with the last seconds of Redis.
    pub(super) fn of_old_submissions(count: usize) -> Self {
        let told = Self::default();
        let then = Timestamp::from_micros(now().as_micros() - 86_400_000_000);
        for event in sample::submissions(count, then) {
            told.add(event, then);
        }
        told
    }

    /// One more event, stored at this time.
    pub(super) fn add(&self, event: EncodedEvent, stored_at: Timestamp) {
        let mut events = self.0.events.lock().unwrap();
        events.push((stored_at, event));
        self.mark("everything", 1, events.len() as u64);
    }

    /// How a stream looks.
    pub(super) fn mark(&self, stream: &str, created_at: i64, last: u64) {
        let created_at = Timestamp::from_micros(created_at);
        let mark = Mark { stream: stream.to_owned(), created_at, last };
        self.0.marks.lock().unwrap().insert(stream.to_owned(), mark);
    }

    /// What happens before each page from now on.
    pub(super) fn before_page(&self, hook: impl Fn(usize) -> Result<(), PortError> + Send + Sync + 'static) {
        *self.0.before_page.lock().unwrap() = Some(Box::new(hook));
    }

    /// What happens between looking at the streams and telling how they look.
    pub(super) fn before_marks(&self, hook: impl Fn() + Send + Sync + 'static) {
        *self.0.before_marks.lock().unwrap() = Some(Box::new(move |_| {
            hook();
            Ok(())
        }));
    }

    /// From now on nothing happens before.
    pub(super) fn heal(&self) {
        *self.0.before_page.lock().unwrap() = None;
    }
}

#[async_trait]
impl History for Told {
    fn since(&self, moment: Option<Timestamp>) -> Box<dyn HistoryPage> {
        let events = self.0.events.lock().unwrap();
        let numbered =
            events.iter().zip(1_u64..).filter(|((at, _), _)| moment.is_none_or(|from| *at >= from));
        let left =
            numbered.map(|((_, event), n)| (Place { stream: 0, sequence: n }, event.clone())).collect();
        Box::new(Reading { told: self.clone(), left, pages: 0 })
    }

    async fn marks(&self) -> Result<Vec<Mark>, PortError> {
        let marks = self.0.marks.lock().unwrap().values().cloned().collect();
        if let Some(hook) = &*self.0.before_marks.lock().unwrap() {
            hook(0)?;
        }
        Ok(marks)
    }
}

struct Reading {
    told: Told,
    left: Vec<(Place, EncodedEvent)>,
    pages: usize,
}

#[async_trait]
impl HistoryPage for Reading {
    async fn next(&mut self) -> Result<Vec<(Place, EncodedEvent)>, PortError> {
        if let Some(hook) = &*self.told.0.before_page.lock().unwrap() {
            hook(self.pages)?;
        }
        self.pages += 1;
        let rest = self.left.split_off(PAGE.min(self.left.len()));
        Ok(std::mem::replace(&mut self.left, rest))
    }
}

/// The failure of a log that cannot be reached.
pub(super) fn away() -> PortError {
    PortError::new("read the event log", PortErrorKind::Unavailable, "it does not answer")
}

/// What time it is here, as it is for the servers.
pub(super) fn now() -> Timestamp {
    use tracerail_actors::port::Clock as _;
    tracerail_actors::port::SystemClock.now()
}

/// Settings for a prefix nobody else has.
pub(super) fn settings(redis: &Redis) -> RedisSettings {
    static PREFIXES: AtomicU64 = AtomicU64::new(0);
    RedisSettings {
        urls: vec![redis.url()],
        prefix: format!("step{}", PREFIXES.fetch_add(1, Ordering::Relaxed)),
        connect_within: Some(Duration::from_secs(20)),
        ..RedisSettings::default()
    }
}

/// Opens a store.
pub(super) async fn open(settings: &RedisSettings, told: &Told) -> Result<RedisStore, PortError> {
    RedisStore::open(settings.clone(), Arc::new(told.clone())).await
}

/// Where the events about an item are in the log, as far as the store knows.
pub(super) async fn places(store: &RedisStore, key: &ContentKey) -> Vec<Place> {
    store.trail(key).await.unwrap().into_iter().filter_map(|entry| entry.place).collect()
}

/// Waits until the store is open again and has this many items.
pub(super) async fn has_contents(store: &RedisStore, count: u64) {
    let mut seen = None;
    for _ in 0..200 {
        if let Ok(totals) = store.totals().await {
            if totals.contents == count {
                return;
            }
            seen = Some(totals.contents);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{seen:?} items, and not {count}: {:?}", store.waits_for());
}
