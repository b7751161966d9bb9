//! Whether this user may run what the store runs: each command is tried on a key of its own, which is removed again.

use redis::{Cmd, cmd};

use super::checkup::refused;
use super::error::{Denial, Failure};
use super::gate::Gate;
use crate::checkup::Finding;

/// What the store and its scripts run, each with harmless arguments after the key.
const ON_A_KEY: [(&str, &[&str]); 23] = [
    ("SET", &["1", "PX", "1000"]),
    ("GET", &[]),
    ("GETDEL", &[]),
    ("EXISTS", &[]),
    ("HSET", &["field", "1"]),
    ("HSETNX", &["field", "1"]),
    ("HINCRBY", &["field", "1"]),
    ("HGET", &["field"]),
    ("HMGET", &["field"]),
    ("HGETALL", &[]),
    ("HKEYS", &[]),
    ("HVALS", &[]),
    ("HEXISTS", &["field"]),
    ("HDEL", &["field"]),
    ("SADD", &["member"]),
    ("SMEMBERS", &[]),
    ("ZADD", &["1", "member"]),
    ("ZSCORE", &["member"]),
    ("ZRANGE", &["0", "0"]),
    ("ZRANGEBYLEX", &["-", "+"]),
    ("ZRANGEBYSCORE", &["-inf", "+inf"]),
    ("ZREM", &["member"]),
    ("PEXPIRE", &["1000"]),
];

/// A digest no script has.
const NOBODYS: &str = "0000000000000000000000000000000000000000";

/// What was found.
pub(super) async fn rights(gate: &Gate) -> Finding {
    const CHECK: &str = "Redis rights";
    let mut missing = Vec::new();
    for (name, command) in tries(gate) {
        match gate.connection.ask(&command).await {
            Ok(_) => {}
            Err(Failure::Redis(error)) if Denial::of(&error) == Some(Denial::Rights) => missing.push(name),
            // The script is not there: but it could have been called.
            Err(Failure::Redis(error)) if error.code() == Some("NOSCRIPT") => {}
            Err(failure) => return refused(CHECK, &gate.address, &failure),
        }
    }
    missing.dedup();
    if missing.is_empty() {
        return Finding::ok(CHECK, "this user may do all that is needed");
    }
    let cure =
        "give redis.user the rights that redis.acl has (`ACL LOAD` after a change of the file; TR0035)";
    Finding::fail(CHECK, format!("this user may not run {}", missing.join(", ")), cure)
}

/// Each with its name.
fn tries(gate: &Gate) -> Vec<(&'static str, Cmd)> {
    let mut tries = vec![
        ("TIME", cmd("TIME")),
        ("EVALSHA", cmd("EVALSHA").arg(NOBODYS).arg(1).arg(gate.keys.meta(0)).to_owned()),
        ("SCRIPT EXISTS", cmd("SCRIPT").arg("EXISTS").arg(NOBODYS).to_owned()),
        ("SCRIPT LOAD", cmd("SCRIPT").arg("LOAD").arg("return 1").to_owned()),
        ("SCAN", cmd("SCAN").arg(0).arg("COUNT").arg(1).to_owned()),
    ];
    // Each kind of value has a key of its own, which goes by itself.
    for (name, arguments) in ON_A_KEY {
        let kind = match name.as_bytes().first() {
            Some(b'H') => "hash",
            Some(b'Z') => "sorted",
            Some(b'S') if name != "SET" => "set",
            _ => "text",
        };
        let key = gate.keys.whole(&format!("doctor:{kind}"));
        tries.push((name, cmd(name).arg(key).arg(arguments).to_owned()));
    }
    for kind in ["hash", "sorted", "set", "text"] {
        let key = gate.keys.whole(&format!("doctor:{kind}"));
        tries.push(("UNLINK", cmd("UNLINK").arg(key).to_owned()));
    }
    tries
}
