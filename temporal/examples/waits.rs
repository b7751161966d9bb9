//! How many waits a second one Temporal server takes, in both modes and without TraceRail in between.
//!
//! `cargo run --release -p tracerail-temporal --example waits` starts a Temporal of its own on a database file, and prints a line of
//! JSON for each measurement. The server, the worker and this program share the machine.
//!
//! - `raw`: `HumanTaskWorkflow` started by its client, until the timers are armed.
//! - `per_task`, `managed`: tasks made in TraceRail, mirrored by its events, until each waits.
//! - `sustained`: a minute of waits told to the shards in signals of 500, each with a deadline that rings and is looked at, then closed.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a measurement: a failure ends it"
)]

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};
use tokio::sync::watch;
use tracerail::app::{App, Opening};
use tracerail::client::new_command_id;
use tracerail::config::{Config, TemporalMode};
use tracerail_actors::port::{Clock as _, Commands as _, SystemClock};
use tracerail_actors::system::Role;
use tracerail_schemas::task::{Command, NewTask, Task, Verb};
use tracerail_schemas::{PersonId, Principal, TaskId};
use tracerail_temporal::connect::connect;
use tracerail_temporal::keeper::Keeper;
use tracerail_temporal::managed::Shards;
use tracerail_temporal::managed::words::{Closed, OpenTask, TasksChanged};
use tracerail_temporal::mirror::Mirror;
use tracerail_temporal::names::Names;
use tracerail_temporal::waits::{Begin, Waits};
use tracerail_temporal::words::{Ending, Level, Opened};
use tracerail_temporal::worker;
use tracerail_testkit::Scratch;
use tracerail_testkit::servers::Temporal;

/// Waits without TraceRail in between, and as many by a workflow for each task.
const FEW: usize = 500;
/// Waits in shards.
const MANY: usize = 10_000;
/// As many as the mirror asks for at the same time.
const AT_ONCE: usize = 16;
/// Of the sustained minute: waits in a signal, from their beginning to their deadline, and to their end.
const SIGNAL: usize = 500;
const RINGS_AFTER: Duration = Duration::from_secs(2);
const CLOSED_AFTER: Duration = Duration::from_secs(5);
const SUSTAINED: Duration = Duration::from_mins(1);
/// Signals of waits that a shard has open at most in that minute: less than it has room for.
const OPEN_MAX: usize = 18;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let temporal = tokio::task::spawn_blocking(Temporal::start).await.unwrap();
    for round in 1..=3 {
        println!("{}", raw(&temporal, round).await);
        println!("{}", mirrored(&temporal, round, TemporalMode::PerTask, FEW).await);
        println!("{}", mirrored(&temporal, round, TemporalMode::Managed, MANY).await);
    }
    println!("{}", sustained(&temporal).await);
}

/// A TraceRail on a file, a worker, and who keeps the waits.
struct Desk {
    _scratch: Scratch,
    app: App,
    worker: worker::Running,
    keeper: Keeper,
    waits: Waits,
}

impl Desk {
    async fn open(temporal: &Temporal, name: &str, mode: TemporalMode) -> Self {
        let scratch = Scratch::new();
        let mut config = Config::default();
        config.store.path = scratch.join("bench.db");
        config.nats.subject_prefix = Some(name.to_owned());
        (config.temporal.host, config.temporal.mode) = (temporal.host(), mode);
        let roles = BTreeSet::from([Role::Task]);
        let clock = Arc::new(SystemClock);
        let opening = Opening { config: config.clone(), roles, clock, read_only: false, patience: None };
        let app = Box::pin(App::open(opening)).await.unwrap();
        let (client, names) = (connect(&config.temporal).await.unwrap(), Names::of(&config));
        let keeper = Keeper::of(&config, client.clone());
        keeper.begin().await.unwrap();
        let waits = Waits::new(client.clone(), names.clone());
        let worker = worker::start(client, names, &app.rail).unwrap();
        Self { _scratch: scratch, app, worker, keeper, waits }
    }

    /// So many new tasks.
    async fn create(&self, count: usize) -> Vec<TaskId> {
        let made = stream::iter(0..count).map(|_| async {
            let task_id = TaskId::from_uuid(new_command_id().uuid());
            let by = Principal::user(PersonId::new("eve").unwrap());
            let verb = Verb::Create(Box::new(NewTask::review("a text somebody has to look at")));
            let id = new_command_id();
            let command = Command { id, task_id, by, expected_version: None, verb, traceparent: None };
            self.app.rail.commander().command(command).await.unwrap();
            task_id
        });
        made.buffer_unordered(64).collect().await
    }

    async fn task(&self, id: TaskId) -> Task {
        self.app.rail.ports().store.task(id).await.unwrap().unwrap()
    }

    /// Until these wait, each with its timer.
    async fn armed(&self, tasks: &[TaskId]) {
        for task in tasks {
            // A wait that answers has armed its timer: both happen in its first step.
            while self.keeper.status(*task).await.ok().flatten().is_none() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }

    async fn close(self) {
        self.worker.stop().await.unwrap();
        self.app.close().await.unwrap();
    }
}

async fn raw(temporal: &Temporal, round: usize) -> Value {
    let desk = Desk::open(temporal, &format!("raw-{round}"), TemporalMode::PerTask).await;
    let ids = desk.create(FEW).await;
    let tasks: Vec<_> = stream::iter(&ids).then(|id| desk.task(*id)).collect().await;
    let began = Instant::now();
    let opened = stream::iter(tasks).map(|task| desk.waits.open(Opened::of(task, None), Begin::Once));
    opened.buffered(AT_ONCE).try_for_each(|_| async { Ok(()) }).await.unwrap();
    desk.armed(&ids[FEW - 50..]).await;
    let took = began.elapsed().as_secs_f64();
    desk.close().await;
    json!({"measured": "raw", "waits": FEW, "seconds": took, "per_second": FEW as f64 / took})
}

async fn mirrored(temporal: &Temporal, round: usize, mode: TemporalMode, count: usize) -> Value {
    let name = format!("mirrored-{}-{round}", mode.as_str().replace('_', "-"));
    let desk = Desk::open(temporal, &name, mode).await;
    let mirror = Mirror::new(desk.app.rail.ports().clone(), desk.keeper.clone());
    let (stop, stopped) = watch::channel(false);
    let (created_in, took) = tokio::select! {
        took = until_mirrored(&desk, mode, count) => took,
        () = mirror.follow(stopped) => (0.0, 0.0),
    };
    drop(stop);
    desk.close().await;
    json!({
        "measured": mode.as_str(), "waits": count, "seconds": took, "per_second": count as f64 / took,
        "tasks_made_in": created_in,
    })
}

/// How long it took to make so many tasks, and until each waited.
async fn until_mirrored(desk: &Desk, mode: TemporalMode, count: usize) -> (f64, f64) {
    // Its first comparison is over when it has mirrored one.
    let first = desk.create(1).await;
    desk.armed(&first).await;
    let began = Instant::now();
    let ids = desk.create(count).await;
    let created_in = began.elapsed().as_secs_f64();
    match mode {
        TemporalMode::PerTask => desk.armed(&ids[count - 50..]).await,
        TemporalMode::Managed => {
            while desk.keeper.count().await.unwrap_or(0) <= count as u64 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
    (created_in, began.elapsed().as_secs_f64())
}

async fn sustained(temporal: &Temporal) -> Value {
    let desk = Desk::open(temporal, "sustained", TemporalMode::Managed).await;
    let Keeper::Managed { shards, .. } = &desk.keeper else { return Value::Null };
    let id = desk.create(1).await;
    let sample = desk.task(id[0]).await;
    let began = Instant::now();
    let told = stream::iter(shards.each()).map(|shard| keep_busy(shards, shard, &sample, began));
    let told: Vec<u64> = told.buffer_unordered(64).collect().await;
    let took = began.elapsed().as_secs_f64();
    let counts = Keeper::counts(shards).await.unwrap();
    let told: u64 = told.iter().sum();
    let sum = |of: fn(&tracerail_temporal::managed::words::Counts) -> u64| counts.iter().map(of).sum::<u64>();
    let (rung, left, handed_on) = (sum(|it| it.rung), sum(|it| it.open), sum(|it| it.runs));
    desk.close().await;
    json!({
        "measured": "sustained", "waits": told, "seconds": took, "per_second": told as f64 / SUSTAINED.as_secs_f64(),
        "deadlines_rung": rung, "left_open": left, "runs_handed_on": handed_on,
    })
}

/// Tells a shard of waits and of their ends, for as long as is measured. How many waits.
async fn keep_busy(shards: &Shards, shard: u32, sample: &Task, began: Instant) -> u64 {
    let mut open: VecDeque<(Instant, Vec<OpenTask>)> = VecDeque::new();
    let mut told = 0;
    while began.elapsed() < SUSTAINED || !open.is_empty() {
        let goes_on = began.elapsed() < SUSTAINED && open.len() < OPEN_MAX;
        if goes_on {
            let tasks = batch(sample, |id| shards.of(id) == shard);
            shards.changed(shard, &TasksChanged { tasks: tasks.clone(), again: false }).await.unwrap();
            told += SIGNAL as u64;
            open.push_back((Instant::now(), tasks));
        }
        let ends = open.pop_front_if(|(since, _)| since.elapsed() >= CLOSED_AFTER);
        if let Some((_, tasks)) = ends {
            let closed = tasks.iter().map(|task| closed(sample, task)).collect();
            shards.closed(shard, &closed).await.unwrap();
        } else if !goes_on {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    told
}

fn batch(sample: &Task, of_shard: impl Fn(TaskId) -> bool) -> Vec<OpenTask> {
    let wake_at = Some(SystemClock.now().plus(RINGS_AFTER));
    let ids = std::iter::repeat_with(|| TaskId::from_uuid(new_command_id().uuid()));
    let level = Level { wake_at, ..Level::of(sample) };
    let of_shard = ids.filter(|id| of_shard(*id)).take(SIGNAL);
    of_shard.map(|task_id| OpenTask { task_id, level: level.clone() }).collect()
}

fn closed(sample: &Task, task: &OpenTask) -> Closed {
    let mut ended = sample.clone();
    (ended.id, ended.version) = (task.task_id, 2);
    ended.state.status = tracerail_schemas::task::Status::Cancelled;
    let task = OpenTask { task_id: task.task_id, level: Level { wake_at: None, ..Level::of(&ended) } };
    let ending = Ending::of(&ended).unwrap();
    Closed { task, ending }
}
