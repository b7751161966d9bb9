//! Somebody who publishes content with a NATS client of his own, at a steady rate, and repeats what was not acknowledged.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_nats::HeaderMap;
use async_nats::jetstream::Context;
use futures_util::future::join_all;
use serde_json::json;
use tokio::task::JoinHandle;

use crate::clients::Client;

/// What a server recognises a repeated event by, and everybody else as well.
const ID: &str = "ce-id";

/// How long an acknowledgement may take before the event is published again.
const ACKNOWLEDGED_WITHIN: Duration = Duration::from_secs(5);

/// How long to wait before an event is published again.
const AGAIN_AFTER: Duration = Duration::from_millis(500);

/// Publishers at work.
pub(crate) struct Load {
    client: Client,
    said: Arc<Said>,
    at_work: Vec<JoinHandle<()>>,
}

/// What is asked of them.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    /// What ids begin with.
    pub(crate) name: String,
    /// Items a second, of all together.
    pub(crate) rate: usize,
    /// Items; without an end when there is none.
    pub(crate) items: Option<usize>,
    /// Events that wait for their acknowledgement at once.
    pub(crate) publishers: usize,
}

/// What they heard so far.
#[derive(Debug, Default)]
struct Said {
    stop: AtomicBool,
    begun: AtomicUsize,
    acknowledged: AtomicUsize,
    pushed_back: AtomicUsize,
}

impl Load {
    /// Sets them to work.
    pub(crate) fn start(client: Client, texts: &Arc<Vec<String>>, order: &Order) -> Self {
        let said = Arc::new(Said::default());
        let began = Instant::now();
        let at_work = (0..order.publishers)
            .map(|_| {
                client.spawn(publish_all(
                    client.jetstream(),
                    Arc::clone(texts),
                    order.clone(),
                    Arc::clone(&said),
                    began,
                ))
            })
            .collect();
        Self { client, said, at_work }
    }

    /// Items that are in.
    pub(crate) fn acknowledged(&self) -> usize {
        self.said.acknowledged.load(Ordering::Relaxed)
    }

    /// How often a publisher was refused, or heard nothing.
    pub(crate) fn pushed_back(&self) -> usize {
        self.said.pushed_back.load(Ordering::Relaxed)
    }

    /// How many events may be on their way.
    pub(crate) fn publishers(&self) -> usize {
        self.at_work.len()
    }

    /// No new items; those begun are repeated until they are in.
    pub(crate) fn stop(&self) {
        self.said.stop.store(true, Ordering::Relaxed);
    }

    /// Waits until all that was begun is in; the ids.
    pub(crate) fn finish(self, order: &Order) -> BTreeSet<String> {
        for ended in self.client.wait(join_all(self.at_work)) {
            ended.expect("a publisher ends");
        }
        (0..self.said.acknowledged.load(Ordering::Relaxed)).map(|number| id_of(order, number)).collect()
    }
}

fn id_of(order: &Order, number: usize) -> String {
    format!("{}-{number}", order.name)
}

/// One publisher: takes the next number when it is time for it.
async fn publish_all(
    jetstream: Context,
    texts: Arc<Vec<String>>,
    order: Order,
    said: Arc<Said>,
    began: Instant,
) {
    loop {
        if said.stop.load(Ordering::Relaxed) {
            return;
        }
        let number = said.begun.fetch_add(1, Ordering::Relaxed);
        if order.items.is_some_and(|items| number >= items) {
            return;
        }
        let due = began + Duration::from_secs_f64(number as f64 / order.rate as f64);
        tokio::time::sleep_until(due.into()).await;
        let id = id_of(&order, number);
        let text = texts.get(number % texts.len()).map(String::as_str).unwrap_or_default();
        let body = json!({"id": id, "source": "endurance", "content": text}).to_string();
        while !publish(&jetstream, &id, &body).await {
            said.pushed_back.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(AGAIN_AFTER).await;
        }
        said.acknowledged.fetch_add(1, Ordering::Relaxed);
    }
}

async fn publish(jetstream: &Context, id: &str, body: &str) -> bool {
    let mut headers = HeaderMap::new();
    headers.insert(ID, id);
    headers.insert("Nats-Msg-Id", id);
    let sent = async {
        let published =
            jetstream.publish_with_headers("content.submitted", headers, body.to_owned().into()).await;
        published.ok()?.await.ok()
    };
    tokio::time::timeout(ACKNOWLEDGED_WITHIN, sent).await.ok().flatten().is_some()
}
