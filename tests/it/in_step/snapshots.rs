//! What is open outlives the events it came from.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tracerail::backends::distributed::nats::{NatsSettings, observe};
use tracerail::backends::distributed::redis::{RedisSettings, RedisStore};
use tracerail::backends::distributed::{Distributed, Opening, Snapshots, SnapshotsTold};
use tracerail_actors::conformance::{TestClock, sample};
use tracerail_actors::port::{
    Batch, Clock, Committed, ContentWrite, EventLog, Position, Published, Store, SystemClock, TaskWrite,
};
use tracerail_schemas::content::Outcome;
use tracerail_schemas::event::ContentCompleted;
use tracerail_schemas::task::{Status, Task};
use tracerail_schemas::{ContentKey, Event, Principal, Subject, TaskId, Timestamp};
use tracerail_testkit::servers::{Nats, NatsOptions, Redis, RedisOptions};

use super::log::{Told, open, settings};
use crate::nats::forget;
use crate::nats::stage::{Stage, settings as nats_settings};

const AGE_MAX: Duration = Duration::from_hours(30 * 24);

/// An item with its open task.
fn batches(id: &str, at: Timestamp, n: u128) -> (Task, [Batch; 2]) {
    let task = sample::task(&sample::key(id), at);
    let mut create = sample::create(&task);
    create.cause.id = uuid::Uuid::from_u128(n);
    (task, [sample::admit(&sample::key(id), at), create])
}

async fn commit(store: &RedisStore, log: &dyn EventLog, batch: Batch) {
    let committed = store.commit(batch.clone(), None).await.unwrap();
    assert!(matches!(committed, Committed::Applied { .. }), "{committed:?}");
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
    let in_flight = sample::key("item-5");
    commit(&store, &*log, sample::admit(&in_flight, began)).await;
    // One is over before the period ends.
    let mut over = closed[0].clone();
    over.version = 2;
    over.state.status = Status::Cancelled;
    let mut end = Batch::of(sample::cause_of(77, &sample::key("item-4")));
    end.task = Some(TaskWrite { expected_version: Some(1), task: Box::new(over) });
    commit(&store, &*log, end).await;

    let snapshots = Snapshots::new(store.clone(), Arc::clone(&log), AGE_MAX);
    let nothing = SnapshotsTold::default();
    assert_eq!(snapshots.round().await.unwrap(), nothing, "their beginnings are young");
    clock.advance(AGE_MAX / 2 + Duration::from_secs(1));
    let each = SnapshotsTold { tasks: 4, items: 1, refused: 0 };
    assert_eq!(
        snapshots.round().await.unwrap(),
        each,
        "each open task, and what has neither an end nor a task, once"
    );
    assert_eq!(snapshots.round().await.unwrap(), nothing, "the period's work is done");

    // Whatever was there before is forgotten, but how one task was made; the snapshots, and what comes after them, is all there is.
    let told = Told::default();
    let whole = log.read(&Position::start(), &[], 1_000).await.unwrap();
    let snapshots: Vec<_> = whole
        .iter()
        .map(|logged| &logged.event)
        .filter(|event| is_snapshot(event.envelope.subject))
        .collect();
    assert_eq!(snapshots.len(), 9, "a task and its item each, and an item alone");
    let made = whole
        .iter()
        .map(|logged| &logged.event)
        .find(|event| event.envelope.subject == Subject::TaskCreated)
        .unwrap();
    for event in snapshots.into_iter().chain([made]) {
        told.add(event.clone(), clock.now());
    }
    let again = open(&RedisSettings { prefix: "again".to_owned(), ..settings }, &told).await.unwrap();
    for task in &kept {
        let key: &ContentKey = task.data.content_key.as_ref().unwrap();
        assert_eq!(again.task(task.id).await.unwrap(), store.task(task.id).await.unwrap());
        assert_eq!(again.content(key).await.unwrap(), store.content(key).await.unwrap());
    }
    assert_eq!(again.content(&in_flight).await.unwrap(), store.content(&in_flight).await.unwrap());
    assert_eq!(again.task(TaskId::of_content(&sample::key("item-4"))).await.unwrap(), None, "it was over");
    let armed = |store: RedisStore| async move { store.armed(None, 100).await.unwrap() };
    assert_eq!(armed(again).await, armed(store).await, "the timers stand as they stood");
}

fn is_snapshot(subject: Subject) -> bool {
    matches!(subject, Subject::TaskSnapshot | Subject::ContentSnapshot)
}

/// Twice in this time it is told what is open.
const SHORT: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread")]
async fn when_the_log_has_forgotten_what_is_open_is_made_again_and_what_is_over_is_new() {
    let (redis, nats) = (Redis::start(RedisOptions::default()), Nats::start(NatsOptions::default()));
    let nats = nats_settings(&nats.url());
    let opening = || Opening {
        nats: nats.clone(),
        redis: settings_like(&redis, &nats),
        consumers: Vec::new(),
        clock: Arc::new(SystemClock),
        io: Handle::current(),
    };
    let Distributed { connection, log, store, .. } = Distributed::open(opening()).await.unwrap();
    let began = store.now().await.unwrap();
    let (open_task, batches) = batches("open", began, 1);
    let (half, over) = (sample::key("half"), sample::key("over"));
    let submissions = [&sample::key("open"), &half, &over].map(|key| sample::submitted(key, began));
    log.publish(submissions.to_vec()).await.unwrap();
    let [admit, create] = batches;
    for batch in [admit, create, sample::admit(&half, began), sample::admit(&over, began), ends(&over, began)]
    {
        commit(&store, &*log, batch).await;
    }
    let before =
        (store.task(open_task.id).await.unwrap(), store.content(&sample::key("open")).await.unwrap());
    assert!(before.0.is_some());

    let beginnings = observe(&connection, &nats).await.unwrap();
    let snapshots = Snapshots::new(store.clone(), log.clone(), SHORT);
    let told =
        eventually(async || Some(snapshots.round().await.unwrap()).filter(|told| told.tasks > 0)).await;
    assert_eq!(told, SnapshotsTold { tasks: 1, items: 1, refused: 0 });
    // This one ends when its beginning is about to be forgotten.
    commit(&store, &*log, ends(&half, store.now().await.unwrap())).await;
    forget(&nats, &beginnings).await;

    redis.flushall();
    let since = eventually(async || Some(store.task(open_task.id).await.ok()?).filter(Option::is_some)).await;
    let item = store.content(&sample::key("open")).await.unwrap();
    assert_eq!((since, item), before, "what is open is as it was");
    assert_eq!(store.armed(None, 10).await.unwrap().len(), 1, "and its clock runs");
    assert_eq!(store.content(&over).await.unwrap(), None, "what was over is known no more");
    // What was told again in flight, and ended after, has ended.
    assert!(store.content(&half).await.unwrap().unwrap().terminal.is_some());
    let totals = store.totals().await.unwrap();
    assert_eq!((totals.contents, totals.outcomes), (2, vec![(Outcome::Auto, 1)]));
    commit(&store, &*log, sample::admit(&over, store.now().await.unwrap())).await;
    assert!(store.content(&over).await.unwrap().unwrap().terminal.is_none(), "it is new, and whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_of_which_the_log_has_only_the_end_is_left_out_as_a_whole() {
    let redis = Redis::start(RedisOptions::default());
    let (told, settings) = (Told::default(), settings(&redis));
    let (whole, half) = (sample::key("whole"), sample::key("half"));
    let at = super::log::now();
    for (key, wants_beginning) in [(&whole, true), (&half, false)] {
        if wants_beginning {
            told.add(sample::submitted(key, at), at);
        }
        for event in sample::admit(key, at).events.into_iter().chain(ends(key, at).events) {
            told.add(event, at);
        }
    }
    let store = open(&settings, &told).await.unwrap();
    assert!(store.content(&whole).await.unwrap().unwrap().terminal.is_some());
    assert_eq!(store.content(&half).await.unwrap(), None);
    let totals = store.totals().await.unwrap();
    assert_eq!((totals.contents, totals.outcomes), (1, vec![(Outcome::Auto, 1)]));
    let committed = store.commit(sample::admit(&half, at), None).await.unwrap();
    assert!(matches!(committed, Committed::Applied { .. }), "it is new: {committed:?}");
    assert!(store.content(&half).await.unwrap().unwrap().terminal.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_counts_where_it_is_newer_and_changes_go_on_from_it() {
    let redis = Redis::start(RedisOptions::default());
    let at = super::log::now();
    let first = sample::task(&sample::key("a"), at);
    let second = sample::change(&first, sample::assigned_to(first.clone(), "ada"), sample::cause(1));
    let second_task = *second.task.clone().unwrap().task;
    let third =
        sample::change(&second_task, sample::assigned_to(second_task.clone(), "bob"), sample::cause(2));
    let snapshot = |task: &Task, n| {
        let mut event = sample::event(Subject::TaskSnapshot, task.id, n, at);
        event.data = Event::TaskSnapshot(Box::new(task.clone())).encode().unwrap();
        event
    };
    let made_from = async |events: Vec<tracerail_schemas::EncodedEvent>| {
        let told = Told::default();
        for event in events {
            told.add(event, at);
        }
        let store = open(&settings(&redis), &told).await.unwrap();
        store.task(first.id).await.unwrap().map(|task| (task.version, task.state.assignment.is_some()))
    };
    let (create, second, third) = (sample::create(&first).events, second.events, third.events);
    // Later changes go on from it, also where they are read a moment before it.
    assert_eq!(made_from([vec![snapshot(&second_task, 1)], third.clone()].concat()).await, Some((3, true)));
    assert_eq!(made_from([third.clone(), vec![snapshot(&second_task, 1)]].concat()).await, Some((3, true)));
    // An older one changes nothing.
    let all = [create, second.clone(), third, vec![snapshot(&first, 1)]].concat();
    assert_eq!(made_from(all).await, Some((3, true)));
    // A change whose beginning is gone is no task.
    assert_eq!(made_from(second).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_at_a_time_tells_and_another_goes_on_where_one_died() {
    let redis = Redis::start(RedisOptions::default());
    let settings = settings(&redis);
    let told = Told::default();
    let (one, other) = (open(&settings, &told).await.unwrap(), open(&settings, &told).await.unwrap());
    let (a, b) = tokio::join!(one.take_turn("work", 7), other.take_turn("work", 7));
    let (a, b) = (a.unwrap(), b.unwrap());
    assert!(a.is_some() != b.is_some(), "one of two: {a:?} {b:?}");
    let turn = a.or(b).unwrap();
    let reached = TaskId::of_content(&sample::key("item-7"));
    assert!(one.note_turn(&turn, Some(reached)).await.unwrap());
    // It dies: nobody notes any more, and the lock runs out.
    let lock = format!("{}:tracerail:work-lock", settings.prefix);
    assert!(
        redis.ask(&format!("PTTL {lock}")).trim_matches([':', '\r', '\n']).parse::<u64>().unwrap() > 1_000
    );
    redis.ask(&format!("UNLINK {lock}"));
    let next = other.take_turn("work", 7).await.unwrap().expect("it is free again");
    assert_eq!(next.after, Some(reached), "it goes on there");
    assert!(!one.note_turn(&turn, None).await.unwrap(), "the one before has lost it");
    assert!(other.note_turn(&next, None).await.unwrap());
    assert_eq!(one.take_turn("work", 7).await.unwrap(), None, "all is done");
    assert_eq!(one.take_turn("work", 8).await.unwrap().unwrap().after, None, "until the next period");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_to_be_told_again_is_stepped_over() {
    let (redis, nats) = (Redis::start(RedisOptions::default()), Nats::start(NatsOptions::default()));
    let clock = TestClock::default();
    let stage = Stage::open(&nats_settings(&nats.url()), &clock).await;
    let log: Arc<dyn EventLog> = stage.log.clone();
    let settings = RedisSettings { clock: Some(Arc::new(clock.clone())), ..settings(&redis) };
    let store = open(&settings, &Told::default()).await.unwrap();
    for (name, n) in [("small", 1), ("large", 2), ("younger", 3)] {
        let (_, [mut admit, create]) = batches(name, clock.now(), n);
        let admission = admit.content.as_mut().and_then(|content| content.admit.as_mut()).unwrap();
        if name == "large" {
            // The server takes four MiB at once.
            admission.body.content = "x".repeat(4 << 20);
        }
        commit(&store, &*log, admit).await;
        clock.advance(Duration::from_secs(1));
        commit(&store, &*log, create).await;
    }
    clock.advance(AGE_MAX / 2);
    let round = Snapshots::new(store, Arc::clone(&log), AGE_MAX).round().await.unwrap();
    assert_eq!(round, SnapshotsTold { tasks: 3, items: 0, refused: 1 });
    let whole = log.read(&Position::start(), &[], 1_000).await.unwrap();
    let told = whole.iter().filter(|logged| is_snapshot(logged.event.envelope.subject)).count();
    assert_eq!(told, 5, "all but the one");
}

/// The item ends.
fn ends(key: &ContentKey, at: Timestamp) -> Batch {
    let mut end = Batch::of(sample::cause_of(u128::from(key.id.as_bytes()[0]), key));
    let terminal = sample::terminal(Outcome::Auto, at);
    let completed = ContentCompleted {
        content: key.clone(),
        outcome: terminal.outcome,
        decided_by: Principal::system("router"),
        reason: terminal.reason.clone(),
        completed_at: at,
        task_id: None,
        content_hash: None,
        trail: Vec::new(),
    };
    let mut event = sample::event(Subject::ContentCompleted, key, u128::from(key.id.as_bytes()[0]), at);
    event.data = Event::ContentCompleted(Box::new(completed)).encode().unwrap();
    end.events.push(event);
    end.content = Some(ContentWrite { terminal: Some(terminal), ..ContentWrite::of(key.clone()) });
    end
}

/// The settings of the store beside this log.
fn settings_like(redis: &Redis, nats: &NatsSettings) -> RedisSettings {
    RedisSettings { prefix: nats.prefix.clone(), ..settings(redis) }
}

/// Asks until there is an answer.
async fn eventually<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..600 {
        if let Some(answer) = ask().await {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("nothing after a minute");
}
