//! Going through the keys of all partitions, some at a time.

use super::error::Failure;
use super::gate::Gate;
use super::meta::READY;
use super::read_content::typed;
use super::scripts::Script;

/// Keys looked at in one go: about a millisecond of Redis' time.
const AT_ONCE: usize = 1_000;

/// A walk through the keys whose names in their partition begin alike.
///
/// One server is gone through once; in a cluster each partition is asked for its own on the node it is on.
pub(super) struct Scan {
    /// What is still to be gone through, the current one last.
    places: Vec<(u16, String)>,
    cursor: String,
}

impl Scan {
    pub(super) fn of(gate: &Gate, cluster: bool, begins: &str) -> Self {
        let places = if cluster {
            let each = gate.keys.partitions().map(|n| (n, format!("{}{begins}*", gate.keys.base(n))));
            each.collect()
        } else if begins.is_empty() {
            vec![(0, gate.keys.pattern())]
        } else {
            vec![(0, format!("{}}}:{begins}*", gate.keys.pattern()))]
        };
        Self { places, cursor: "0".to_owned() }
    }

    /// The next keys, maybe none and maybe some that were met before; nothing at the end.
    pub(super) async fn next(&mut self, gate: &Gate) -> Result<Option<Vec<Vec<u8>>>, Failure> {
        self.step(gate, READY, "").await
    }

    async fn step(&mut self, gate: &Gate, state: &str, how: &str) -> Result<Option<Vec<Vec<u8>>>, Failure> {
        let Some((partition, pattern)) = self.places.last() else { return Ok(None) };
        let count = AT_ONCE.to_string();
        let arguments = [state, &self.cursor, &count, pattern, how].map(str::as_bytes);
        let answer = gate.call_past_the_gate(Script::Scan, *partition, arguments).await?;
        let (next, found): (String, Vec<Vec<u8>>) = typed(answer)?;
        if next == "0" {
            self.places.pop();
        }
        self.cursor = next;
        Ok(Some(found))
    }
}

/// All keys of all partitions.
pub(super) async fn all_keys(gate: &Gate, cluster: bool) -> Result<Vec<Vec<u8>>, Failure> {
    let (mut scan, mut keys) = (Scan::of(gate, cluster, ""), Vec::new());
    while let Some(found) = scan.next(gate).await? {
        keys.extend(found);
    }
    // A key that is met twice is one.
    keys.sort_unstable();
    keys.dedup();
    Ok(keys)
}

/// Removes them. What stays are the meta keys and what waits to get into the log.
pub(super) async fn sweep(gate: &Gate, cluster: bool, state: &str) -> Result<(), Failure> {
    let mut scan = Scan::of(gate, cluster, "");
    while scan.step(gate, state, "sweep").await?.is_some() {}
    Ok(())
}
