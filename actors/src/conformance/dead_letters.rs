//! `EventLog`: what could not be handled is kept, bytes and all, and can be tried again.

use tracerail_schemas::dead_letter::{DeadLetter, DeadLetterStatus};
use tracerail_schemas::{Code, Subject};

use super::bench::{Bench, Harness};
use super::sample::{event, key, submissions, submitted};
use super::steps::{failed, hopeless, publish, publish_all, pull, pull_after_crash, pull_none, pull_one};
use crate::port::{Consumer, DeadLetterFilter};

/// The obligations of this suite.
pub const ALL: &[&str] = &[
    "a_dead_letter_keeps_everything",
    "a_dead_letter_is_not_handed_out",
    "dead_letters_are_listed_by_filter",
    "a_replay_hands_it_out_once_with_no_failures",
    "a_replay_survives_a_crash",
    "a_replayed_letter_can_die_again",
    "bytes_that_cannot_be_read_become_a_dead_letter",
    "raw_bytes_are_handed_out_as_they_are",
];

/// Everything, oldest first.
const EVERYTHING: DeadLetterFilter =
    DeadLetterFilter { consumer: None, status: None, after: 0, limit: 1_000 };
/// What waits for a person.
const HELD: DeadLetterFilter = DeadLetterFilter { status: Some(DeadLetterStatus::Held), ..EVERYTHING };

async fn list(bench: &dyn Bench, filter: DeadLetterFilter) -> Vec<DeadLetter> {
    bench.log().dead_letters(filter).await.expect("listing works")
}

/// Publishes one submission and gives it up.
async fn one_dead(bench: &dyn Bench) -> DeadLetter {
    let now = bench.store().now().await.unwrap();
    publish(bench, &submitted(&key("a"), now)).await;
    let delivery = pull_one(&bench.log(), Consumer::Llm).await;
    bench.log().give_up(delivery.receipt, hopeless()).await.expect("giving up works");
    list(bench, HELD).await.remove(0)
}

/// A dead letter keeps the original bytes, who gave it up, why and after how many tries, over a crash.
pub async fn a_dead_letter_keeps_everything(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    let event = event(Subject::ContentSubmitted, key("a"), 1, now);
    publish(&*bench, &event).await;
    let first = pull_one(&bench.log(), Consumer::Llm).await;
    bench.log().nak(first.receipt, failed(std::time::Duration::ZERO)).await.unwrap();
    let second = pull_one(&bench.log(), Consumer::Llm).await;
    bench.log().give_up(second.receipt, hopeless()).await.expect("giving up works");
    bench.reopen().await;
    let letters = list(&*bench, EVERYTHING).await;
    assert_eq!(letters.len(), 1, "what was given up is a dead letter, also after a crash");
    let letter = &letters[0];
    assert_eq!(letter.data, event.data, "a dead letter keeps the original bytes");
    assert_eq!((letter.actor.as_str(), letter.subject.as_str()), ("llm", "content.submitted"));
    assert_eq!((letter.code, &letter.cause), (Code::PayloadMalformed, &hopeless().cause), "it says why");
    assert_eq!(letter.attempts, 2, "a letter was tried once more than it had failed before");
    assert_eq!(letter.event_id, Some(event.envelope.id.to_string()), "it says which event it was");
    assert_eq!(letter.status, DeadLetterStatus::Held, "it waits for a person");
    assert!(letter.at >= now, "it says when it was given up");
}

/// A dead letter is handed out no more, also after a crash.
pub async fn a_dead_letter_is_not_handed_out(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    one_dead(&*bench).await;
    assert!(pull_none(&bench.log(), Consumer::Llm).await.is_empty(), "a dead letter was handed out");
    bench.reopen().await;
    let now = bench.store().now().await.unwrap();
    publish(&*bench, &submitted(&key("next"), now)).await;
    let next = pull_after_crash(&*bench, Consumer::Llm, 1).await;
    assert_eq!(next[0].envelope.about, key("next").to_string(), "a dead letter was handed out after a crash");
}

/// Listing is oldest first, by consumer, status, number and limit; numbers rise.
pub async fn dead_letters_are_listed_by_filter(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    publish_all(&*bench, &submissions(3, now)).await;
    publish(&*bench, &event(Subject::ContentAnalyzed, key("a"), 1, now)).await;
    for (consumer, n) in [(Consumer::Llm, 3), (Consumer::Router, 1)] {
        for delivery in pull(&bench.log(), consumer, n).await {
            bench.log().give_up(delivery.receipt, hopeless()).await.expect("giving up works");
        }
    }
    let all = list(&*bench, EVERYTHING).await;
    let numbers: Vec<_> = all.iter().map(|letter| letter.number).collect();
    assert_eq!(numbers.len(), 4);
    assert!(numbers[0] > 0 && numbers.is_sorted_by(|a, b| a < b), "numbers rise from above 0: {numbers:?}");
    assert!(bench.log().replay(numbers[1]).await.unwrap());
    let numbered =
        async |filter| list(&*bench, filter).await.iter().map(|letter| letter.number).collect::<Vec<_>>();
    assert_eq!(
        numbered(DeadLetterFilter { consumer: Some(Consumer::Router), ..EVERYTHING }).await,
        numbers[3..],
        "of one consumer"
    );
    assert_eq!(numbered(HELD).await, [numbers[0], numbers[2], numbers[3]], "of one status");
    assert_eq!(
        numbered(DeadLetterFilter { status: Some(DeadLetterStatus::Replayed), ..EVERYTHING }).await,
        [numbers[1]],
        "a replayed one stays in the list as replayed"
    );
    assert_eq!(
        numbered(DeadLetterFilter { after: numbers[0], limit: 2, ..EVERYTHING }).await,
        numbers[1..3],
        "after one, at most two"
    );
}

/// The actor gets it again, as it was, with no failures; a second replay, or one of an unknown number, does nothing.
pub async fn a_replay_hands_it_out_once_with_no_failures(harness: &dyn Harness) {
    let bench = harness.open().await;
    let letter = one_dead(&*bench).await;
    assert!(!bench.log().replay(letter.number + 1_000).await.unwrap(), "there is no such letter to replay");
    assert!(bench.log().replay(letter.number).await.unwrap(), "a held letter can be replayed");
    assert!(!bench.log().replay(letter.number).await.unwrap(), "a letter can be replayed once");
    let again = pull_one(&bench.log(), Consumer::Llm).await;
    assert_eq!(again.failures, 0, "a replayed letter has no failures");
    assert_eq!(again.data, letter.data, "a replayed letter has the original bytes");
    assert_eq!(Some(again.envelope.id.to_string()), letter.event_id, "a replayed letter is the same event");
    bench.log().ack(again.receipt).await.expect("ack works");
    assert!(!bench.log().replay(letter.number).await.unwrap(), "a letter can be replayed once");
    assert!(pull_none(&bench.log(), Consumer::Llm).await.is_empty(), "a replayed letter is handed out once");
}

/// A replay that has been confirmed is not lost.
pub async fn a_replay_survives_a_crash(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let letter = one_dead(&*bench).await;
    assert!(bench.log().replay(letter.number).await.unwrap());
    bench.reopen().await;
    assert!(!bench.log().replay(letter.number).await.unwrap(), "a crash forgot that a letter was replayed");
    let again = pull_after_crash(&*bench, Consumer::Llm, 1).await;
    assert_eq!(again[0].data, letter.data, "a replay survives a crash");
}

/// An event that is given up again after its replay waits for a person again.
pub async fn a_replayed_letter_can_die_again(harness: &dyn Harness) {
    let bench = harness.open().await;
    let letter = one_dead(&*bench).await;
    assert!(bench.log().replay(letter.number).await.unwrap());
    let again = pull_one(&bench.log(), Consumer::Llm).await;
    bench.log().give_up(again.receipt, hopeless()).await.expect("giving up works");
    let held = list(&*bench, HELD).await;
    assert_eq!(held.len(), 1, "given up again, it waits for a person again, once");
    assert_eq!(held[0].event_id, letter.event_id);
    assert!(bench.log().replay(held[0].number).await.unwrap(), "and can be replayed again");
}

/// Bytes that cannot be read end as a dead letter of the consumer of that subject: by the log itself, or, where it hands them out, by
/// whoever is handed them.
pub async fn bytes_that_cannot_be_read_become_a_dead_letter(harness: &dyn Harness) {
    let bench = harness.open().await;
    let garbage = vec![0xc1, 0x00, 0xff, b'{'];
    bench.log().publish_raw(Subject::ContentSubmitted, garbage.clone()).await.expect("raw bytes are taken");
    let wait = std::time::Duration::from_millis(500);
    for delivery in bench.log().pull(Consumer::Llm, 10, wait).await.unwrap() {
        assert_eq!(delivery.data, garbage, "raw bytes are handed out as they are");
        bench.log().give_up(delivery.receipt, hopeless()).await.expect("giving up works");
    }
    let held = list(&*bench, HELD).await;
    assert_eq!(held.len(), 1, "what cannot be read becomes one dead letter");
    assert_eq!(
        (held[0].actor.as_str(), &held[0].data),
        ("llm", &garbage),
        "of that consumer, with its bytes"
    );
}

/// Raw bytes, here JSON, reach the consumer unchanged, under the id that was answered; the same bytes again are new content.
pub async fn raw_bytes_are_handed_out_as_they_are(harness: &dyn Harness) {
    let bench = harness.open().await;
    let json = br#"  {"content": "hello"}"#.to_vec();
    let first = bench.log().publish_raw(Subject::ContentSubmitted, json.clone()).await.unwrap();
    let second = bench.log().publish_raw(Subject::ContentSubmitted, json.clone()).await.unwrap();
    assert_ne!(first, second, "without an id of its own, each sending is an event of its own");
    let got = pull(&bench.log(), Consumer::Llm, 2).await;
    for id in [first, second] {
        let delivery = got.iter().find(|delivery| delivery.envelope.id == id);
        let delivery = delivery.expect("raw bytes are handed out under the id that publish_raw answered");
        assert_eq!(delivery.data, json, "raw bytes are handed out as they are");
        assert_eq!((delivery.envelope.subject, delivery.envelope.version), (Subject::ContentSubmitted, 1));
        assert_eq!(delivery.envelope.correlation_id, id, "what comes from outside begins its own story");
    }
}
