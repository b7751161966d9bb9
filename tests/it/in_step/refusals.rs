//! What is not worked with: a log that is another one, a server that lets nobody in.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tracerail::backends::distributed::redis::RedisSettings;
use tracerail_actors::conformance::sample;
use tracerail_actors::port::{PortErrorKind, Store};
use tracerail_testkit::servers::{Redis, RedisOptions};

use super::log::{Told, has_contents, now, open, settings};

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_was_made_again_is_not_opened_on() {
    let redis = Redis::start(RedisOptions::default());
    let told = Told::of_old_submissions(10);
    let settings = settings(&redis);
    drop(open(&settings, &told).await.unwrap());
    told.mark("everything", 2, 10);
    let failed = open(&settings, &told).await.unwrap_err();
    assert_eq!(failed.kind, PortErrorKind::Corrupt);
    assert!(failed.chain().contains("was made again"), "{}", failed.chain());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_became_shorter_closes_the_store_for_good() {
    let redis = Redis::start(RedisOptions::default());
    let told = Told::of_old_submissions(10);
    let store = open(&settings(&redis), &told).await.unwrap();
    told.mark("everything", 1, 4);
    let patience = Instant::now() + Duration::from_secs(15);
    while store.waits_for().is_none() {
        assert!(Instant::now() < patience, "nobody noticed");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // It does not open now and then in between.
    for _ in 0..100 {
        let failed = store.task(sample::task(&sample::key("a"), now()).id).await;
        assert_eq!(failed.unwrap_err().kind, PortErrorKind::Unavailable);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    told.mark("everything", 1, 10);
    has_contents(&store, 10).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_note_the_streams_at_once_raise_no_false_alarm() {
    let redis = Arc::new(Redis::start(RedisOptions::default()));
    let told = Told::of_old_submissions(10);
    let settings = settings(&redis);
    let store = open(&settings, &told).await.unwrap();
    // Between our look at the streams and our comparison somebody else looks, sees more, and notes it.
    let (server, prefix, last) = (Arc::clone(&redis), settings.prefix.clone(), AtomicU64::new(10));
    let stream = told.clone();
    let looked = Arc::new(AtomicU64::new(0));
    let looks = Arc::clone(&looked);
    told.before_marks(move || {
        let more = last.fetch_add(1, Ordering::Relaxed) + 1;
        stream.mark("everything", 1, more);
        server.ask(&format!("HSET {prefix}:tracerail:streams everything \"1 {more}\""));
        looks.fetch_add(1, Ordering::Relaxed);
    });
    let patience = Instant::now() + Duration::from_secs(20);
    while looked.load(Ordering::Relaxed) < 2 {
        assert_eq!(store.waits_for(), None);
        assert!(Instant::now() < patience, "nobody looked");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(store.waits_for(), None);
    assert_eq!(store.totals().await.unwrap().contents, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_let_in_is_told_so_at_once() {
    let redis = Redis::start(RedisOptions { shipped: true, ..RedisOptions::default() });
    let told = Told::of_old_submissions(3);
    let fine = RedisSettings {
        user: Some("tracerail".to_owned()),
        password: Some(Redis::password().into()),
        ..settings(&redis)
    };
    let nobody = RedisSettings { user: None, password: None, ..fine.clone() };
    let wrong = RedisSettings { password: Some("wrong".into()), ..fine.clone() };
    for settings in [nobody, wrong] {
        let began = Instant::now();
        let failed = open(&settings, &told).await.unwrap_err();
        assert_eq!(failed.kind, PortErrorKind::Denied, "{}", failed.chain());
        assert!(began.elapsed() < Duration::from_secs(5));
    }
    // The shipped rights are enough for everything, also for making it again.
    let store = open(&fine, &told).await.unwrap();
    store.rebuild(&|_| {}).await.unwrap();
    assert_eq!(store.totals().await.unwrap().contents, 3);
}
