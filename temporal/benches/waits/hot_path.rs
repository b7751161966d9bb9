//! What a mirror costs those who do not wait for it: CPU time of an item through the distributed edition, with a mirror that follows beside
//! it and without. Measured by `tracerail bench pipeline`, on servers of their own for each side of a pair.
//!
//! The mirror has not told Temporal of all tasks when the items are done; it is killed then.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::Value;
use tracerail::config::TemporalMode;
use tracerail_testkit::servers::{Nats, NatsOptions, Redis, RedisOptions, Temporal};
use tracerail_testkit::{Program, Scratch};

use crate::figures::median;
use crate::place::Mirror;

/// CPU time of an item, in microseconds.
#[derive(Clone, Copy)]
struct Spent {
    client: f64,
    servers: f64,
}

pub(crate) fn run(items: usize, pairs: usize) {
    for mode in [TemporalMode::PerTask, TemporalMode::Managed] {
        println!(
            "hot path: {items} items on each side of a pair, CPU us an item (client + NATS and Redis), mode {mode}"
        );
        let mut ratios = Vec::new();
        for pair in 1..=pairs {
            // Whoever is second has a warmer machine: they take turns at that.
            let (with, without) = if pair % 2 == 1 {
                let without = side(None, items);
                (side(Some(mode), items), without)
            } else {
                let with = side(Some(mode), items);
                (with, side(None, items))
            };
            let (client, whole) = (with.client / without.client, with.whole() / without.whole());
            println!(
                "  pair {pair}  with {:.0} + {:.0}, without {:.0} + {:.0}; client {client:.3}, all {whole:.3}",
                with.client, with.servers, without.client, without.servers,
            );
            ratios.push((client, whole));
        }
        println!(
            "  median ratio: client {:.3}, all {:.3}",
            median(ratios.iter().map(|it| it.0)),
            median(ratios.iter().map(|it| it.1))
        );
    }
}

impl Spent {
    fn whole(self) -> f64 {
        self.client + self.servers
    }
}

/// Items through servers of their own, with a mirror in this mode beside them or none.
fn side(mode: Option<TemporalMode>, items: usize) -> Spent {
    let redis = RedisOptions { appendfsync: Some("everysec"), ..RedisOptions::default() };
    let (nats, redis) = (Nats::start(NatsOptions::default()), Redis::start(redis));
    let temporal = mode.map(|_| Temporal::start_durable());
    let scratch = Scratch::new();
    let mut config = format!(
        "edition: distributed\nnats: {{ url: \"{}\", monitor_url: \"{}\" }}\nredis: {{ url: \"{}\" }}\n",
        nats.url(),
        nats.monitor_url(),
        redis.url()
    );
    if let (Some(mode), Some(temporal)) = (mode, &temporal) {
        writeln!(config, "temporal: {{ host: \"{}\", mode: {mode} }}", temporal.host()).unwrap();
    }
    scratch.write("tracerail.yaml", config);
    let product = Program::new(product(), scratch.path());
    product.run(["setup"]).ok();
    let mirror = mode.map(|_| Mirror::start(scratch.path()));
    let items = items.to_string();
    let bench = ["bench", "pipeline", "--rounds", "1", "--lone", "1", "--items", &items, "--json"];
    let measured = product.run(bench).ok().json();
    if let Some(mirror) = mirror {
        mirror.kill();
    }
    spent(&measured["rounds"][0]["pipeline"]["cpu_us_per_item"])
}

fn spent(cpu: &Value) -> Spent {
    let of = |part: &str| cpu[part].as_f64().unwrap();
    Spent { client: of("client"), servers: of("nats") + of("redis") }
}

/// `tracerail`, as it was built beside this.
fn product() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let built = here.ancestors().nth(2).unwrap().join("tracerail");
    assert!(built.exists(), "build it first: cargo build --release");
    built
}
