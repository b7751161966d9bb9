//! Looks at Redis from outside: whether it is there, lets this user in and work, keeps what it is told, and is in step with the log.
//!
//! What a managed Redis does not let anybody look at is said to be unseen; that is no fault.

use std::time::{Duration, Instant};

use redis::{IntoConnectionInfo as _, Value, cmd};
use tracerail_actors::port::{Clock as _, SystemClock};

use super::connection::Connection;
use super::error::Failure;
use super::gate::Gate;
use super::keys::Keys;
use super::meta;
use super::node::Node;
use super::read_content::typed;
use super::rights::rights;
use super::settings::RedisSettings;
use super::store::now;
use super::turn;
use crate::backends::distributed::snapshots::{NAME as SNAPSHOTS, period};
use crate::checkup::{Finding, skew};

/// The oldest that is tested with.
const MAJOR_MIN: u32 = 7;

/// What was found. Twice in `age_max`, the age at which the log forgets, what is open is told again.
pub async fn checkup(settings: &RedisSettings, age_max: Duration) -> Vec<Finding> {
    const CHECK: &str = "Redis server";
    let address = address(settings);
    let began = Instant::now();
    let connection = match Connection::open(settings).await {
        Ok(connection) => connection,
        Err(failure) => return vec![refused(CHECK, &address, &failure)],
    };
    let gate = Gate::new(connection, Keys::new(&settings.prefix, settings.partitions), address.clone());
    let nodes = match nodes(&gate).await {
        Ok(nodes) => nodes,
        Err(failure) => return vec![refused(CHECK, &address, &failure)],
    };
    let mut findings = vec![version(CHECK, &address, began, &nodes), rights(&gate).await];
    for node in &nodes {
        findings.push(node.role());
        findings.push(node.durability(&gate).await);
        findings.push(node.memory());
    }
    if settings.cluster {
        findings.push(followers(&nodes));
    }
    findings.push(clock(&gate).await);
    findings.push(state(&gate, settings.cluster).await);
    findings.push(snapshots(&gate, age_max).await);
    findings
}

/// Where it is, without the password an address may hold.
fn address(settings: &RedisSettings) -> String {
    let plain = |url: &String| match url.as_str().into_connection_info() {
        Ok(info) => info.addr().to_string(),
        Err(_) => "redis.url, which is no address".to_owned(),
    };
    settings.urls.iter().map(plain).collect::<Vec<_>>().join(", ")
}

/// All that can be asked: one, or those of a cluster.
async fn nodes(gate: &Gate) -> Result<Vec<Node>, Failure> {
    let mut texts = Vec::new();
    gather(gate.connection.ask(&cmd("INFO")).await?, &mut texts);
    let nodes: Vec<_> = texts.iter().map(|text| Node::read(text)).collect();
    if nodes.is_empty() {
        return Err(Failure::Unreadable("the answer to INFO".to_owned()));
    }
    Ok(nodes)
}

/// The texts in an answer: a cluster answers with one for each node, beside the node's name.
fn gather(value: Value, texts: &mut Vec<String>) {
    if let Value::Map(pairs) = value {
        for (_, value) in pairs {
            gather(value, texts);
        }
    } else if let Value::Array(values) = value {
        for value in values {
            gather(value, texts);
        }
    } else {
        texts.extend(typed::<String>(value).ok().filter(|text| text.contains("redis_version:")));
    }
}

fn version(check: &str, address: &str, began: Instant, nodes: &[Node]) -> Finding {
    let oldest = nodes.iter().min_by_key(|node| node.major());
    let version = oldest.map_or("", |node| node.text("redis_version"));
    let seen = format!("{address} answers ({} ms), version {version}", began.elapsed().as_millis());
    if oldest.is_some_and(|node| node.major() < MAJOR_MIN) {
        return Finding::fail(check, seen, "update redis-server to 7 or later");
    }
    Finding::ok(check, seen)
}

/// Whether each part of a cluster outlives its node.
fn followers(nodes: &[Node]) -> Finding {
    const CHECK: &str = "Redis replicas";
    let masters = || nodes.iter().filter(|node| node.text("role") == "master");
    let alone = masters().filter(|node| node.number("connected_slaves") == 0).count();
    if alone == 0 {
        return Finding::ok(CHECK, "every master has a replica");
    }
    Finding::warn(
        CHECK,
        format!(
            "{alone} of {} masters have no replica: without one of them everybody waits",
            masters().count()
        ),
        "add one to each (`redis-cli --cluster add-node ... --cluster-slave`)",
    )
}

/// Whether this machine and Redis agree on what time it is.
async fn clock(gate: &Gate) -> Finding {
    const CHECK: &str = "clock of Redis";
    let before = SystemClock.now();
    match now(gate).await {
        Ok(there) => skew(CHECK, before, there, SystemClock.now()),
        Err(failure) => refused(CHECK, &gate.address, &failure),
    }
}

/// Whether everything of this installation is there, and whole.
async fn state(gate: &Gate, cluster: bool) -> Finding {
    const CHECK: &str = "Redis state";
    let partitions = gate.keys.partitions().len();
    let meta = match meta::read(gate, cluster).await {
        Ok(meta) => meta,
        Err(failure @ Failure::Refused(_)) => {
            return Finding::fail(
                CHECK,
                failure.to_string(),
                "correct redis.partitions and nats.subject_prefix",
            );
        }
        Err(failure) => return refused(CHECK, &gate.address, &failure),
    };
    let waits = "a process with the task role does it (`tracerail run --actors task`)";
    if meta.unfinished.is_some() {
        return Finding::warn(
            CHECK,
            "it is being brought up to the event log, or somebody died doing so",
            waits,
        );
    }
    if meta.there == 0 {
        return Finding::warn(
            CHECK,
            "nothing of this installation is there: it is made from the event log",
            waits,
        );
    }
    if meta.there < partitions || !meta.all_ready {
        let seen = format!("{} of {partitions} partitions are there, not all are whole", meta.there);
        return Finding::warn(CHECK, seen, waits);
    }
    Finding::ok(CHECK, format!("all {partitions} partitions are whole"))
}

/// Whether what is open was told again before the log forgets how it came about.
async fn snapshots(gate: &Gate, age_max: Duration) -> Finding {
    const CHECK: &str = "snapshots";
    let (is, _) = period(age_max, SystemClock.now());
    match turn::noted(gate, SNAPSHOTS).await {
        Ok(None) => {
            Finding::ok(CHECK, "none so far; those that are open for long are told again by the task role")
        }
        Ok(Some((noted, done))) if noted == is || (done && noted + 1 == is) => {
            Finding::ok(CHECK, "what is open for long is in the log again, or just now gets there")
        }
        Ok(Some(_)) => Finding::warn(
            CHECK,
            format!(
                "what is open for long was not told again for more than {} days: the log forgets it",
                age_max.as_secs() / 2 / 86_400
            ),
            "start a process with the task role (`tracerail run --actors task`), and see its log",
        ),
        Err(failure) => refused(CHECK, &gate.address, &failure),
    }
}

pub(super) fn refused(check: &str, address: &str, failure: &Failure) -> Finding {
    let Failure::Redis(error) = failure else {
        return Finding::fail(
            check,
            failure.to_string(),
            "correct the keys of `redis` in the configuration (TR0020)",
        );
    };
    let seen = format!("{address}: {error}");
    Finding::fail(
        check,
        seen,
        failure
            .cure()
            .unwrap_or("start it, or correct redis.url (TR0030); if it does not start and its log says `Bad file format`, run `redis-check-aof --fix appendonlydir/appendonly.aof.manifest` in its folder"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkup::Verdict;

    #[test]
    fn the_oldest_server_counts_and_one_that_is_too_old_is_to_be_updated() {
        let nodes = |versions: &[&str]| -> Vec<Node> {
            versions.iter().map(|version| Node::read(&format!("redis_version:{version}\r\n"))).collect()
        };
        let found = |versions: &[&str]| version("Redis server", "here", Instant::now(), &nodes(versions));
        assert_eq!(found(&["7.0.15", "8.0.1"]).verdict, Verdict::Ok);
        let old = found(&["7.2.4", "6.2.14"]);
        assert!(old.verdict == Verdict::Fail && old.seen.contains("6.2.14"), "{old:?}");
        assert!(old.cure.unwrap().contains("7 or later"));
    }
}
