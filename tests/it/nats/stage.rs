//! Instances of the log, each with a connection of its own.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use async_trait::async_trait;
use tokio::runtime::Handle;
use tracerail::backends::distributed::nats::{
    Connection, NatsLog, NatsSettings, Places, StreamSeen, keep, setup,
};
use tracerail_actors::conformance::TestClock;
use tracerail_actors::port::{Clock, Consumer, DeadLetterFilter, EventLog as _, Place, PortError};
use tracerail_schemas::dead_letter::DeadLetter;
use tracerail_schemas::{ContentKey, TaskId};
use tracerail_testkit::servers::{Nats, NatsOptions};

/// The address of one server that tests share, each under a prefix of its own.
pub(crate) fn shared() -> String {
    static SHARED: OnceLock<Nats> = OnceLock::new();
    SHARED.get_or_init(|| Nats::start(NatsOptions::default())).url()
}

/// Where the events of an item are, found by reading the whole log.
#[derive(Default)]
pub(crate) struct Scan {
    log: OnceLock<Weak<NatsLog>>,
}

#[async_trait]
impl Places for Scan {
    async fn places(&self, about: &ContentKey) -> Result<Vec<Place>, PortError> {
        let log = self.log.get().and_then(Weak::upgrade).expect("the log lives");
        let all = log.history().page(100_000).await?;
        let task = Some(TaskId::of_content(about));
        let mine = all.into_iter().filter(|(_, logged)| logged.event.envelope.task_id() == task);
        Ok(mine.map(|(place, _)| place).collect())
    }
}

/// Settings for a place that no other test sees, with short times.
pub(crate) fn settings(url: &str) -> NatsSettings {
    static PLACES: AtomicU32 = AtomicU32::new(0);
    let place = PLACES.fetch_add(1, Ordering::Relaxed);
    NatsSettings {
        urls: vec![url.to_owned()],
        prefix: format!("t{}_{place}", std::process::id()),
        ack_wait: Duration::from_secs(2),
        intake_bytes_max: 16 << 20,
        stream_bytes_max: 16 << 20,
        side_bytes_max: 16 << 20,
        ..NatsSettings::default()
    }
}

/// One instance of the log.
pub(crate) struct Stage {
    pub(crate) connection: Connection,
    pub(crate) log: Arc<NatsLog>,
}

impl Stage {
    /// An instance with streams that are made where they are missing.
    pub(crate) async fn open(settings: &NatsSettings, clock: &TestClock) -> Self {
        let connection = Connection::open(settings, Handle::current()).await.expect("the server lets us in");
        let seen = setup(&connection, settings).await.expect("the streams can be made");
        let (clock, places): (Arc<dyn Clock>, _) = (Arc::new(clock.clone()), Arc::new(Scan::default()));
        let log = NatsLog::new(connection.clone(), settings.clone(), &seen, clock, places.clone());
        let log = Arc::new(log);
        places.log.set(Arc::downgrade(&log)).expect("it is set once");
        Self { connection, log }
    }
}

/// What the server does to messages that are too old, done to these.
pub(crate) async fn forget(nats: &NatsSettings, what: &[StreamSeen]) {
    let context = async_nats::jetstream::new(async_nats::connect(&nats.urls[0]).await.unwrap());
    for StreamSeen { stream, first, last, .. } in what {
        let name = [nats.prefix.as_str(), stream.as_str()].into_iter().filter(|part| !part.is_empty());
        let stream = context.get_stream(name.collect::<Vec<_>>().join("_")).await.unwrap();
        for sequence in (*first).max(1)..=*last {
            assert!(stream.delete_message(sequence).await.unwrap());
        }
    }
}

/// Keeps until there are dead letters of the analyst's, and says which.
pub(crate) async fn until_kept(keeper: &NatsLog, log: &NatsLog) -> Vec<DeadLetter> {
    let all = DeadLetterFilter { limit: 10, ..DeadLetterFilter::default() };
    let looking = async {
        loop {
            let letters = log.dead_letters(all).await.unwrap();
            if !letters.is_empty() {
                return letters;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::select! {
        () = keep(keeper, Consumer::Llm) => unreachable!("it keeps for ever"),
        letters = tokio::time::timeout(Duration::from_secs(20), looking) => letters.expect("they are kept"),
    }
}
