//! `EventLog`: who may be handed what, when several instances run at one place, one after another or at the same time.
//!
//! Where there can be only one instance at a place, `Bench::second` is `None`, and the tests that need another hold by that.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::bench::{Bench, Harness, Instance};
use super::sample::{key, submissions, submitted};
use super::steps::{
    TAKEN_OVER_WITHIN, away, hopeless, publish, publish_all, pull, pull_after_crash, pull_none, pull_one,
};
use crate::port::{Consumer, DeadLetterFilter, Delivery, EventLog, PortError, Receipt, Retry};

/// The obligations of this suite.
pub const ALL: &[&str] = &[
    "nothing_is_handed_to_two_instances",
    "released_deliveries_go_to_another_at_once",
    "a_released_instance_is_handed_nothing",
    "the_deliveries_of_a_dead_instance_go_to_another",
    "a_receipt_of_an_earlier_ownership_is_refused",
    "a_receipt_from_before_a_crash_is_refused",
];

/// A delivery that the first instance was handed and released, and the second instance, which has been handed it since.
pub(super) struct TakenOver {
    pub(super) bench: Box<dyn Bench>,
    pub(super) lost: Receipt,
    pub(super) second: Instance,
    pub(super) delivery: Delivery,
}

pub(super) async fn taken_over(harness: &dyn Harness) -> Option<TakenOver> {
    let bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    publish(&*bench, &submitted(&key("a"), now)).await;
    let lost = pull_one(&bench.log(), Consumer::Llm).await.receipt;
    let second = bench.second().await?;
    bench.log().release().await.expect("release works");
    let delivery = pull_one(&second.log, Consumer::Llm).await;
    Some(TakenOver { bench, lost, second, delivery })
}

/// The repetition would be refused as well: asking again cannot help whoever has lost a delivery.
fn assert_refused(outcome: Result<(), PortError>, what: &str) {
    let error = outcome.expect_err(&format!("{what} with a receipt of an earlier ownership was not refused"));
    assert_eq!(error.retry(), Retry::Never, "{what}: a receipt that was lost stays lost: {}", error.chain());
}

async fn all_refused(log: &Arc<dyn EventLog>, receipt: Receipt) {
    assert_refused(log.ack(receipt).await, "ack");
    assert_refused(log.nak(receipt, away(Duration::ZERO)).await, "nak");
    assert_refused(log.give_up(receipt, hopeless()).await, "give up");
}

/// What one instance is handling, no other is handed.
pub async fn nothing_is_handed_to_two_instances(harness: &dyn Harness) {
    let bench = harness.open().await;
    let Some(second) = bench.second().await else { return };
    let now = bench.store().now().await.unwrap();
    publish_all(&*bench, &submissions(6, now)).await;
    let mut handed = pull(&bench.log(), Consumer::Llm, 3).await;
    for log in [&second.log, &bench.log(), &second.log] {
        handed.extend(pull_none(log, Consumer::Llm).await);
    }
    let mut ids: Vec<_> = handed.iter().map(|delivery| delivery.envelope.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), handed.len(), "an event was handed to two instances at a time");
    assert_eq!(ids.len(), 6, "an event was handed to nobody");
}

/// After `release`, others get what was not acknowledged without waiting, with no failure counted, and nothing else.
pub async fn released_deliveries_go_to_another_at_once(harness: &dyn Harness) {
    let bench = harness.open().await;
    let Some(second) = bench.second().await else { return };
    let now = bench.store().now().await.unwrap();
    publish_all(&*bench, &submissions(3, now)).await;
    let got = pull(&bench.log(), Consumer::Llm, 2).await;
    bench.log().ack(got[0].receipt).await.unwrap();
    bench.log().release().await.expect("release works");
    let others = pull(&second.log, Consumer::Llm, 2).await;
    let done = got[0].envelope.id;
    assert!(
        others.iter().all(|other| other.envelope.id != done),
        "what was acknowledged was handed out again"
    );
    assert!(others.iter().all(|other| other.failures == 0), "a release is no failure");
    assert!(pull_none(&second.log, Consumer::Llm).await.is_empty(), "something was handed out twice");
    for other in others {
        second.log.ack(other.receipt).await.expect("the new owner can acknowledge");
    }
}

/// A process that has released pulls no more, whatever else is published; pulling may be refused, too.
pub async fn a_released_instance_is_handed_nothing(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    publish_all(&*bench, &submissions(2, now)).await;
    pull_one(&bench.log(), Consumer::Llm).await;
    bench.log().release().await.expect("release works");
    publish(&*bench, &submitted(&key("later"), now)).await;
    let got = bench.log().pull(Consumer::Llm, 10, Duration::from_millis(20)).await;
    assert!(got.is_err() || got.is_ok_and(|got| got.is_empty()), "it was handed something after its release");
}

/// Some seconds after an instance has died, another that lives is handed what it held.
pub async fn the_deliveries_of_a_dead_instance_go_to_another(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let Some(second) = bench.second().await else { return };
    let now = bench.store().now().await.unwrap();
    publish(&*bench, &submitted(&key("a"), now)).await;
    let lost = pull_one(&bench.log(), Consumer::Llm).await;
    // The one that is started in its place bows out, so that only the other is left.
    bench.reopen().await;
    bench.log().release().await.expect("release works, also with nothing to release");
    let began = Instant::now();
    let mut got = Vec::new();
    while got.is_empty() && began.elapsed() < TAKEN_OVER_WITHIN {
        got = second.log.pull(Consumer::Llm, 1, Duration::from_millis(20)).await.expect("pull works");
        bench.pass(Duration::from_secs(1)).await;
    }
    assert_eq!(got.len(), 1, "what a dead instance held was never handed to another");
    assert_eq!((got[0].envelope.id, got[0].failures), (lost.envelope.id, 0), "a death is no failure");
}

/// A process that lost its deliveries cannot acknowledge, give back or give up any more, and trying changes nothing.
pub async fn a_receipt_of_an_earlier_ownership_is_refused(harness: &dyn Harness) {
    let Some(TakenOver { bench, lost, second, delivery }) = taken_over(harness).await else { return };
    all_refused(&bench.log(), lost).await;
    all_refused(&second.log, lost).await;
    assert_eq!(second.log.lag(Consumer::Llm).await.unwrap(), 1, "a refused receipt changes nothing");
    let all = DeadLetterFilter { limit: 10, ..DeadLetterFilter::default() };
    assert!(second.log.dead_letters(all).await.unwrap().is_empty(), "a refused receipt changes nothing");
    assert!(pull_none(&second.log, Consumer::Llm).await.is_empty(), "a refused receipt gives nothing back");
    second.log.ack(delivery.receipt).await.expect("the receipt of the present owner is good");
    assert_eq!(second.log.lag(Consumer::Llm).await.unwrap(), 0);
}

/// Once an event is handed out again after a crash, the receipt from before it is worth nothing.
pub async fn a_receipt_from_before_a_crash_is_refused(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    publish(&*bench, &submitted(&key("a"), now)).await;
    let lost = pull_one(&bench.log(), Consumer::Llm).await.receipt;
    bench.reopen().await;
    let again = pull_after_crash(&*bench, Consumer::Llm, 1).await;
    assert_ne!(again[0].receipt, lost, "each ownership has its own receipts");
    all_refused(&bench.log(), lost).await;
    assert_eq!(bench.log().lag(Consumer::Llm).await.unwrap(), 1, "a refused receipt changes nothing");
    bench.log().ack(again[0].receipt).await.expect("the receipt of the present owner is good");
}
