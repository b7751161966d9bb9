//! Events on their way from Redis into the log.

use std::time::Duration;

use tracerail_actors::conformance::sample;
use tracerail_actors::port::{Batch, Committed, Place, Published, Store};
use tracerail_testkit::servers::{Redis, RedisOptions};

use super::log::{Told, has_contents, now, open, places, settings};

fn admissions(count: usize) -> Vec<Batch> {
    (0..count).map(|n| sample::admit(&sample::key(&format!("new-{n}")), now())).collect()
}

fn published(batch: &Batch, sequence: u64) -> Vec<Published> {
    let place = Some(Place { stream: 0, sequence });
    batch.events.iter().filter_map(|event| Published::of(event, place)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_outbox_is_read_in_order_and_no_further_than_asked() {
    let redis = Redis::start(RedisOptions::default());
    let mut settings = settings(&redis);
    // One partition has more than is read in one go.
    settings.partitions = 1;
    let store = open(&settings, &Told::default()).await.unwrap();
    let batches = admissions(1_100);
    for batch in &batches {
        store.commit(batch.clone(), None).await.unwrap();
    }
    let unsent = store.unsent(Duration::ZERO, 1_050).await.unwrap();
    let expected: Vec<_> = batches.iter().flat_map(|batch| batch.events.clone()).collect();
    assert_eq!(unsent, expected[..1_050]);
    assert!(store.unsent(Duration::from_hours(1), 10).await.unwrap().is_empty());
    // A repetition finds its own among them.
    let repeated = store.commit(batches[700].clone(), None).await.unwrap();
    let Committed::AlreadyApplied { unsent, .. } = repeated else { panic!("{repeated:?}") };
    assert_eq!(unsent, batches[700].events);
    store.sent(&published(&batches[700], 1)).await.unwrap();
    let repeated = store.commit(batches[700].clone(), None).await.unwrap();
    let Committed::AlreadyApplied { unsent, .. } = repeated else { panic!("{repeated:?}") };
    assert_eq!(unsent, []);
    assert_eq!(store.unsent(Duration::ZERO, 5_000).await.unwrap().len(), 1_099);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_told_of_twice_is_no_reason_to_read_the_log() {
    let redis = Redis::start(RedisOptions::default());
    let settings = settings(&redis);
    let store = open(&settings, &Told::default()).await.unwrap();
    let batch = admissions(1).remove(0);
    store.commit(batch.clone(), None).await.unwrap();
    let suspected = || redis.ask(&format!("EXISTS {}:tracerail:suspect", settings.prefix));
    for _ in 0..2 {
        store.sent(&published(&batch, 5)).await.unwrap();
        assert_eq!(suspected(), ":0\r\n");
    }
    let key = batch.content.unwrap().key;
    assert_eq!(places(&store, &key).await, [Place { stream: 0, sequence: 5 }]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_whose_commit_was_lost_is_looked_for_in_the_log() {
    let redis = Redis::start(RedisOptions::default());
    let told = Told::of_old_submissions(3);
    let store = open(&settings(&redis), &told).await.unwrap();
    let batch = admissions(1).remove(0);
    // Redis has forgotten the commit, and the event got into the log after that was made up for.
    told.add(sample::submitted(&sample::key("new-0"), now()), now());
    told.add(batch.events[0].clone(), now());
    store.sent(&published(&batch, 5)).await.unwrap();
    has_contents(&store, 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_one_batch_is_no_fault_of_those_that_go_with_it() {
    let redis = Redis::start(RedisOptions::default());
    let mut settings = settings(&redis);
    settings.partitions = 1;
    let store = open(&settings, &Told::default()).await.unwrap();
    let damaged = format!("{}:tracerail:{{p00}}:c:{}", settings.prefix, sample::key("new-7"));
    assert!(redis.ask(&format!("SET {damaged} nonsense")).starts_with("+OK"));
    let batches = admissions(20);
    let all = batches.iter().map(|batch| store.commit(batch.clone(), None));
    for (n, committed) in futures_util::future::join_all(all).await.into_iter().enumerate() {
        assert_eq!(matches!(committed, Ok(Committed::Applied { .. })), n != 7, "{n}: {committed:?}");
    }
    assert_eq!(store.totals().await.unwrap().contents, 19);
    assert_eq!(store.unsent(Duration::ZERO, 100).await.unwrap().len(), 19);
    redis.ask(&format!("DEL {damaged}"));
    let again = store.commit(batches[7].clone(), None).await.unwrap();
    assert!(matches!(again, Committed::Applied { .. }), "nothing of it was remembered: {again:?}");
    assert_eq!(store.totals().await.unwrap().contents, 20);
}

#[test]
fn whoever_asks_a_store_that_was_closed_is_told_so() {
    let redis = Redis::start(RedisOptions::default());
    let (its_own, ours) = (tokio::runtime::Runtime::new().unwrap(), tokio::runtime::Runtime::new().unwrap());
    let mut settings = settings(&redis);
    settings.runtime = Some(its_own.handle().clone());
    let store = ours.block_on(open(&settings, &Told::default())).unwrap();
    let batch = admissions(1).remove(0);
    assert!(ours.block_on(store.commit(batch.clone(), None)).is_ok());
    // Until its threads are gone: what they were just doing could still be answered.
    its_own.shutdown_timeout(Duration::from_secs(20));
    for _ in 0..2 {
        let asked =
            async { tokio::time::timeout(Duration::from_secs(20), store.commit(batch.clone(), None)).await };
        let refused = ours.block_on(asked).expect("it does not wait for ever").unwrap_err();
        assert!(refused.chain().contains("closed"), "{}", refused.chain());
    }
}
