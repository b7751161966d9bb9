//! A minute of shards: tasks are made, some of them pass their deadline and are escalated, all of them are decided. The figure is how many
//! waits began in a second, until the last of them was known to its shard.
//!
//! Tasks are decided when they have been open for a while, so that each of them has been a wait; how far the waits are behind the tasks is
//! looked at all the time, and bounds how fast tasks are made.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

use tracerail::bench::process_seconds;
use tracerail::config::TemporalMode;
use tracerail_schemas::TaskId;
use tracerail_temporal::keeper::Keeper;
use tracerail_temporal::managed::words::Counts;
use tracerail_testkit::servers::Temporal;

use crate::breaches;
use crate::load::{DAY, decide, make};
use crate::place::{Mirror, Place, server_seconds};

/// Tasks made in one go.
const BATCH: usize = 128;
/// One task in so many passes its deadline.
const DUE_ONE_IN: usize = 10;
/// When.
const DUE_AFTER: Duration = Duration::from_secs(4);
/// When a task is decided.
const DECIDED_AFTER: Duration = Duration::from_secs(10);
/// Open tasks, of the 40,000 that four shards keep.
const OPEN_MAX: u64 = 30_000;
/// How far the waits may be behind the tasks; then no more are made for a moment.
const BEHIND_MAX: u64 = 4_000;
const LOOK_EVERY: Duration = Duration::from_millis(200);
const MOMENT: Duration = Duration::from_millis(5);

/// What has been done so far, and what was seen of it.
#[derive(Default)]
struct Seen {
    made: Cell<u64>,
    due: Cell<u64>,
    decided: Cell<u64>,
    waits: Cell<u64>,
    overdue_max: Cell<u64>,
    behind_max: Cell<u64>,
    resident_mb_max: Cell<f64>,
    all_made: Cell<bool>,
    open: RefCell<VecDeque<(TaskId, Instant)>>,
}

/// CPU seconds of the server, of the mirror and its worker, and of the actors.
type Spent = [f64; 3];

pub(crate) async fn run(seconds: u64, pace: f64) {
    let temporal = Temporal::start_durable();
    let place = Place::open("managed", &temporal.host(), TemporalMode::Managed).await;
    let mirror = place.mirror();
    let keeper = place.keeper().await;
    let seen = Seen::default();
    println!(
        "managed: {seconds} s, one task in {DUE_ONE_IN} passes its deadline, all are decided after {DECIDED_AFTER:?}"
    );
    let head = place.app.rail.head().await.unwrap();
    let (began, spent) = (Instant::now(), spent(&temporal, &mirror));
    let lasts = Duration::from_secs(seconds);
    let begun = tokio::select! {
        () = watch(&keeper, &mirror, &seen) => unreachable!("it looks for ever"),
        begun = async { tokio::join!(made(&place, &seen, lasts, began), decided(&place, &seen)).0 } => begun,
    };
    let whole = began.elapsed();
    let after = self::spent(&temporal, &mirror);
    let last = until_empty(&keeper).await;
    let breaches = breaches::read(&place.app.rail, head).await;
    let rate = seen.made.get() as f64 / begun.as_secs_f64();
    println!(
        "  {} waits in {:.1} s until the last was known: {rate:.0}/s, {:.1} times the pace of one workflow a task ({pace:.1}/s)",
        seen.made.get(),
        begun.as_secs_f64(),
        rate / pace,
    );
    println!(
        "  {} deadlines passed, {} fired ({} twice, {} early); {} times a wait rang; overdue at most {}; all decided after {:.1} s",
        seen.due.get(),
        breaches.tasks(),
        breaches.twice,
        breaches.early,
        last.iter().map(|shard| shard.rung).sum::<u64>(),
        seen.overdue_max.get(),
        whole.as_secs_f64(),
    );
    println!(
        "  behind the tasks at most {} waits; {} runs of shards; memory of mirror and worker at most {:.0} MB",
        seen.behind_max.get(),
        last.iter().map(|shard| shard.runs).sum::<u64>(),
        seen.resident_mb_max.get(),
    );
    let us = |n: usize| (after[n] - spent[n]) * 1e6 / seen.made.get() as f64;
    println!(
        "  CPU us a wait, from its beginning to its end: server {:.0}, mirror and worker {:.0}, actors {:.0}",
        us(0),
        us(1),
        us(2)
    );
    mirror.stop();
    println!("  {} differences between tasks and waits", place.differences());
    place.close().await;
}

/// Makes tasks for so long. How long it took until all of them were waits.
async fn made(place: &Place, seen: &Seen, lasts: Duration, began: Instant) -> Duration {
    while began.elapsed() < lasts {
        let open = seen.made.get() - seen.decided.get();
        if open >= OPEN_MAX || open.saturating_sub(seen.waits.get()) >= BEHIND_MAX {
            tokio::time::sleep(MOMENT).await;
            continue;
        }
        let is_due = |n: usize| n.is_multiple_of(DUE_ONE_IN);
        let tasks = make(&place.app.rail, BATCH, |n| if is_due(n) { DUE_AFTER } else { DAY }).await;
        let now = Instant::now();
        seen.open.borrow_mut().extend(tasks.into_iter().map(|task| (task, now)));
        add(&seen.made, BATCH as u64);
        add(&seen.due, (0..BATCH).filter(|n| is_due(*n)).count() as u64);
    }
    seen.all_made.set(true);
    // What is decided meanwhile has been a wait as well.
    while seen.waits.get() < seen.made.get() - seen.decided.get() {
        tokio::time::sleep(MOMENT).await;
    }
    began.elapsed()
}

/// Decides what has been open for a while, until there is no more.
async fn decided(place: &Place, seen: &Seen) {
    loop {
        let old = |(_, since): &(TaskId, Instant)| since.elapsed() >= DECIDED_AFTER;
        let tasks: Vec<_> = {
            let mut open = seen.open.borrow_mut();
            let count = open.iter().take(BATCH).take_while(|it| old(it)).count();
            open.drain(..count).map(|(task, _)| task).collect()
        };
        if tasks.is_empty() {
            if seen.all_made.get() && seen.open.borrow().is_empty() {
                return;
            }
            tokio::time::sleep(MOMENT).await;
            continue;
        }
        let count = tasks.len() as u64;
        decide(&place.app.rail, tasks).await;
        add(&seen.decided, count);
    }
}

/// Looks at shards.
async fn watch(keeper: &Keeper, mirror: &Mirror, seen: &Seen) {
    loop {
        let shards = shards(keeper).await;
        let (waits, overdue) = shards.iter().fold((0, 0), |(waits, overdue), shard| {
            assert_eq!(shard.turned_away, 0, "there is room for all: {shard:?}");
            (waits + shard.open, overdue + shard.overdue)
        });
        seen.waits.set(waits);
        let open: u64 = seen.made.get() - seen.decided.get();
        seen.behind_max.set(seen.behind_max.get().max(open.saturating_sub(waits)));
        seen.overdue_max.set(seen.overdue_max.get().max(overdue));
        seen.resident_mb_max.set(seen.resident_mb_max.get().max(mirror.resident_mb()));
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn until_empty(keeper: &Keeper) -> Vec<Counts> {
    loop {
        let shards = shards(keeper).await;
        if shards.iter().all(|shard| shard.open == 0) {
            return shards;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn shards(keeper: &Keeper) -> Vec<Counts> {
    match keeper {
        Keeper::Managed { shards, .. } => Keeper::counts(shards).await.unwrap(),
        Keeper::PerTask(_) => Vec::new(),
    }
}

fn spent(temporal: &Temporal, mirror: &Mirror) -> Spent {
    [server_seconds(temporal), mirror.cpu_seconds(), process_seconds(std::process::id()).unwrap()]
}

fn add(count: &Cell<u64>, more: u64) {
    count.set(count.get() + more);
}
