//! `tracerail doctor`: what is not well with Redis is seen, with its cure.

use serde_json::Value;
use tracerail_testkit::servers::{Nats, NatsOptions, Redis, RedisCluster, RedisOptions};
use tracerail_testkit::{Program, Scratch};

use super::{configuration, one};
use crate::program;

/// Both servers, and the program as somebody who may look at everything in NATS.
struct Stand {
    redis: Redis,
    scratch: Scratch,
    doctor: Program,
    nats: Nats,
}

impl Stand {
    fn new(redis: RedisOptions) -> Self {
        let (nats, redis) = (Nats::start(NatsOptions::default()), Redis::start(redis));
        let scratch = Scratch::new();
        let doctor = program(&scratch).with_env("NATS_PASSWORD", "none");
        let stand = Self { redis, scratch, doctor, nats };
        stand.configure(&stand.redis.url(), "");
        stand.doctor.run(["setup"]).ok();
        stand
    }

    fn configure(&self, url: &str, more: &str) {
        let text = configuration(&self.nats, "admin", "");
        self.scratch.write("tracerail.yaml", format!("{text}redis:\n  url: {url}\n{more}"));
    }

    fn report(&self) -> Value {
        self.doctor.run(["doctor", "--json"]).json()
    }

    /// This check says this, with these words.
    fn says(&self, check: &str, verdict: &str, words: &[&str]) {
        let (found, said) = one(&self.report(), check);
        assert_eq!(found, verdict, "{said}");
        for word in words {
            assert!(said.contains(word), "{word} in {said}");
        }
    }
}

#[test]
fn what_can_be_set_wrong_is_named_and_well_again_when_it_is_set_right() {
    let stand = Stand::new(RedisOptions::default());
    stand.says("Redis state", "warn", &["nothing of this installation", "--actors task"]);
    let ask = |command: &str| assert!(stand.redis.ask(command).starts_with("+OK"), "{command}");
    ask("CONFIG SET maxmemory 1gb");
    let report = stand.report();
    for check in
        ["Redis server", "Redis rights", "Redis role", "Redis durability", "Redis memory", "clock of Redis"]
    {
        let (verdict, said) = one(&report, check);
        assert_eq!(verdict, "ok", "{said}");
    }
    // The look before has opened it, and so made what is there.
    stand.says("Redis state", "ok", &["all 16 partitions"]);
    assert_eq!(
        stand.redis.ask("EXISTS tracerail:doctor:text tracerail:doctor:hash tracerail:doctor:set"),
        ":0\r\n"
    );

    ask("CONFIG SET appendfsync no");
    stand.says("Redis durability", "warn", &["appendfsync everysec"]);
    ask("CONFIG SET appendfsync everysec");
    ask("CONFIG SET appendonly no");
    stand.says("Redis durability", "warn", &["`appendonly yes`"]);
    ask("CONFIG SET appendonly yes");
    ask("CONFIG SET maxmemory-policy allkeys-lru");
    stand.says("Redis memory", "fail", &["allkeys-lru", "maxmemory-policy noeviction"]);
    ask("CONFIG SET maxmemory-policy noeviction");
    ask("CONFIG SET maxmemory 0");
    stand.says("Redis memory", "warn", &["set `maxmemory`"]);
    ask("CONFIG SET maxmemory 1");
    let full = stand.report();
    let (verdict, said) = one(&full, "Redis memory");
    assert!(verdict == "warn" && said.contains("raise `maxmemory`"), "{said}");
    let (verdict, said) = one(&full, "Redis rights");
    assert!(verdict == "fail" && said.contains("OOM") && said.contains("raise `maxmemory`"), "{said}");
    ask("CONFIG SET maxmemory 1gb");

    ask("REPLICAOF 127.0.0.1 1");
    stand.says("Redis role", "fail", &["refuses every write", "REPLICAOF NO ONE"]);
    ask("REPLICAOF NO ONE");
    stand.says("Redis role", "ok", &[]);

    stand.says("snapshots", "ok", &["none so far"]);
    ask("SET tracerail:snapshots \"3 done\"");
    stand.says("snapshots", "warn", &["not told again for more than 15 days", "--actors task"]);

    stand.redis.ask("HSET tracerail:{p03}:meta since beginning state \"behind nobody\"");
    stand.says("Redis state", "warn", &["being brought up", "--actors task"]);
    stand.redis.ask("HSET tracerail:{p03}:meta partitions 8");
    stand.says("Redis state", "fail", &["8 partitions", "redis.partitions"]);
}

#[test]
fn whoever_may_not_enter_or_not_do_everything_is_told_what_is_missing() {
    let mut stand = Stand::new(RedisOptions { shipped: true, ..RedisOptions::default() });
    let url = stand.redis.url();
    stand.says("Redis server", "fail", &["redis.user and its password"]);
    stand.configure(&url, "  user: tracerail\n  password: wrong\n");
    stand.says("Redis server", "fail", &["redis.user and its password"]);
    stand.configure(&url, &format!("  user: tracerail\n  password: {}\n", Redis::password()));
    let report = stand.report();
    for check in ["Redis server", "Redis rights"] {
        assert_eq!(one(&report, check).0, "ok", "{report}");
    }
    // The shipped user may not look at the configuration: that is no fault.
    let (verdict, said) = one(&report, "Redis durability");
    assert!(verdict == "ok" && said.contains("could not be looked at"), "{said}");
    stand.redis.kill9();
    stand.says(
        "Redis server",
        "fail",
        &["start it, or correct redis.url", url.trim_start_matches("redis://")],
    );
}

#[test]
fn a_right_that_is_missing_is_named() {
    let stand = Stand::new(RedisOptions::default());
    let user = "ACL SETUSER half on >half ~* +@all -zadd -hincrby -script|load";
    assert!(stand.redis.ask(user).starts_with("+OK"));
    stand.configure(&stand.redis.url(), "  user: half\n  password: half\n");
    stand.says("Redis rights", "fail", &["SCRIPT LOAD, HINCRBY, ZADD", "redis.acl"]);
}

#[test]
fn each_node_of_a_cluster_is_looked_at() {
    let stand = Stand::new(RedisOptions::default());
    let mut cluster = RedisCluster::start();
    cluster.add_replica();
    let urls = cluster.urls().iter().map(|url| format!("{url:?}")).collect::<Vec<_>>().join(", ");
    stand.configure(&format!("[{urls}]"), "  cluster: true\n");
    stand.says("Redis server", "ok", &[]);
    stand.says("Redis rights", "ok", &[]);
    stand.says("Redis replicas", "warn", &["2 of 3 masters have no replica", "add-node"]);
    let verdicts = |check: &str| -> Vec<String> {
        let report = stand.report();
        let findings = report["findings"].as_array().unwrap().iter().filter(|it| it["check"] == check);
        findings.map(|it| it["verdict"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(verdicts("Redis memory").len(), verdicts("Redis durability").len());
    let before = verdicts("Redis memory");
    cluster.nodes()[1].ask("CONFIG SET maxmemory-policy allkeys-lru");
    let since = verdicts("Redis memory");
    assert_eq!(since.iter().filter(|verdict| *verdict == "fail").count(), 1, "{before:?} {since:?}");
}
