//! Many publishers at once, each waiting for the server's acknowledgement before its next event.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use async_nats::HeaderMap;
use async_nats::jetstream::{Context, stream};
use futures_util::future::join_all;
use tokio::task::JoinHandle;

/// Streams, so that their syncs go side by side.
pub(crate) const STREAMS: usize = 8;

/// Publishers; several a stream.
const PUBLISHERS: usize = 64;

/// Bytes of one event.
const BYTES: usize = 600;

/// How long a publisher waits for an acknowledgement.
const ACKNOWLEDGED_WITHIN: Duration = Duration::from_secs(2);

/// The header a server recognises a repeated event by.
pub(crate) const ID: &str = "Nats-Msg-Id";

/// Where the server said that an event is: the stream, and its number there.
pub(crate) type Place = (usize, u64);

/// Events by id.
pub(crate) type Events = BTreeMap<String, Place>;

/// Events by id, with the moment their publisher heard of it.
pub(crate) type Heard = BTreeMap<String, (Place, Instant)>;

/// Publishers at work.
#[derive(Debug)]
pub(crate) struct Publishers {
    stop: Arc<AtomicBool>,
    at_work: Vec<JoinHandle<Said>>,
}

/// What publishers heard.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// Acknowledged, with their places.
    pub(crate) acknowledged: Heard,
    /// Published, and nothing was heard: they may be there or not.
    pub(crate) unanswered: usize,
}

/// The name of a stream, which is its subject, too.
pub(crate) fn stream_name(stream: usize) -> String {
    format!("endurance_{stream}")
}

/// Makes the streams, as the product makes its own: files, limits, nothing discarded.
pub(crate) async fn make_streams(jetstream: &Context) {
    for number in 0..STREAMS {
        let config = stream::Config {
            name: stream_name(number),
            discard: stream::DiscardPolicy::New,
            allow_direct: true,
            duplicate_window: Duration::from_mins(10),
            ..stream::Config::default()
        };
        jetstream.create_stream(config).await.expect("a stream is made");
    }
}

impl Publishers {
    /// Sets them to work. Ids begin with the name of the round.
    pub(crate) fn start(jetstream: &Context, round: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let at_work = (0..PUBLISHERS)
            .map(|number| {
                let work = publish(
                    jetstream.clone(),
                    format!("{round}-{number}"),
                    number % STREAMS,
                    Arc::clone(&stop),
                );
                tokio::spawn(work)
            })
            .collect();
        Self { stop, at_work }
    }

    /// Lets them end; what they heard.
    pub(crate) async fn finish(self) -> Said {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Said::default();
        for said in join_all(self.at_work).await {
            let said = said.expect("a publisher ends");
            all.acknowledged.extend(said.acknowledged);
            all.unanswered += said.unanswered;
        }
        all
    }
}

/// One publisher: until it is stopped, or an event is not acknowledged.
async fn publish(jetstream: Context, name: String, stream: usize, stop: Arc<AtomicBool>) -> Said {
    let mut said = Said::default();
    let mut count = 0;
    while !stop.load(Ordering::Relaxed) {
        let id = format!("{name}-{count}");
        count += 1;
        let published = tokio::time::timeout(ACKNOWLEDGED_WITHIN, publish_one(&jetstream, &id, stream)).await;
        let Ok(Some(sequence)) = published else {
            said.unanswered += 1;
            break;
        };
        said.acknowledged.insert(id, ((stream, sequence), Instant::now()));
    }
    said
}

async fn publish_one(jetstream: &Context, id: &str, stream: usize) -> Option<u64> {
    let mut headers = HeaderMap::new();
    headers.insert(ID, id);
    let published =
        jetstream.publish_with_headers(stream_name(stream), headers, vec![b'x'; BYTES].into()).await;
    Some(published.ok()?.await.ok()?.sequence)
}
