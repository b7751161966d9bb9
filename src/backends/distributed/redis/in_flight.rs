//! Items that were taken in and are neither ended nor a task: somebody still has to handle them.

use futures_util::future::{join_all, try_join_all};
use redis::cmd;
use tracerail_actors::port::PortError;
use tracerail_schemas::content::ContentRecord;
use tracerail_schemas::{ContentKey, TaskId};

use super::error::Failure;
use super::read_content::{content, key_of, typed};
use super::scan::Scan;
use super::store::RedisStore;

/// A walk through all items, for those in flight.
pub struct InFlight<'a> {
    store: &'a RedisStore,
    scan: Scan,
}

impl RedisStore {
    /// All items in flight, some at a time, in no order.
    pub fn in_flight(&self) -> InFlight<'_> {
        InFlight { store: self, scan: Scan::of(&self.gate, self.settings.cluster, "c:") }
    }
}

impl InFlight<'_> {
    /// The next, maybe none and maybe some that were met before; nothing at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<ContentRecord>>, PortError> {
        self.look().await.map_err(|failure| failure.during("look for items in flight"))
    }

    async fn look(&mut self) -> Result<Option<Vec<ContentRecord>>, Failure> {
        let store = self.store;
        let Some(keys) = self.scan.next(&store.gate).await? else { return Ok(None) };
        let asked = keys.iter().filter_map(|name| {
            let key = key_of(std::str::from_utf8(name).ok()?.split_once("}:c:")?.1)?;
            Some(async move { (is_open_end(store, name, &key).await, key) })
        });
        let mut records = Vec::new();
        for (open_end, key) in join_all(asked).await {
            if open_end? {
                records.push(async move { content(store, &key).await });
            }
        }
        Ok(Some(try_join_all(records).await?.into_iter().flatten().collect()))
    }
}

/// Whether the item has no end, and no task that will bring one.
async fn is_open_end(store: &RedisStore, name: &[u8], key: &ContentKey) -> Result<bool, Failure> {
    let gate = &store.gate;
    let ended = gate.connection.ask(&cmd("HEXISTS").arg(name).arg("e").to_owned()).await?;
    if typed(ended)? {
        return Ok(false);
    }
    let about = TaskId::of_content(key);
    let mut task = gate.keys.base(gate.keys.partition_of(about)).into_bytes();
    task.extend(b"t:");
    task.extend(about.uuid().as_bytes());
    let is_task: bool = typed(gate.connection.ask(&cmd("EXISTS").arg(task).to_owned()).await?)?;
    Ok(!is_task)
}

impl std::fmt::Debug for InFlight<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InFlight").finish_non_exhaustive()
    }
}
