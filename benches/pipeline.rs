//! Items per second through the embedded edition, durable, beside raw SQLite group commits of the same bytes in the same run.
//!
//! `cargo bench --bench pipeline -- [--items 20000] [--rounds 3] [--open 100000]`
//!
//! An item is 600 bytes of text; half of the items end in an open human task, half are done automatically. It counts as done when its
//! terminal event or its task is durable. CPU time stands beside wall time, since machines are noisy.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::similar_names,
    reason = "a benchmark: it prints, measures with the machine's clock, and ends when something is wrong"
)]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use tracerail::app::{App, Opening};
use tracerail::bench::{RULES, Spread, item, process_seconds, resident_bytes, settle, thread_seconds};
use tracerail::config::Config;
use tracerail_actors::port::{Clock, Position, SystemClock};
use tracerail_actors::system::Role;
use tracerail_schemas::Timestamp;

// The same as the binary's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Args {
    items: usize,
    rounds: usize,
    open: usize,
}

fn main() {
    let args = args();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for round in 1..=args.rounds {
        let folder = tempfile::tempdir().unwrap();
        println!("round {round}");
        let events = runtime.block_on(pipeline(folder.path(), args.items));
        raw_group_commits(folder.path(), args.items, &events);
    }
    let folder = tempfile::tempdir().unwrap();
    runtime.block_on(lone_items(folder.path()));
    if args.open > 0 {
        let folder = tempfile::tempdir().unwrap();
        runtime.block_on(open_tasks(folder.path(), args.open));
    }
}

/// All items through the whole pipeline. The answer is the size of every event, for the raw comparison.
async fn pipeline(folder: &Path, items: usize) -> Vec<usize> {
    let app = open(folder, &Role::ALL, Arc::new(SystemClock)).await;
    let (began, cpu, threads) = (Instant::now(), cpu_seconds(), thread_seconds());
    let submissions = futures_util::stream::iter(0..items).map(|n| {
        let rail = &app.rail;
        async move { rail.submit(item("item", n, n % 2 == 0)).await.unwrap() }
    });
    submissions.buffer_unordered(512).for_each(|_| async {}).await;
    let submitted = began.elapsed();
    rest(&app).await;
    let wall = began.elapsed();
    let cpu = cpu_seconds() - cpu;
    println!(
        "  pipeline   {:>8.0} items/s wall   {:>6.1} us CPU per item   (submitted after {:.2} s, at rest after {:.2} s)",
        items as f64 / wall.as_secs_f64(),
        cpu * 1e6 / items as f64,
        submitted.as_secs_f64(),
        wall.as_secs_f64(),
    );
    for (name, seconds) in thread_seconds() {
        let spent = seconds - threads.get(&name).copied().unwrap_or_default();
        if spent > 0.01 {
            println!("             {:>8.1} us CPU per item in {name}", spent * 1e6 / items as f64);
        }
    }
    let totals = app.rail.totals().await.unwrap();
    let tasks: u64 = totals.tasks.iter().map(|(_, count)| count).sum();
    assert_eq!(tasks as usize, items / 2, "half of the items are human");
    let mut sizes = Vec::new();
    let mut after = Position::start();
    loop {
        let page = app.rail.events(&after, &[], 5_000).await.unwrap();
        let Some(last) = page.last() else { break };
        after = last.position.clone();
        sizes.extend(page.iter().map(|logged| logged.event.data.len() + 250));
    }
    app.close().await.unwrap();
    sizes
}

/// The same bytes, in as many rows, in groups of the size that the pipeline's load makes, with nothing around them.
fn raw_group_commits(folder: &Path, items: usize, sizes: &[usize]) {
    for group in [64, 256, 1024] {
        let file = folder.join(format!("raw-{group}.db"));
        let mut db = rusqlite::Connection::open(file).unwrap();
        db.pragma_update(None, "journal_mode", "WAL").unwrap();
        db.pragma_update(None, "synchronous", "FULL").unwrap();
        db.execute_batch("CREATE TABLE raw (seq INTEGER PRIMARY KEY, data BLOB NOT NULL)").unwrap();
        let largest = vec![7_u8; sizes.iter().copied().max().unwrap_or(1)];
        let (began, cpu) = (Instant::now(), cpu_seconds());
        for sizes in sizes.chunks(group) {
            let transaction = db.transaction().unwrap();
            {
                let mut insert = transaction.prepare_cached("INSERT INTO raw (data) VALUES (?1)").unwrap();
                for size in sizes {
                    insert.execute([&largest[..*size]]).unwrap();
                }
            }
            transaction.commit().unwrap();
        }
        println!(
            "  raw {group:>5}  {:>8.0} items/s wall   {:>6.1} us CPU per item   ({} rows, {:.1} MB)",
            items as f64 / began.elapsed().as_secs_f64(),
            (cpu_seconds() - cpu) * 1e6 / items as f64,
            sizes.len(),
            sizes.iter().sum::<usize>() as f64 / 1e6,
        );
    }
}

/// One item at a time: how long until its task is durable.
async fn lone_items(folder: &Path) {
    let opening = Instant::now();
    let app = open(folder, &Role::ALL, Arc::new(SystemClock)).await;
    println!("start to ready {:.1} ms", opening.elapsed().as_secs_f64() * 1e3);
    let mut times = Vec::new();
    for n in 0..200 {
        let began = Instant::now();
        let key = app.rail.submit(item("item", n, false)).await.unwrap().key;
        let task = tracerail_schemas::TaskId::of_content(&key);
        while app.rail.task(task).await.unwrap().is_none() {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        times.push(began.elapsed());
    }
    let Spread { p50, p99, .. } = Spread::of(times);
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!("lone item, submit -> durable task: p50 {:.1} ms, p99 {:.1} ms", ms(p50), ms(p99));
    app.close().await.unwrap();
}

/// Memory, list and sweep with this many open tasks.
async fn open_tasks(folder: &Path, open_tasks: usize) {
    let clock = Arc::new(Movable::default());
    let app = open(folder, &Role::ALL, Arc::clone(&clock) as Arc<dyn Clock>).await;
    let submissions = futures_util::stream::iter(0..open_tasks).map(|n| {
        let rail = &app.rail;
        async move { rail.submit(item("item", n, false)).await.unwrap() }
    });
    submissions.buffer_unordered(512).for_each(|_| async {}).await;
    rest(&app).await;
    let ports = app.rail.ports().clone();
    println!("{open_tasks} open tasks: resident {:.0} MB", resident_mb());
    let (began, cpu) = (Instant::now(), cpu_seconds());
    for _ in 0..100 {
        assert!(ports.store.due(256).await.unwrap().is_empty());
    }
    println!(
        "sweep with nothing due: {:.0} us wall, {:.0} us CPU",
        began.elapsed().as_secs_f64() * 1e4,
        (cpu_seconds() - cpu) * 1e4
    );
    let began = Instant::now();
    let report = app.rail.sla_verify().await.unwrap();
    println!(
        "sla verify: {} armed, {} wrong, {:.2} s",
        report.armed,
        report.wrong.len(),
        began.elapsed().as_secs_f64()
    );

    clock.forward(Duration::from_secs(24 * 3600 + 1));
    let (began, cpu) = (Instant::now(), cpu_seconds());
    while app.rail.meters().fired() < open_tasks as u64 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    println!(
        "{open_tasks} deadlines at once: all breaches durable after {:.2} s ({:.0}/s), {:.0} us CPU each",
        began.elapsed().as_secs_f64(),
        open_tasks as f64 / began.elapsed().as_secs_f64(),
        (cpu_seconds() - cpu) * 1e6 / open_tasks as f64
    );
    rest(&app).await;
    let totals = app.rail.totals().await.unwrap();
    println!(
        "escalated: {} (all of them, once: {})",
        totals.escalated,
        totals.escalated == open_tasks as u64
    );
    app.close().await.unwrap();
}

async fn open(folder: &Path, roles: &[Role], clock: Arc<dyn Clock>) -> App {
    let rules = folder.join("rules.yaml");
    std::fs::write(&rules, RULES).unwrap();
    let mut config = Config::default();
    config.store.path = folder.join("bench.db");
    config.routing.rules_file = Some(rules);
    App::open(Opening {
        config,
        roles: roles.iter().copied().collect::<BTreeSet<_>>(),
        clock,
        read_only: false,
        patience: None,
    })
    .await
    .unwrap()
}

fn args() -> Args {
    let mut args = Args { items: 20_000, rounds: 3, open: 100_000 };
    let given: Vec<_> = std::env::args().collect();
    for pair in given.windows(2) {
        let number = pair[1].parse().ok();
        match (pair[0].as_str(), number) {
            ("--items", Some(number)) => args.items = number,
            ("--rounds", Some(number)) => args.rounds = number,
            ("--open", Some(number)) => args.open = number,
            _ => {}
        }
    }
    args
}

/// A clock that can be moved.
#[derive(Default)]
struct Movable {
    ahead_us: std::sync::atomic::AtomicU64,
}

impl Movable {
    fn forward(&self, by: Duration) {
        self.ahead_us.fetch_add(by.as_micros() as u64, std::sync::atomic::Ordering::SeqCst);
    }
}

impl Clock for Movable {
    fn now(&self) -> Timestamp {
        let ahead = self.ahead_us.load(std::sync::atomic::Ordering::SeqCst);
        SystemClock.now().plus(Duration::from_micros(ahead))
    }
}

/// CPU time of this process, user and system.
fn cpu_seconds() -> f64 {
    process_seconds(std::process::id()).unwrap()
}

fn resident_mb() -> f64 {
    resident_bytes(std::process::id()).unwrap() as f64 / 1024.0 / 1024.0
}

/// Waits until nothing is left to do.
async fn rest(app: &App) {
    settle(&app.rail, Duration::from_millis(2)).await.unwrap();
}
