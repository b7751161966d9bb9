//! `Store::commit` and its receipt: what was carried out is acknowledged, and nothing else.
//!
//! Where the store is also the log, the commit acknowledges; elsewhere `carry_out` does, after publishing. The tests hold for both.

use std::time::Duration;

use super::bench::{Bench, Harness};
use super::ownership::{TakenOver, taken_over};
use super::sample::{admit, key, submitted};
use super::steps::{carry_out, commit, everything, publish, pull_after_crash, pull_none, pull_one};
use crate::port::{Committed, Consumer};

/// The obligations of this suite.
pub const ALL: &[&str] = &[
    "a_commit_takes_its_receipt_along",
    "a_repetition_takes_its_receipt_along",
    "a_conflict_keeps_its_delivery",
    "a_commit_with_a_lost_receipt_takes_effect_once",
];

/// Carried out with its receipt, a delivery is acknowledged, durably.
pub async fn a_commit_takes_its_receipt_along(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    publish(&*bench, &submitted(&key("a"), now)).await;
    let delivery = pull_one(&bench.log(), Consumer::Llm).await;
    let batch = admit(&key("a"), now);
    let acknowledged = bench.store().commit_acknowledges();
    let committed = if acknowledged {
        bench.store().commit(batch, Some(delivery.receipt)).await
    } else {
        carry_out(&bench.log(), &bench.store(), batch, Some(delivery.receipt)).await
    };
    assert!(matches!(committed, Ok(Committed::Applied { .. })), "{committed:?}");
    bench.reopen().await;
    only_the_next_comes(&*bench).await;
}

/// So is a delivery whose effect was there already: a crash came between commit and acknowledgement.
pub async fn a_repetition_takes_its_receipt_along(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    publish(&*bench, &submitted(&key("a"), now)).await;
    pull_one(&bench.log(), Consumer::Llm).await;
    let batch = admit(&key("a"), now);
    commit(&*bench, &batch).await;
    bench.reopen().await;
    let again = pull_after_crash(&*bench, Consumer::Llm, 1).await.remove(0);
    let committed = carry_out(&bench.log(), &bench.store(), batch, Some(again.receipt)).await;
    assert!(matches!(committed, Ok(Committed::AlreadyApplied { .. })), "{committed:?}");
    bench.reopen().await;
    only_the_next_comes(&*bench).await;
}

async fn only_the_next_comes(bench: &dyn Bench) {
    let now = bench.store().now().await.unwrap();
    publish(bench, &submitted(&key("next"), now)).await;
    let next = pull_after_crash(bench, Consumer::Llm, 1).await;
    assert_eq!(next[0].envelope.about, key("next").to_string(), "a delivery that was carried out came again");
    assert!(
        pull_none(&bench.log(), Consumer::Llm).await.is_empty(),
        "a delivery that was carried out came again"
    );
}

/// A conflict acknowledges nothing: the same receipt can still be used.
pub async fn a_conflict_keeps_its_delivery(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    publish(&*bench, &submitted(&key("a"), now)).await;
    let receipt = pull_one(&bench.log(), Consumer::Llm).await.receipt;
    let mut batch = admit(&key("a"), now);
    batch.guard.not_before = Some(now.plus(Duration::from_hours(1)));
    let conflict = carry_out(&bench.log(), &bench.store(), batch.clone(), Some(receipt)).await;
    assert!(matches!(conflict, Ok(Committed::Conflict)), "{conflict:?}");
    assert_eq!(bench.log().lag(Consumer::Llm).await.unwrap(), 1, "a conflict acknowledges nothing");
    batch.guard.not_before = None;
    let applied = carry_out(&bench.log(), &bench.store(), batch, Some(receipt)).await;
    assert!(
        matches!(applied, Ok(Committed::Applied { .. })),
        "after a conflict one decides again: {applied:?}"
    );
    assert_eq!(bench.log().lag(Consumer::Llm).await.unwrap(), 0);
}

/// A process that lost a delivery while it decided on it, and its new owner, make one effect together.
///
/// Where the commit acknowledges, the loser's commit is a conflict that writes nothing. Elsewhere the store cannot know, and
/// the cause alone keeps the effect single.
pub async fn a_commit_with_a_lost_receipt_takes_effect_once(harness: &dyn Harness) {
    let Some(TakenOver { bench, lost, second, delivery }) = taken_over(harness).await else { return };
    let batch = admit(&key("a"), bench.store().now().await.unwrap());
    let late = bench.store().commit(batch.clone(), Some(lost)).await.expect("commit works");
    if bench.store().commit_acknowledges() {
        assert_eq!(late, Committed::Conflict, "a receipt of an earlier ownership makes a commit a conflict");
        assert!(bench.store().content(&key("a")).await.unwrap().is_none(), "a conflict writes nothing");
        assert_eq!(bench.log().lag(Consumer::Llm).await.unwrap(), 1, "a conflict acknowledges nothing");
    }
    let done = carry_out(&second.log, &second.store, batch.clone(), Some(delivery.receipt)).await.unwrap();
    assert!(
        matches!(done, Committed::Applied { .. } | Committed::AlreadyApplied { .. }),
        "the new owner carries it out, but: {done:?}"
    );
    assert_eq!(second.log.lag(Consumer::Llm).await.unwrap(), 0, "what was carried out is acknowledged");
    let events = everything(&*bench).await;
    let told = events.iter().filter(|logged| logged.event.envelope.id == batch.events[0].envelope.id).count();
    assert_eq!(told, 1, "the effect is told once");
}
