//! Open tasks outlive the events they came from.

use std::sync::Arc;
use std::time::Duration;

use tracerail::backends::distributed::Snapshots;
use tracerail::backends::distributed::redis::RedisSettings;
use tracerail_actors::conformance::{TestClock, sample};
use tracerail_actors::port::{Batch, Clock, EventLog, Position, Published, Store, TaskWrite};
use tracerail_schemas::task::{Status, Task};
use tracerail_schemas::{ContentKey, Subject, TaskId, Timestamp};
use tracerail_testkit::servers::{Nats, NatsOptions, Redis, RedisOptions};

use super::log::{Told, open, settings};
use crate::nats::stage::{Stage, settings as nats_settings};

const AGE_MAX: Duration = Duration::from_hours(30 * 24);

/// An item with its open task.
fn batches(id: &str, at: Timestamp, n: u128) -> (Task, [Batch; 2]) {
    let task = sample::task(&sample::key(id), at);
    let mut create = sample::create(&task);
    create.cause.id = uuid::Uuid::from_u128(n);
    (task, [sample::admit(&sample::key(id), at), create])
}

async fn commit(store: &impl Store, log: &dyn EventLog, batch: Batch) {
    let committed = store.commit(batch.clone(), None).await.unwrap();
    assert!(matches!(committed, tracerail_actors::port::Committed::Applied { .. }), "{committed:?}");
    let published: Vec<Published> = log.publish(batch.events).await.unwrap();
    store.sent(&published).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn open_tasks_are_told_again_before_their_beginnings_are_forgotten() {
    let (redis, nats) = (Redis::start(RedisOptions::default()), Nats::start(NatsOptions::default()));
    let clock = TestClock::default();
    let stage = Stage::open(&nats_settings(&nats.url()), &clock).await;
    let log: Arc<dyn EventLog> = stage.log.clone();
    let settings = RedisSettings { clock: Some(Arc::new(clock.clone())), ..settings(&redis) };
    let store = open(&settings, &Told::default()).await.unwrap();
    let began = clock.now();
    let (mut kept, mut closed) = (Vec::new(), Vec::new());
    for n in 0..5 {
        let (task, batches) = batches(&format!("item-{n}"), began, 1_000 + n);
        for batch in batches {
            commit(&store, &*log, batch).await;
        }
        if n == 4 { closed.push(task) } else { kept.push(task) }
    }
    // One is over before the period ends.
    let mut over = closed[0].clone();
    over.version = 2;
    over.state.status = Status::Cancelled;
    let mut end = Batch::of(sample::cause_of(77, &sample::key("item-4")));
    end.task = Some(TaskWrite { expected_version: Some(1), task: Box::new(over) });
    commit(&store, &*log, end).await;

    let snapshots = Snapshots::new(store.clone(), Arc::clone(&log), AGE_MAX);
    assert_eq!(snapshots.round().await.unwrap(), 0, "their beginnings are young");
    clock.advance(AGE_MAX / 2 + Duration::from_secs(1));
    assert_eq!(snapshots.round().await.unwrap(), 4, "each open task, once");
    assert_eq!(snapshots.round().await.unwrap(), 0, "the period's work is done");

    // Whatever was there before is forgotten; the snapshots, and what comes after them, is all there is.
    let told = Told::default();
    let whole = log.read(&Position::start(), &[], 1_000).await.unwrap();
    let snapshots: Vec<_> = whole
        .iter()
        .map(|logged| &logged.event)
        .filter(|event| is_snapshot(event.envelope.subject))
        .collect();
    assert_eq!(snapshots.len(), 8, "a task and its item each");
    for event in snapshots {
        told.add(event.clone(), clock.now());
    }
    let again = open(&RedisSettings { prefix: "again".to_owned(), ..settings }, &told).await.unwrap();
    for task in &kept {
        let key: &ContentKey = task.data.content_key.as_ref().unwrap();
        assert_eq!(again.task(task.id).await.unwrap(), store.task(task.id).await.unwrap());
        assert_eq!(again.content(key).await.unwrap(), store.content(key).await.unwrap());
    }
    assert_eq!(again.task(TaskId::of_content(&sample::key("item-4"))).await.unwrap(), None, "it was over");
    let armed = |store: tracerail::backends::distributed::redis::RedisStore| async move {
        store.armed(None, 100).await.unwrap()
    };
    assert_eq!(armed(again).await, armed(store).await, "the timers stand as they stood");
}

fn is_snapshot(subject: Subject) -> bool {
    matches!(subject, Subject::TaskSnapshot | Subject::ContentSnapshot)
}
