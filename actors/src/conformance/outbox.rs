//! `Store`: the events of a batch are part of it, and reach the log whatever happens.
//!
//! A store that is also the log has nothing unsent, ever; its events are in the log with the commit. The tests hold for both.

use std::time::Duration;

use super::bench::{Bench, Harness};
use super::sample::{admit, cause, change, create, event, key, task};
use super::steps::{
    commit, ids, in_order_of_every_log, logged_ids, logged_in_order_of_every_log, published, read, relay,
};
use crate::port::{Batch, Committed, Consumer};
use tracerail_schemas::{EncodedEvent, Subject};

/// The obligations of this suite.
pub const ALL: &[&str] = &[
    "events_are_unsent_until_sent_or_in_the_log",
    "events_survive_a_crash_before_they_are_published",
    "events_published_twice_are_told_once",
    "a_repetition_brings_what_is_still_unsent",
    "unsent_events_come_oldest_first",
    "what_was_sent_stays_sent",
    "events_reach_their_consumer_as_they_were_committed",
];

/// A batch with three events.
async fn three(bench: &dyn Bench) -> Batch {
    let now = bench.store().now().await.unwrap();
    let mut batch = create(&task(&key("a"), now));
    batch.events.push(event(Subject::TaskAssigned, key("a"), 1, now));
    batch.events.push(event(Subject::TaskEscalationRequested, key("a"), 2, now));
    batch
}

async fn unsent(bench: &dyn Bench) -> Vec<EncodedEvent> {
    bench.store().unsent(Duration::ZERO, 1_000).await.expect("reading the outbox works")
}

/// Either the commit returns the events and they stay unsent until `sent`, or they are in the log already.
pub async fn events_are_unsent_until_sent_or_in_the_log(harness: &dyn Harness) {
    let bench = harness.open().await;
    let batch = three(&*bench).await;
    let Committed::Applied { unsent: returned } = commit(&*bench, &batch).await else {
        panic!("a sound batch takes effect")
    };
    if returned.is_empty() {
        assert_eq!(logged_ids(&*bench).await, ids(&batch.events), "with nothing unsent, all is in the log");
        assert_eq!(unsent(&*bench).await, []);
        return;
    }
    assert_eq!(returned, batch.events, "all events are to be published, in order");
    assert_eq!(unsent(&*bench).await, batch.events, "they stay unsent until they are sent");
    bench.log().publish(returned).await.unwrap();
    assert_eq!(unsent(&*bench).await, batch.events, "they stay unsent until the store is told");
    bench.store().sent(&published(&batch.events[..1])).await.unwrap();
    assert_eq!(unsent(&*bench).await, batch.events[1..], "those that were sent are no longer unsent");
    bench.store().sent(&published(&batch.events)).await.unwrap();
    assert_eq!(unsent(&*bench).await, []);
}

/// A crash right after the commit loses no event: published afterwards, all are in the log, in order, byte for byte.
pub async fn events_survive_a_crash_before_they_are_published(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let batch = three(&*bench).await;
    commit(&*bench, &batch).await;
    bench.reopen().await;
    relay(&bench.log(), &bench.store()).await.unwrap();
    bench.reopen().await;
    let found: Vec<_> = read(&*bench, &[]).await.into_iter().map(|logged| logged.event).collect();
    assert_eq!(found, batch.events, "after a crash each event of a batch is published, as it was committed");
    assert_eq!(unsent(&*bench).await, [], "what was published is no longer unsent");
}

/// A crash between publishing and `sent` publishes again, and the log has each event once.
pub async fn events_published_twice_are_told_once(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let batch = three(&*bench).await;
    commit(&*bench, &batch).await;
    // Where the store is the log, committed events stand in it, and nobody is ever handed them to publish.
    let apart = !bench.store().commit_acknowledges();
    if apart {
        bench.log().publish(batch.events[..2].to_vec()).await.unwrap();
    }
    bench.reopen().await;
    relay(&bench.log(), &bench.store()).await.unwrap();
    if apart {
        bench.log().publish(batch.events.clone()).await.unwrap();
    }
    assert_eq!(logged_ids(&*bench).await, ids(&batch.events), "published twice, an event is told once");
}

/// Whoever repeats a cause is handed the events that the first did not come to publish, and no others.
pub async fn a_repetition_brings_what_is_still_unsent(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let (batch, now) = (three(&*bench).await, bench.store().now().await.unwrap());
    commit(&*bench, &admit(&key("other"), now)).await;
    commit(&*bench, &batch).await;
    bench.log().publish(batch.events[..1].to_vec()).await.unwrap();
    bench.store().sent(&published(&batch.events[..1])).await.unwrap();
    bench.reopen().await;
    let Committed::AlreadyApplied { unsent: left, .. } = commit(&*bench, &batch).await else {
        panic!("a repeated cause is already applied")
    };
    if bench.store().commit_acknowledges() {
        assert_eq!(left, [], "a store that is also the log has nothing unsent");
    } else {
        assert_eq!(left, batch.events[1..], "a repetition brings those of its own events that are unsent");
    }
}

/// `unsent` is oldest first, at most what was asked for.
pub async fn unsent_events_come_oldest_first(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    let task = task(&key("a"), now);
    let batches = [create(&task), change(&task, task.clone(), cause(1)), admit(&key("a"), now)];
    for batch in &batches {
        commit(&*bench, batch).await;
    }
    let all: Vec<_> = batches.into_iter().flat_map(|batch| batch.events).collect();
    bench.reopen().await;
    let found = unsent(&*bench).await;
    if !found.is_empty() {
        assert_eq!(found, all, "unsent events come oldest first");
        assert_eq!(
            bench.store().unsent(Duration::ZERO, 2).await.unwrap(),
            all[..2],
            "at most what was asked for"
        );
    }
    relay(&bench.log(), &bench.store()).await.unwrap();
    let logged = logged_in_order_of_every_log(&*bench).await;
    assert_eq!(logged, in_order_of_every_log(&all), "they are in the log in the order of their commits");
}

/// A crash does not bring back what was sent, and telling it again does no harm.
pub async fn what_was_sent_stays_sent(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let batch = three(&*bench).await;
    commit(&*bench, &batch).await;
    relay(&bench.log(), &bench.store()).await.unwrap();
    bench.store().sent(&published(&batch.events)).await.expect("telling it again does no harm");
    bench.reopen().await;
    assert_eq!(unsent(&*bench).await, [], "what was sent stays sent, also after a crash");
    let repeated = commit(&*bench, &batch).await;
    let nothing = matches!(&repeated, Committed::AlreadyApplied { unsent, .. } if unsent.is_empty());
    assert!(nothing, "nothing of it is left to publish: {repeated:?}");
}

/// The consumer of an event that a batch made is handed it once, as it was committed.
pub async fn events_reach_their_consumer_as_they_were_committed(harness: &dyn Harness) {
    let bench = harness.open().await;
    let batch = three(&*bench).await;
    commit(&*bench, &batch).await;
    for _ in 0..2 {
        relay(&bench.log(), &bench.store()).await.unwrap();
    }
    let got = super::steps::pull_one(&bench.log(), Consumer::Escalation).await;
    let told = EncodedEvent { envelope: got.envelope, data: got.data };
    assert_eq!(told, batch.events[2], "a committed event is handed out as it was committed");
    let more = super::steps::pull_none(&bench.log(), Consumer::Escalation).await;
    assert!(more.is_empty(), "a committed event was handed out twice");
}
