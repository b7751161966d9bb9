//! What ended long ago is taken out of the state, a little at a time.
//!
//! An item goes as a whole, with its task and the answers to commands, in one script, and only as it was read: something that comes
//! between keeps it. An event that the log still tells keeps it too: made again from it, the item would stand in the way of a younger one
//! of its name, whose versions begin anew. So does what may be replayed.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use redis::cmd;
use tracerail_actors::port::{Heard, PortError, Removed, Store};
use tracerail_schemas::content::TerminalRecord;
use tracerail_schemas::{ContentKey, TaskId, Timestamp, codec};
use uuid::Uuid;

use super::arguments::Arguments;
use super::error::Failure;
use super::read_content::{key_of, typed};
use super::read_tasks;
use super::scan::Scan;
use super::scripts::Script;
use super::slot::Slot;
use super::store::RedisStore;

/// Keys that are looked at together.
const AT_ONCE: usize = 64;

/// An event whose place nobody told of is taken for one that was in the log before its item ended when it is this old.
const TOLD_WITHIN: Duration = Duration::from_hours(1);

/// What is still wanted of the log.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct StillWanted {
    /// The first event that each stream still tells, by the stream's index.
    pub told_from: BTreeMap<u8, u64>,
    /// What dead letters that may be replayed are about.
    pub held: HashSet<TaskId>,
}

/// What is to go, as it was read.
struct Ended {
    partition: u16,
    key: Option<ContentKey>,
    end: Vec<u8>,
    about: TaskId,
    version: Option<u64>,
    answers: u64,
}

/// One way through.
struct Walk<'a> {
    store: &'a RedisStore,
    cutoff: Timestamp,
    wanted: &'a StillWanted,
    dry: bool,
    now: Timestamp,
    removed: Removed,
}

impl RedisStore {
    /// Takes out what ended before this; with `dry`, only counts it. Rests `rest` times as long as it works.
    pub async fn retain_since(
        &self,
        cutoff: Timestamp,
        wanted: &StillWanted,
        (dry, rest): (bool, u32),
        tell: Heard<'_>,
    ) -> Result<Removed, PortError> {
        let now = self.now().await?;
        let mut walk = Walk { store: self, cutoff, wanted, dry, now, removed: Removed::default() };
        let mut looked_at = 0;
        let all = async {
            for begins in ["c:", "t:"] {
                let mut scan = Scan::of(&self.gate, self.settings.cluster, begins);
                while let Some(keys) = scan.next(&self.gate).await? {
                    for some in keys.chunks(AT_ONCE) {
                        let began = Instant::now();
                        walk.some(some).await?;
                        looked_at += some.len() as u64;
                        tell(looked_at);
                        tokio::time::sleep(began.elapsed() * rest).await;
                    }
                }
            }
            Ok(())
        };
        all.await.map_err(|failure: Failure| failure.during("take out what has ended"))?;
        Ok(walk.removed)
    }
}

impl Walk<'_> {
    async fn some(&mut self, keys: &[Vec<u8>]) -> Result<(), Failure> {
        let ended = try_join_all(keys.iter().map(|key| self.ended(key))).await?;
        for ended in ended.into_iter().flatten() {
            let answers = if self.dry { Some(ended.answers) } else { self.remove(&ended).await? };
            if let Some(answers) = answers {
                self.removed.items += u64::from(ended.key.is_some());
                self.removed.tasks += u64::from(ended.version.is_some());
                self.removed.answers += answers;
            }
        }
        Ok(())
    }

    /// What stands there, if it is to go.
    async fn ended(&self, key: &[u8]) -> Result<Option<Ended>, Failure> {
        let Some((partition, name)) = self.store.gate.keys.name_of(key) else { return Ok(None) };
        if let Some(id) = name.strip_prefix(b"t:") {
            return match Uuid::from_slice(id) {
                Ok(id) => self.task(partition, TaskId::from_uuid(id)).await,
                Err(_) => Ok(None),
            };
        }
        let item = name.strip_prefix(b"c:").and_then(|name| key_of(std::str::from_utf8(name).ok()?));
        match item {
            Some(item) => self.item(partition, key, item).await,
            None => Ok(None),
        }
    }

    async fn item(&self, partition: u16, name: &[u8], key: ContentKey) -> Result<Option<Ended>, Failure> {
        let gate = &self.store.gate;
        let end: Option<Vec<u8>> =
            typed(gate.connection.ask(&cmd("HGET").arg(name).arg("e").to_owned()).await?)?;
        let Some(end) = end else { return Ok(None) };
        if codec::decode_own::<TerminalRecord>(&end)?.at >= self.cutoff {
            return Ok(None);
        }
        let about = TaskId::of_content(&key);
        let task = read_tasks::tasks(gate, &[about]).await?.pop().map(|(task, _)| task);
        if task.as_ref().is_some_and(tracerail_schemas::task::Task::is_open) {
            return Ok(None);
        }
        let version = task.map(|task| task.version);
        self.unless_wanted(Ended { partition, key: Some(key), end, about, version, answers: 0 }).await
    }

    /// A task goes with its item; here are those that have none, or none any more.
    async fn task(&self, partition: u16, id: TaskId) -> Result<Option<Ended>, Failure> {
        let gate = &self.store.gate;
        let Some((task, _)) = read_tasks::tasks(gate, &[id]).await?.pop() else { return Ok(None) };
        if task.is_open() || task.state.closed_at.is_none_or(|at| at >= self.cutoff) {
            return Ok(None);
        }
        if let Some(key) = &task.data.content_key {
            let home = gate.keys.base(gate.keys.partition_of(TaskId::of_content(key)));
            let exists = cmd("EXISTS").arg(format!("{home}c:{key}")).to_owned();
            if typed::<bool>(gate.connection.ask(&exists).await?)? {
                return Ok(None);
            }
        }
        let version = Some(task.version);
        self.unless_wanted(Ended { partition, key: None, end: Vec::new(), about: id, version, answers: 0 })
            .await
    }

    /// It, unless the log still tells one of its events, or one may be replayed.
    async fn unless_wanted(&self, ended: Ended) -> Result<Option<Ended>, Failure> {
        if self.wanted.held.contains(&ended.about) {
            return Ok(None);
        }
        let gate = &self.store.gate;
        let mut trail = gate.keys.base(ended.partition).into_bytes();
        trail.extend(b"e:");
        trail.extend(ended.about.uuid().as_bytes());
        let fields: Vec<(Vec<u8>, Vec<u8>)> =
            typed(gate.connection.ask(&cmd("HGETALL").arg(&trail).to_owned()).await?)?;
        let is_wanted = |slot: &Slot| match slot.place {
            Some(place) => {
                self.wanted.told_from.get(&place.stream).is_none_or(|first| place.sequence >= *first)
            }
            None => slot.at > self.now.minus(TOLD_WITHIN),
        };
        let answers = fields.iter().filter(|(field, _)| field.len() > 16).count() as u64;
        let wanted = Slot::read(&fields).iter().any(is_wanted);
        Ok((!wanted).then_some(Ended { answers, ..ended }))
    }

    /// How many answers went with it, if it went.
    async fn remove(&self, ended: &Ended) -> Result<Option<u64>, Failure> {
        let mut arguments = Arguments::default();
        arguments.push(ended.key.as_ref().map(ToString::to_string).unwrap_or_default().as_bytes());
        arguments.push(&ended.end);
        arguments.push(ended.about.uuid().as_bytes());
        arguments.push(ended.version.map(|version| version.to_string()).unwrap_or_default().as_bytes());
        let answer = self.store.gate.call(Script::Remove, ended.partition, arguments.iter()).await?;
        let (gone, answers): (bool, u64) = typed(answer)?;
        Ok(gone.then_some(answers))
    }
}
