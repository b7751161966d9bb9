//! What the suites do again and again.

use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use tracerail_schemas::{EncodedEvent, EventId, Subject};

use super::bench::Bench;
use crate::port::{
    Batch, Committed, Consumer, Delivery, EventLog, Giveup, LoggedEvent, Nak, PortError, Position, Published,
    Receipt, Store,
};

/// What must come, comes within this much real time.
const COMES_WITHIN: Duration = Duration::from_secs(5);
/// What a dead instance held comes within this much real time.
pub(super) const TAKEN_OVER_WITHIN: Duration = Duration::from_secs(30);
/// What has not come after this much real time is taken not to come.
const STAYS_AWAY_FOR: Duration = Duration::from_millis(40);
/// How many tasks commit at once in a race.
pub(super) const RACERS: usize = 16;

/// Pulls until there are `n` deliveries.
pub(super) async fn pull(log: &Arc<dyn EventLog>, consumer: Consumer, n: usize) -> Vec<Delivery> {
    let began = Instant::now();
    let mut got = Vec::new();
    while got.len() < n && began.elapsed() < COMES_WITHIN {
        let more = log.pull(consumer, n - got.len(), Duration::from_millis(250)).await.expect("pull works");
        got.extend(more);
    }
    assert_eq!(got.len(), n, "every event of {consumer}'s subjects is handed to it, but some did not come");
    got
}

/// Pulls one delivery.
pub(super) async fn pull_one(log: &Arc<dyn EventLog>, consumer: Consumer) -> Delivery {
    pull(log, consumer, 1).await.remove(0)
}

/// Pulls `n` deliveries, letting time pass meanwhile: an instance that has died may keep them for some seconds.
pub(super) async fn pull_after_crash(bench: &dyn Bench, consumer: Consumer, n: usize) -> Vec<Delivery> {
    let (began, log) = (Instant::now(), bench.log());
    let mut got = Vec::new();
    while got.len() < n && began.elapsed() < TAKEN_OVER_WITHIN {
        got.extend(log.pull(consumer, n - got.len(), Duration::from_millis(20)).await.expect("pull works"));
        if got.is_empty() {
            bench.pass(Duration::from_secs(1)).await;
        }
    }
    assert_eq!(got.len(), n, "a crash hands out again what was not acknowledged, but it did not come");
    got
}

/// What comes when nothing should.
pub(super) async fn pull_none(log: &Arc<dyn EventLog>, consumer: Consumer) -> Vec<Delivery> {
    log.pull(consumer, 100, STAYS_AWAY_FOR).await.expect("pull works")
}

/// Publishes one event.
pub(super) async fn publish(bench: &dyn Bench, event: &EncodedEvent) {
    bench.log().publish(vec![event.clone()]).await.expect("publish works");
}

/// Publishes these events.
pub(super) async fn publish_all(bench: &dyn Bench, events: &[EncodedEvent]) {
    bench.log().publish(events.to_vec()).await.expect("publish works");
}

/// A delivery given back because a handler failed.
pub(super) fn failed(after: Duration) -> Nak {
    Nak { after, failure: Some("the handler failed".to_owned()) }
}

/// A delivery given back because something was away.
pub(super) fn away(after: Duration) -> Nak {
    Nak { after, failure: None }
}

/// A reason to give up.
pub(super) fn hopeless() -> Giveup {
    Giveup { code: tracerail_schemas::Code::PayloadMalformed, cause: "it cannot be read".to_owned() }
}

/// Commits without a delivery.
pub(super) async fn commit(bench: &dyn Bench, batch: &Batch) -> Committed {
    bench.store().commit(batch.clone(), None).await.expect("commit works")
}

/// Commits a batch that must take effect, and publishes its events.
pub(super) async fn apply(bench: &dyn Bench, batch: &Batch) {
    let committed = carry_out(&bench.log(), &bench.store(), batch.clone(), None).await.expect("commit works");
    assert!(matches!(committed, Committed::Applied { .. }), "a sound batch takes effect, but: {committed:?}");
}

/// The order every effect keeps: commit, publish, acknowledge.
pub async fn carry_out(
    log: &Arc<dyn EventLog>,
    store: &Arc<dyn Store>,
    batch: Batch,
    receipt: Option<Receipt>,
) -> Result<Committed, PortError> {
    let committed = store.commit(batch, receipt).await?;
    let (Committed::Applied { unsent } | Committed::AlreadyApplied { unsent, .. }) = &committed else {
        return Ok(committed);
    };
    send(log, store, unsent).await?;
    if let Some(receipt) = receipt.filter(|_| !store.commit_acknowledges()) {
        log.ack(receipt).await?;
    }
    Ok(committed)
}

/// Publishes what committed batches have left over, as the relay does at start and on each tick.
pub async fn relay(log: &Arc<dyn EventLog>, store: &Arc<dyn Store>) -> Result<(), PortError> {
    let unsent = store.unsent(Duration::ZERO, 1_000).await?;
    send(log, store, &unsent).await
}

async fn send(
    log: &Arc<dyn EventLog>,
    store: &Arc<dyn Store>,
    events: &[EncodedEvent],
) -> Result<(), PortError> {
    if events.is_empty() {
        return Ok(());
    }
    let published = log.publish(events.to_vec()).await?;
    store.sent(&published).await
}

/// The ids of these events.
pub(super) fn ids(events: &[EncodedEvent]) -> Vec<EventId> {
    events.iter().map(|event| event.envelope.id).collect()
}

/// These events, as told to the store when they are published.
pub(super) fn published(events: &[EncodedEvent]) -> Vec<Published> {
    events.iter().filter_map(|event| Published::of(event, None)).collect()
}

/// Everything in the log, oldest first.
pub(super) async fn everything(bench: &dyn Bench) -> Vec<LoggedEvent> {
    read(bench, &[]).await
}

/// Everything in the log on these subjects, oldest first.
pub(super) async fn read(bench: &dyn Bench, subjects: &[Subject]) -> Vec<LoggedEvent> {
    bench.log().read(&Position::start(), subjects, 10_000).await.expect("read works")
}

/// The ids of everything in the log, oldest first.
pub(super) async fn logged_ids(bench: &dyn Bench) -> Vec<EventId> {
    everything(bench).await.iter().map(|logged| logged.event.envelope.id).collect()
}

/// The ids of these events in the order that every log keeps: that of their times, then that in which an item meets their subjects, then
/// that of one stream. A log of several streams has no other.
pub(super) fn in_order_of_every_log(events: &[EncodedEvent]) -> Vec<EventId> {
    let mut events: Vec<_> = events.iter().map(|event| &event.envelope).collect();
    events.sort_by_key(|envelope| (envelope.time, envelope.subject));
    events.iter().map(|envelope| envelope.id).collect()
}

/// The ids of everything in the log, in the order that every log keeps.
pub(super) async fn logged_in_order_of_every_log(bench: &dyn Bench) -> Vec<EventId> {
    let events: Vec<_> = everything(bench).await.into_iter().map(|logged| logged.event).collect();
    in_order_of_every_log(&events)
}

/// Commits all batches at the same moment, each on a thread of its own, so that a backend without a lock is caught.
pub(super) async fn commit_at_once(bench: &dyn Bench, batches: Vec<Batch>) -> Vec<Committed> {
    let start = Arc::new(Barrier::new(batches.len()));
    let runtime = tokio::runtime::Handle::current();
    let racers: Vec<_> = batches
        .into_iter()
        .map(|batch| {
            let (store, start, runtime) = (bench.store(), start.clone(), runtime.clone());
            tokio::task::spawn_blocking(move || {
                start.wait();
                runtime.block_on(store.commit(batch, None))
            })
        })
        .collect();
    let mut all = Vec::new();
    for racer in racers {
        all.push(racer.await.expect("a commit does not panic").expect("commit works, also when many commit"));
    }
    all
}
