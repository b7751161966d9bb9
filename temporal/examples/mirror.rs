//! What the mirror costs: CPU time of an item with it and without it, by turns; and the memory of its process at 10,000 open waits.
//!
//! `cargo build --release -p tracerail -p tracerail-temporal && cargo run --release -p tracerail-temporal --example mirror` takes five
//! pairs of rounds, each on servers of its own, and prints a line of JSON for each round, one of the medians, and one for the memory in
//! each mode. The mirror follows while the items are worked on; it has not told Temporal of all of them when a round ends, and goes on
//! while the servers' bare hops are measured. With the argument `memory` only the memory is looked at.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a measurement: a failure ends it"
)]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tracerail_testkit::servers::{Nats, NatsOptions, Redis, RedisOptions, Temporal};
use tracerail_testkit::{Process, Program, Scratch, wait_until};

const PAIRS: usize = 5;
/// Of a round; every other one becomes a task that stays open.
const ITEMS: u64 = 20_000;
/// Longer than it takes to wait for all of them.
const LONG: Duration = Duration::from_mins(20);

fn main() {
    if std::env::args().nth(1).as_deref() != Some("memory") {
        hot_path();
    }
    for mode in ["per_task", "managed"] {
        let desk = Desk::open(Some(mode));
        desk.round();
        println!("{}", desk.memory(mode));
    }
}

/// The rounds by turns, and their medians.
fn hot_path() {
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for pair in 0..PAIRS {
        // Whoever comes second has a warmer machine, or a fuller disk: they take turns at that, too.
        for mirrored in [pair % 2 == 0, pair % 2 != 0] {
            let desk = Desk::open(mirrored.then_some("per_task"));
            let round = desk.round();
            println!("{}", json!({"mirror": mirrored, "round": round}));
            if mirrored { &mut with } else { &mut without }.push(round);
        }
    }
    let part = |of: &Value, part: &str| of["pipeline"]["cpu_us_per_item"][part].as_f64().unwrap();
    let spent = |of: &Value| ["client", "nats", "redis"].iter().map(|name| part(of, name)).sum();
    let client = |of: &Value| part(of, "client");
    println!(
        "{}",
        json!({
            "median_cpu_us_per_item": {
                "without": median(without.iter().map(spent)), "with": median(with.iter().map(spent)),
            },
            "of_these_client": {
                "without": median(without.iter().map(client)), "with": median(with.iter().map(client)),
            },
        })
    );
}

/// Servers, and a mirror on them or none.
struct Desk {
    mirror: Option<Process>,
    scratch: Scratch,
    _servers: (Nats, Redis, Option<Temporal>),
}

impl Desk {
    fn open(mode: Option<&str>) -> Self {
        let nats = Nats::start(NatsOptions { sync_always: true, ..NatsOptions::default() });
        let redis = Redis::start(RedisOptions { appendfsync: Some("always"), ..RedisOptions::default() });
        let temporal = mode.map(|_| Temporal::start());
        let scratch = Scratch::new();
        let (url, monitor_url, redis_url) = (nats.url(), nats.monitor_url(), redis.url());
        let mut config = format!(
            "edition: distributed\nnats: {{ url: \"{url}\", monitor_url: \"{monitor_url}\" }}\nredis: {{ url: \"{redis_url}\" }}\n"
        );
        if let (Some(mode), Some(temporal)) = (mode, &temporal) {
            write!(config, "temporal: {{ host: \"{}\", mode: {mode} }}\n", temporal.host()).unwrap();
        }
        scratch.write("tracerail.yaml", config);
        let mut desk = Self { mirror: None, scratch, _servers: (nats, redis, temporal) };
        desk.program("tracerail").run(["setup"]).ok();
        desk.mirror = mode.map(|_| desk.mirror());
        desk
    }

    fn mirror(&self) -> Process {
        let mirror = self.program("tracerail-temporal").spawn("mirror.log", ["run", "--json", "-v"]);
        wait_until("the mirror is ready", Duration::from_mins(1), || {
            let said = std::fs::read_to_string(self.scratch.join("mirror.log")).unwrap_or_default();
            said.contains("\"ready\"").then_some(()).ok_or(said)
        });
        mirror
    }

    /// One round of the pipeline.
    fn round(&self) -> Value {
        let items = ITEMS.to_string();
        let bench = ["bench", "pipeline", "--rounds", "1", "--lone", "2", "--items", &items, "--json"];
        self.program("tracerail").run(bench).ok().json()["rounds"][0].clone()
    }

    /// Waits until all tasks are waited for. How many, and the memory of the mirror's process.
    fn memory(&self, mode: &str) -> Value {
        let began = Instant::now();
        let waits = wait_until("all tasks are waited for", LONG, || {
            // Whoever asks all the time is in the way.
            std::thread::sleep(Duration::from_secs(2));
            let told = self.program("tracerail-temporal").run(["status", "--json"]);
            let open = if told.code == Some(0) { told.json()["open_waits"].as_u64() } else { None };
            open.filter(|open| *open >= ITEMS / 2).ok_or(format!("{}{}", told.stdout, told.stderr))
        });
        let pid = self.mirror.as_ref().unwrap().pid();
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let mib = |what: &str| {
            let line = status.lines().find(|line| line.starts_with(what)).unwrap();
            line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1_024.0
        };
        json!({
            "mode": mode, "open_waits": waits, "after_seconds": began.elapsed().as_secs(),
            "resident_mib": mib("VmRSS"), "resident_mib_at_most": mib("VmHWM"),
        })
    }

    /// What was built beside this.
    fn program(&self, name: &str) -> Program {
        let here = std::env::current_exe().unwrap();
        let built = here.ancestors().nth(2).unwrap().join(name);
        assert!(built.exists(), "build it first: cargo build --release -p tracerail -p tracerail-temporal");
        Program::new(built, self.scratch.path())
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // Before the servers it talks to.
        if let Some(mirror) = self.mirror.take() {
            mirror.kill();
        }
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
