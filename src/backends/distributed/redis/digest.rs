//! A digest of the state, part by part: two that are equal hold the same. What waits for the log, who sweeps, where assignment goes
//! on and what Redis says about itself are no part of it.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use redis::cmd;
use sha2::{Digest as _, Sha256};
use tracerail_actors::port::PortError;

use super::error::Failure;
use super::gate::Gate;
use super::read_content::typed;
use super::scan::all_keys;
use super::store::RedisStore;

/// Keys asked for at once.
const ASKED_AT_ONCE: usize = 512;

/// For each part of the state: how many there are, and the digest of all of them.
pub type Digests = BTreeMap<String, (u64, String)>;

impl RedisStore {
    /// The digest of everything.
    pub async fn digest(&self) -> Result<Digests, PortError> {
        digest(&self.gate, self.settings.cluster).await.map_err(|failure| failure.during("digest Redis"))
    }
}

async fn digest(gate: &Gate, cluster: bool) -> Result<Digests, Failure> {
    // The digests of single values are combined by exclusive or: their order does not matter.
    let mut parts: BTreeMap<String, (u64, [u8; 32])> = BTreeMap::new();
    let keys = all_keys(gate, cluster).await?;
    for some in keys.chunks(ASKED_AT_ONCE) {
        let asked = some.iter().filter_map(|key| {
            let (place, name) = name_of(gate, key)?;
            part_of(name).map(|part| async move { (place, part, value(gate, key, part).await) })
        });
        for (place, part, value) in join_all(asked).await {
            let Some(value) = value? else { continue };
            let mut hasher = Sha256::new();
            hasher.update((place.len() as u64).to_be_bytes());
            // With its partition: the same in two of them would cancel each other out.
            hasher.update(place);
            hasher.update(&value);
            let (count, sum) = parts.entry(part.to_owned()).or_default();
            *count += 1;
            for (sum, byte) in sum.iter_mut().zip(hasher.finalize()) {
                *sum ^= byte;
            }
        }
    }
    let text = |sum: [u8; 32]| tracerail_schemas::hash::hex(&sum);
    Ok(parts.into_iter().map(|(part, (count, sum))| (part, (count, text(sum)))).collect())
}

/// A key without the installation's prefix, and its name within its partition.
fn name_of<'a>(gate: &Gate, key: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let place = key.get(gate.keys.pattern().len() - 1..)?;
    let ends = place.windows(2).position(|two| two == b"}:")?;
    Some((place, place.get(ends + 2..)?))
}

/// What a key is a part of; nothing for what is no state.
fn part_of(name: &[u8]) -> Option<&'static str> {
    let kinds: [(&[u8], &str); 9] = [
        (b"t:", "tasks"),
        (b"c:", "contents"),
        (b"e:", "trails, causes and answers"),
        (b"s:", "tasks by status"),
        (b"a:", "tasks by assignee"),
        (b"src", "sources"),
        (b"count", "counts"),
        (b"q:", "queues"),
        (b"w", "timers"),
    ];
    let found = kinds.iter().find(|(begins, _)| name.starts_with(begins)).map(|(_, part)| *part);
    found.or_else(|| (name == b"x").then_some("task ids"))
}

/// A value in a form that does not depend on how it came about.
async fn value(gate: &Gate, key: &[u8], part: &str) -> Result<Option<Vec<u8>>, Failure> {
    let ask = |name: &str, more: &[&str]| {
        let mut command = cmd(name);
        command.arg(key);
        for argument in more {
            command.arg(argument);
        }
        command
    };
    let listed = |mut pairs: Vec<(Vec<u8>, Vec<u8>)>| {
        pairs.sort();
        pairs.iter().flat_map(|(one, other)| [one.as_slice(), b"=", other, b";"].concat()).collect()
    };
    Ok(match part {
        "tasks" | "contents" | "trails, causes and answers" => {
            Some(listed(typed(gate.connection.ask(&ask("HGETALL", &[])).await?)?))
        }
        "counts" => {
            let counts: Vec<(Vec<u8>, Vec<u8>)> = typed(gate.connection.ask(&ask("HGETALL", &[])).await?)?;
            Some(listed(counts.into_iter().filter(|(_, count)| count != b"0").collect()))
        }
        "sources" => {
            let mut members: Vec<Vec<u8>> = typed(gate.connection.ask(&ask("SMEMBERS", &[])).await?)?;
            members.sort();
            Some(members.concat())
        }
        _ => Some(listed(typed(gate.connection.ask(&ask("ZRANGE", &["0", "-1", "WITHSCORES"])).await?)?)),
    })
}
