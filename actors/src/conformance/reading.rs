//! `EventLog`: what can be read of it, besides deliveries.

use tracerail_schemas::Subject;

use super::bench::Harness;
use super::sample::{admit, cause, change, create, event, key, submissions, submitted, task};
use super::steps::{apply, away, everything, hopeless, ids, publish, publish_all, pull, read};
use crate::port::{Consumer, Position};

/// The obligations of this suite.
pub const ALL: &[&str] = &[
    "reading_goes_on_after_a_place",
    "reading_is_by_subject",
    "the_head_is_the_newest_event",
    "lag_counts_what_is_still_to_be_handled",
    "a_trail_has_the_content_and_its_task_oldest_first",
];

/// The events after a place, oldest first, at most `limit`; places rise.
pub async fn reading_goes_on_after_a_place(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    let events = submissions(5, now);
    publish_all(&*bench, &events).await;
    let (mut after, mut found) = (Position::start(), Vec::new());
    loop {
        let page = bench.log().read(&after, &[], 2).await.expect("read works");
        assert!(page.len() <= 2, "at most what was asked for");
        let Some(last) = page.last() else { break };
        assert!(page.is_sorted_by(|a, b| a.position < b.position) && page[0].position > after, "places rise");
        after = last.position.clone();
        found.extend(page.into_iter().map(|logged| logged.event));
    }
    assert_eq!(found, events, "reading on from the last place meets each event once, in order");
}

/// Only events of the subjects that were asked for.
pub async fn reading_is_by_subject(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    let events: Vec<_> =
        Subject::ALL.iter().zip(0..).map(|(subject, n)| event(*subject, key("a"), n, now)).collect();
    publish_all(&*bench, &events).await;
    let wanted = [Subject::TaskCreated, Subject::SlaBreached];
    let found: Vec<_> =
        read(&*bench, &wanted).await.iter().map(|found| found.event.envelope.subject).collect();
    assert_eq!(found, wanted, "only the subjects that were asked for");
    assert_eq!(everything(&*bench).await.len(), events.len(), "no subjects are all subjects");
}

/// The place of the newest event; the start when there is none.
pub async fn the_head_is_the_newest_event(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    assert_eq!(bench.log().head().await.unwrap(), Position::start(), "the head of an empty log is its start");
    let now = bench.store().now().await.unwrap();
    publish_all(&*bench, &submissions(3, now)).await;
    apply(&*bench, &admit(&key("a"), now)).await;
    let last = everything(&*bench).await.last().expect("the log is not empty").position.clone();
    assert_eq!(bench.log().head().await.unwrap(), last, "the head is the place of the newest event");
    bench.reopen().await;
    assert_eq!(bench.log().head().await.unwrap(), last, "a crash does not move the head");
}

/// Waiting, given back and being handled are still to be handled; acknowledged and dead are not.
pub async fn lag_counts_what_is_still_to_be_handled(harness: &dyn Harness) {
    let bench = harness.open().await;
    let lag = async || bench.log().lag(Consumer::Llm).await.unwrap();
    assert_eq!(lag().await, 0);
    let now = bench.store().now().await.unwrap();
    publish_all(&*bench, &submissions(4, now)).await;
    publish(&*bench, &event(Subject::TaskCreated, key("a"), 1, now)).await;
    assert_eq!(lag().await, 4, "all that was published for this consumer, and nothing else");
    let got = pull(&bench.log(), Consumer::Llm, 3).await;
    assert_eq!(lag().await, 4, "what is being handled is still to be handled");
    bench.log().ack(got[0].receipt).await.unwrap();
    assert_eq!(lag().await, 3, "what was acknowledged is handled");
    bench.log().give_up(got[1].receipt, hopeless()).await.unwrap();
    assert_eq!(lag().await, 2, "a dead letter is nothing the consumer has to handle");
    bench.log().nak(got[2].receipt, away(super::sample::HOUR)).await.unwrap();
    assert_eq!(lag().await, 2, "what was given back is still to be handled");
}

/// The trail of a content item: its events and those of its task, oldest first, and no others.
pub async fn a_trail_has_the_content_and_its_task_oldest_first(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    let (mine, other) = (key("a"), key("b"));
    let mut expected = vec![submitted(&mine, now)];
    publish_all(&*bench, &[submitted(&mine, now), submitted(&other, now)]).await;
    let (task, others_task) = (task(&mine, now), task(&other, now));
    let mut batches = vec![admit(&mine, now), admit(&other, now), create(&others_task), create(&task)];
    batches.push(change(&others_task, others_task.clone(), cause(1)));
    batches.push(change(&task, task.clone(), cause(2)));
    for batch in &batches {
        apply(&*bench, batch).await;
    }
    expected.extend([0, 3, 5].into_iter().flat_map(|index: usize| batches[index].events.clone()));
    bench.reopen().await;
    let trail: Vec<_> =
        bench.log().trail(&mine).await.unwrap().into_iter().map(|logged| logged.event.envelope.id).collect();
    assert_eq!(trail, ids(&expected), "the log's trail has the item's and its task's events, oldest first");
    let record = bench.store().content(&mine).await.unwrap().expect("the item was taken in");
    assert_eq!(record.trail, ids(&expected), "the record's trail has the same");
}
