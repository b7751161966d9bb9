//! `EventLog`: what is published is handed out until it is settled.

use std::time::Duration;

use tracerail_schemas::Subject;

use super::bench::Harness;
use super::sample::{event, key, submissions, submitted};
use super::steps::{
    away, everything, failed, ids, logged_ids, publish, publish_all, pull, pull_after_crash, pull_none,
    pull_one,
};
use crate::port::Consumer;

/// The obligations of this suite.
pub const ALL: &[&str] = &[
    "published_events_survive_a_crash",
    "each_consumer_gets_the_events_of_its_subjects_in_order",
    "an_event_published_again_is_not_added_again",
    "a_pull_hands_out_at_most_what_was_asked_for",
    "a_waiting_pull_sees_what_is_published_meanwhile",
    "nothing_is_handed_out_twice_at_a_time",
    "an_acknowledged_event_never_comes_again",
    "what_was_given_back_comes_after_its_delay_and_not_before",
    "others_pass_what_was_given_back",
    "only_failures_count_as_failures",
    "a_crash_hands_out_again_what_was_not_acknowledged",
    "a_crash_is_no_failure",
];

const SECONDS: Duration = Duration::from_secs(3);

/// `publish` returns when the events would survive a crash, as they were published.
pub async fn published_events_survive_a_crash(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    let events = submissions(5, now);
    publish_all(&*bench, &events).await;
    bench.reopen().await;
    let found: Vec<_> = everything(&*bench).await.into_iter().map(|logged| logged.event).collect();
    assert_eq!(found, events, "published events survive a crash, in order, with every attribute and byte");
}

/// Every event of a consumer's subjects is handed to it, as published; those of other subjects are not.
pub async fn each_consumer_gets_the_events_of_its_subjects_in_order(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    let events: Vec<_> =
        Subject::ALL.iter().zip(0..).map(|(subject, n)| event(*subject, key("a"), n, now)).collect();
    publish_all(&*bench, &events).await;
    for consumer in Consumer::ALL {
        let wanted: Vec<_> =
            events.iter().filter(|event| consumer.subjects().contains(&event.envelope.subject)).collect();
        let got = pull(&bench.log(), consumer, wanted.len()).await;
        for wanted in wanted {
            let found = got.iter().find(|delivery| delivery.envelope == wanted.envelope);
            let found = found.unwrap_or_else(|| panic!("{consumer} was not handed {:?}", wanted.envelope));
            assert_eq!(found.data, wanted.data, "the body is handed out as it was published");
            assert_eq!((found.failures, found.receipt.consumer), (0, consumer));
        }
        let more = pull_none(&bench.log(), consumer).await;
        assert!(more.is_empty(), "{consumer} is handed only its own subjects, not {more:?}");
    }
}

/// An event whose id is in the log is not added again, whatever comes under that id.
pub async fn an_event_published_again_is_not_added_again(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    let first = submitted(&key("a"), now);
    publish(&*bench, &first).await;
    let mut other = first.clone();
    other.data = b"something else".to_vec();
    publish_all(&*bench, &[first.clone(), other.clone()]).await;
    bench.reopen().await;
    publish(&*bench, &other).await;
    assert_eq!(
        logged_ids(&*bench).await,
        ids(std::slice::from_ref(&first)),
        "one event id is in the log once"
    );
    let got = pull_after_crash(&*bench, Consumer::Llm, 1).await;
    assert_eq!(got[0].data, first.data, "what is in the log is never changed");
    assert!(pull_none(&bench.log(), Consumer::Llm).await.is_empty(), "one event id is handed out once");
}

/// `pull` hands out up to `max`.
pub async fn a_pull_hands_out_at_most_what_was_asked_for(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    publish_all(&*bench, &submissions(7, now)).await;
    let mut got = 0;
    while got < 7 {
        let some = bench.log().pull(Consumer::Llm, 3, Duration::from_secs(5)).await.unwrap().len();
        assert!((1..=3).contains(&some), "a pull of 3 that may wait, with events there, handed out {some}");
        got += some;
    }
}

/// `pull` waits for the first event.
pub async fn a_waiting_pull_sees_what_is_published_meanwhile(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    let (log, event) = (bench.log(), submitted(&key("a"), now));
    let waiting = tokio::spawn(async move { log.pull(Consumer::Llm, 5, Duration::from_secs(30)).await });
    tokio::task::yield_now().await;
    publish(&*bench, &event).await;
    let got = tokio::time::timeout(Duration::from_secs(15), waiting).await;
    let got = got.expect("a waiting pull returns soon after an event was published").unwrap().unwrap();
    assert_eq!(got.len(), 1, "a waiting pull returns with the event it waited for");
}

/// No event is handed out again while it is being handled.
pub async fn nothing_is_handed_out_twice_at_a_time(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    publish_all(&*bench, &submissions(6, now)).await;
    let first = pull(&bench.log(), Consumer::Llm, 3).await;
    let second = pull(&bench.log(), Consumer::Llm, 3).await;
    let mut sequences: Vec<_> =
        first.iter().chain(&second).map(|delivery| delivery.receipt.sequence).collect();
    sequences.sort_unstable();
    sequences.dedup();
    assert_eq!(sequences.len(), 6, "an event was handed out again while it was being handled");
    assert!(
        pull_none(&bench.log(), Consumer::Llm).await.is_empty(),
        "all are being handled, none is to be had"
    );
}

/// `ack` is durable when it returns. Acknowledging again does no harm, whatever it answers.
pub async fn an_acknowledged_event_never_comes_again(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    publish_all(&*bench, &submissions(3, now)).await;
    let got = pull(&bench.log(), Consumer::Llm, 3).await;
    for delivery in &got {
        bench.log().ack(delivery.receipt).await.expect("ack works");
    }
    drop(bench.log().ack(got[0].receipt).await);
    assert!(pull_none(&bench.log(), Consumer::Llm).await.is_empty(), "an acknowledged event came again");
    bench.reopen().await;
    publish(&*bench, &submitted(&key("next"), now)).await;
    let next = pull_after_crash(&*bench, Consumer::Llm, 1).await;
    assert_eq!(next[0].envelope.about, key("next").to_string(), "ack is durable when it returns");
    assert!(pull_none(&bench.log(), Consumer::Llm).await.is_empty(), "ack is durable when it returns");
}

/// A delivery given back is handed out again after its delay, and not before.
pub async fn what_was_given_back_comes_after_its_delay_and_not_before(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    publish(&*bench, &submitted(&key("a"), now)).await;
    let first = pull_one(&bench.log(), Consumer::Llm).await;
    bench.log().nak(first.receipt, away(SECONDS)).await.expect("nak works");
    bench.pass(SECONDS / 3).await;
    assert!(
        pull_none(&bench.log(), Consumer::Llm).await.is_empty(),
        "it was handed out before its delay had passed"
    );
    bench.pass(SECONDS).await;
    let again = pull_one(&bench.log(), Consumer::Llm).await;
    assert_eq!((again.envelope, again.data), (first.envelope, first.data), "it comes again as it was");
    bench.log().ack(again.receipt).await.expect("the new receipt is good");
}

/// Other deliveries pass one that was given back.
pub async fn others_pass_what_was_given_back(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    publish_all(&*bench, &submissions(3, now)).await;
    let first = pull_one(&bench.log(), Consumer::Llm).await;
    bench.log().nak(first.receipt, away(Duration::from_hours(1))).await.expect("nak works");
    let others = pull(&bench.log(), Consumer::Llm, 2).await;
    let held = first.envelope.id;
    assert!(others.iter().all(|other| other.envelope.id != held), "others pass what was given back");
}

/// `failures` counts how often a handler failed on it, and nothing else.
pub async fn only_failures_count_as_failures(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    publish(&*bench, &submitted(&key("a"), now)).await;
    let naks = [(away(Duration::ZERO), 0), (failed(Duration::ZERO), 0), (away(Duration::ZERO), 1)];
    for (nak, failures) in naks.into_iter().chain([(failed(Duration::ZERO), 1), (failed(Duration::ZERO), 2)])
    {
        let delivery = pull_one(&bench.log(), Consumer::Llm).await;
        assert_eq!(delivery.failures, failures, "only a nak that names a failure counts");
        bench.log().nak(delivery.receipt, nak).await.expect("nak works");
    }
    assert_eq!(pull_one(&bench.log(), Consumer::Llm).await.failures, 3, "each failure counts once");
}

/// A crash of the process hands out again what was not acknowledged, and only that.
pub async fn a_crash_hands_out_again_what_was_not_acknowledged(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    publish_all(&*bench, &submissions(4, now)).await;
    let got = pull(&bench.log(), Consumer::Llm, 3).await;
    bench.log().ack(got[1].receipt).await.expect("ack works");
    bench.reopen().await;
    let lag = bench.log().lag(Consumer::Llm).await.unwrap();
    assert_eq!(lag, 3, "after a crash, all that was not acknowledged is still to be handled");
    let again = pull_after_crash(&*bench, Consumer::Llm, 3).await;
    let mut about: Vec<_> = again.iter().map(|delivery| delivery.envelope.about.clone()).collect();
    about.sort();
    let acked = &got[1].envelope.about;
    assert!(!about.contains(acked), "what was acknowledged came again after a crash");
    about.dedup();
    assert_eq!(about.len(), 3, "what was not acknowledged comes again after a crash, each once");
    assert!(
        pull_none(&bench.log(), Consumer::Llm).await.is_empty(),
        "something came again after a crash twice"
    );
}

/// Deliveries after a crash do not count as failures.
pub async fn a_crash_is_no_failure(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    publish(&*bench, &submitted(&key("a"), now)).await;
    pull_one(&bench.log(), Consumer::Llm).await;
    bench.reopen().await;
    let again = pull_after_crash(&*bench, Consumer::Llm, 1).await;
    assert_eq!(again[0].failures, 0, "a delivery after a crash does not count as a failure");
}
