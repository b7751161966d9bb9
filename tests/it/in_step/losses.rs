//! Redis loses something, or whoever makes up for it stops in the middle.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tracerail::backends::distributed::redis::RedisSettings;
use tracerail_actors::conformance::sample;
use tracerail_actors::port::{PortErrorKind, Store};
use tracerail_schemas::{Event, EventId, Subject};
use tracerail_testkit::servers::{Redis, RedisOptions};
use tracerail_testkit::wait_until;

use super::log::{Told, away, has_contents, now, open, places, settings};

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_redis_is_made_from_the_log() {
    let redis = Redis::start(RedisOptions::default());
    let told = Told::of_old_submissions(333);
    let store = open(&settings(&redis), &told).await.unwrap();
    assert_eq!(store.totals().await.unwrap().contents, 333);
    let key = sample::key("item-7");
    assert_eq!(store.content(&key).await.unwrap().unwrap().trail.len(), 1);
    assert_eq!(places(&store, &key).await[0].sequence, 8);
    // All sixteen partitions have the same sources: each counts.
    let (count, sources) = store.digest().await.unwrap().remove("sources").unwrap();
    assert!(count == 16 && sources.chars().any(|digit| digit != '0'), "{count} {sources}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_was_emptied_behind_our_back_is_made_again() {
    let redis = Redis::start(RedisOptions::default());
    let told = Told::of_old_submissions(333);
    let store = open(&settings(&redis), &told).await.unwrap();
    let before = store.digest().await.unwrap();
    redis.flushall();
    has_contents(&store, 333).await;
    assert_eq!(store.digest().await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_redis_gets_what_its_file_has_not() {
    let mut redis = Redis::start(RedisOptions::default());
    let told = Told::of_old_submissions(120);
    let settings = settings(&redis);
    let store = open(&settings, &told).await.unwrap();
    // The file is copied, and put back later: what is committed in between is lost.
    redis.restart();
    has_contents(&store, 120).await;
    redis.ask("BGREWRITEAOF");
    for event in sample::submissions(125, now()).split_off(120) {
        told.add(event, now());
    }
    redis.restart();
    has_contents(&store, 125).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_after_one_that_died_in_the_middle_begins_where_that_one_began() {
    let redis = Redis::start(RedisOptions::default());
    let told = Told::of_old_submissions(333);
    let settings = settings(&redis);
    told.before_page(|page| if page == 3 { Err(away()) } else { Ok(()) });
    let short = RedisSettings { connect_within: Some(Duration::from_secs(1)), ..settings.clone() };
    let failed = open(&short, &told).await.unwrap_err();
    assert_eq!(failed.kind, PortErrorKind::Unavailable, "a log that is away is no damage");
    told.heal();
    let store = open(&settings, &told).await.unwrap();
    assert_eq!(store.totals().await.unwrap().contents, 333);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_begun_comes_to_the_end_however_little_time_there_was() {
    let redis = Redis::start(RedisOptions::default());
    let told = Told::of_old_submissions(333);
    let hurried = RedisSettings { connect_within: Some(Duration::from_secs(1)), ..settings(&redis) };
    let began = Instant::now();
    told.before_page(move |_| {
        wait_until("its time is over", Duration::from_mins(1), || {
            if began.elapsed() > Duration::from_secs(2) { Ok(()) } else { Err("not yet".to_owned()) }
        });
        Ok(())
    });
    let store = open(&hurried, &told).await.unwrap();
    assert_eq!(store.totals().await.unwrap().contents, 333);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_another_that_brings_it_up_waits_as_long_as_it_has_time_and_says_for_whom() {
    let redis = Redis::start(RedisOptions::default());
    let told = Told::of_old_submissions(3);
    let hurried = RedisSettings { connect_within: Some(Duration::from_secs(1)), ..settings(&redis) };
    let lock = format!("{}:tracerail:lock", hurried.prefix);
    redis.ask(&format!("SET {lock} somebody"));
    let failed = open(&hurried, &told).await.unwrap_err();
    assert_eq!(failed.kind, PortErrorKind::Unavailable);
    assert!(failed.chain().contains("another process is bringing it up"), "{}", failed.chain());
    redis.ask(&format!("DEL {lock}"));
    assert_eq!(open(&hurried, &told).await.unwrap().totals().await.unwrap().contents, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_that_stopped_in_the_middle_is_not_taken_for_whole() {
    let redis = Redis::start(RedisOptions::default());
    let told = Told::of_old_submissions(333);
    let store = open(&settings(&redis), &told).await.unwrap();
    let before = store.digest().await.unwrap();
    told.before_page(|page| if page == 3 { Err(away()) } else { Ok(()) });
    store.rebuild(&|_| {}).await.unwrap_err();
    assert!(store.totals().await.is_err(), "nobody sees the half of it");
    told.heal();
    has_contents(&store, 333).await;
    assert_eq!(store.digest().await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_lost_the_lock_without_noticing_writes_nothing_more() {
    let redis = Arc::new(Redis::start(RedisOptions::default()));
    let told = Told::of_old_submissions(333);
    let settings = settings(&redis);
    let store = open(&settings, &told).await.unwrap();
    // Somebody else takes over while pages are read.
    let (server, prefix) = (Arc::clone(&redis), settings.prefix.clone());
    let taken = AtomicBool::new(false);
    told.before_page(move |page| {
        if page == 3 && !taken.swap(true, Ordering::Relaxed) {
            for partition in 0..16 {
                let meta = format!("{prefix}:tracerail:{{p{partition:02}}}:meta");
                server.ask(&format!("HSET {meta} state \"behind somebody-else\""));
            }
        }
        Ok(())
    });
    let failed = store.rebuild(&|_| {}).await.unwrap_err();
    assert_eq!(failed.kind, PortErrorKind::Unavailable);
    let state = redis.ask(&format!("HGET {}:tracerail:{{p05}}:meta state", settings.prefix));
    assert!(!state.contains("ready") || store.totals().await.unwrap().contents == 333, "{state}");
    has_contents(&store, 333).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_leaves_what_waits_to_get_into_the_log() {
    let redis = Redis::start(RedisOptions::default());
    let told = Told::of_old_submissions(60);
    let store = open(&settings(&redis), &told).await.unwrap();
    let batch = sample::create(&sample::task(&sample::key("a"), now()));
    store.commit(batch.clone(), None).await.unwrap();
    store.rebuild(&|_| {}).await.unwrap();
    let id = batch.task.unwrap().task.id;
    assert!(store.task(id).await.unwrap().is_some());
    assert_eq!(store.unsent(Duration::ZERO, 10).await.unwrap(), batch.events);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_is_told_again_as_a_whole_keeps_its_place_in_the_log() {
    let redis = Redis::start(RedisOptions::default());
    let told = Told::of_old_submissions(3);
    let store = open(&settings(&redis), &told).await.unwrap();
    let key = sample::key("item-1");
    let place = places(&store, &key).await;
    assert_eq!(place.len(), 1);
    let before = store.digest().await.unwrap();
    let record = store.content(&key).await.unwrap().unwrap();
    let mut snapshot = sample::submitted(&key, now());
    snapshot.envelope.id = EventId::from_uuid(snapshot.envelope.id.handled_by("snapshot"));
    snapshot.envelope.subject = Subject::ContentSnapshot;
    snapshot.data = Event::ContentSnapshot(Box::new(record)).encode().unwrap();
    told.add(snapshot, now());
    store.rebuild(&|_| {}).await.unwrap();
    assert_eq!(places(&store, &key).await, place);
    assert_eq!(store.digest().await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_first_to_nothing_at_all_need_not_be_able_to_read_the_log() {
    let redis = Redis::start(RedisOptions::default());
    let told = Told::default();
    told.mark("everything", 1, 0);
    told.before_page(|_| Err(away()));
    let settings = RedisSettings { may_catch_up: false, ..settings(&redis) };
    let store = open(&settings, &told).await.unwrap();
    assert_eq!(store.totals().await.unwrap().contents, 0);
}
