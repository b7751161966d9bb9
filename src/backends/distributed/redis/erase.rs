//! Taking something out of the state, beside whoever works on it.
//!
//! A value is replaced only where it is still what was read, and so is a task: a command, or another erasure, that comes between is met by
//! the next way through. Lists and queues that are named for a person move with their tasks.

use futures_util::future::try_join_all;
use redis::cmd;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracerail_actors::port::{Heard, PortError};
use tracerail_schemas::redact::{self, Redaction};
use tracerail_schemas::task::{CommandAnswer, Task};
use tracerail_schemas::{ContentKey, EncodedEvent, TaskId, codec};
use uuid::Uuid;

use super::arguments::Arguments;
use super::entry::{Admitted, Entry, read_remembered};
use super::error::Failure;
use super::gate::Gate;
use super::pack::{STAMP, pack, unpack};
use super::read_content::typed;
use super::read_tasks::{self, Stored};
use super::scan::Scan;
use super::scripts::Script;
use super::store::RedisStore;
use crate::backends::distributed::target::Target;
use tracerail_schemas::analysis::AnalysisRecord;
use tracerail_schemas::content::TerminalRecord;
use tracerail_schemas::routing::RouteRecord;

/// Keys that are read at once.
const AT_ONCE: usize = 32;

/// What was found.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Found {
    /// Records that held it.
    pub records: u64,
    /// Items that have it in their own name, which stays.
    pub left_in_names: u64,
    /// Events from which something was taken out while they wait to get into the log: whoever publishes them may have read them before.
    pub unsent: u64,
}

/// A field of a hash: what was read, and what is to stand there.
type Change = (Vec<u8>, Vec<u8>, Vec<u8>);

/// Changes of the fields of one key.
struct Changes {
    partition: u16,
    name: Vec<u8>,
    fields: Vec<Change>,
    task: Option<Box<Rewritten>>,
    in_name: bool,
    unsent: u64,
}

/// A task: its data and state as they were read, and what is to stand there.
struct Rewritten {
    data: Vec<u8>,
    state: Vec<u8>,
    since: Task,
}

impl RedisStore {
    /// Goes through everything and takes the target out; with `dry`, only counts.
    pub async fn erase_from(&self, target: &Target, dry: bool, tell: Heard<'_>) -> Result<Found, PortError> {
        let (mut found, mut looked_at) = (Found::default(), 0);
        let walk = async {
            if let Target::Item { key, task } = target {
                let mut keys = of_item(&self.gate, key, *task);
                keys.extend(self.made_by_hand(key, *task, tell).await?);
                // Tasks of one partition share what waits to be told.
                keys.sort_unstable();
                keys.dedup();
                for some in keys.chunks(AT_ONCE) {
                    self.some(target, some, dry, &mut found).await?;
                }
                return Ok(());
            }
            let mut scan = Scan::of(&self.gate, self.settings.cluster, "");
            while let Some(keys) = scan.next(&self.gate).await? {
                for some in keys.chunks(AT_ONCE) {
                    self.some(target, some, dry, &mut found).await?;
                    looked_at += some.len() as u64;
                    tell(looked_at);
                }
            }
            Ok(())
        };
        walk.await.map_err(|failure: Failure| failure.during("erase from Redis"))?;
        Ok(found)
    }

    /// What belongs to tasks about this item that have ids of their own.
    async fn made_by_hand(
        &self,
        key: &ContentKey,
        own: TaskId,
        tell: Heard<'_>,
    ) -> Result<Vec<Vec<u8>>, Failure> {
        let (gate, mut keys, mut looked_at) = (&self.gate, Vec::new(), 0);
        let mut scan = Scan::of(gate, self.settings.cluster, "t:");
        while let Some(found) = scan.next(gate).await? {
            for some in found.chunks(AT_ONCE) {
                let ids = some.iter().filter_map(|key| {
                    let id = gate.keys.name_of(key)?.1.strip_prefix(b"t:")?;
                    Uuid::from_slice(id).ok().map(TaskId::from_uuid)
                });
                let ids: Vec<_> = ids.filter(|id| *id != own).collect();
                let tasks = read_tasks::tasks(gate, &ids).await?;
                let theirs = tasks.iter().filter(|(task, _)| task.data.content_key.as_ref() == Some(key));
                keys.extend(theirs.flat_map(|(task, _)| of_task(gate, task.id)));
                looked_at += some.len() as u64;
                tell(looked_at);
            }
        }
        Ok(keys)
    }

    async fn some(
        &self,
        target: &Target,
        keys: &[Vec<u8>],
        dry: bool,
        found: &mut Found,
    ) -> Result<(), Failure> {
        let all = try_join_all(keys.iter().map(|key| changes(&self.gate, target, key))).await?;
        for changes in all.into_iter().flatten() {
            found.left_in_names += u64::from(changes.in_name);
            found.unsent += changes.unsent;
            let records = changes.fields.len() as u64 + u64::from(changes.task.is_some());
            if records == 0 {
                continue;
            }
            found.records += records;
            if !dry {
                write(&self.gate, changes).await?;
            }
        }
        Ok(())
    }
}

/// What belongs to an item and its own task.
fn of_item(gate: &Gate, key: &ContentKey, task: TaskId) -> Vec<Vec<u8>> {
    let base = gate.keys.base(gate.keys.partition_of(task));
    let mut keys = vec![format!("{base}c:{key}").into_bytes()];
    keys.extend(of_task(gate, task));
    keys
}

/// What belongs to a task, and what waits to be told in its partition.
fn of_task(gate: &Gate, task: TaskId) -> [Vec<u8>; 3] {
    let base = gate.keys.base(gate.keys.partition_of(task));
    let of_it = |begins: &str| [base.as_bytes(), begins.as_bytes(), task.uuid().as_bytes()].concat();
    [of_it("t:"), of_it("e:"), format!("{base}o").into_bytes()]
}

/// What is to be changed at a key.
async fn changes(gate: &Gate, target: &Target, key: &[u8]) -> Result<Option<Changes>, Failure> {
    let Some((partition, name)) = gate.keys.name_of(key) else { return Ok(None) };
    let name = name.to_vec();
    let mut changes = Changes { partition, name, fields: Vec::new(), task: None, in_name: false, unsent: 0 };
    let name = changes.name.as_slice();
    if let Some(id) = name.strip_prefix(b"t:") {
        changes.task = task(gate, target, id).await?;
    } else if name.starts_with(b"c:") {
        changes.in_name = matches!(target, Target::Person { .. }) && target.may_be_in(name);
        changes.fields = content(target, &fields(gate, key).await?)?;
    } else if name.starts_with(b"e:") {
        changes.fields = answers(target, &fields(gate, key).await?)?;
    } else if name == b"o" {
        (changes.fields, changes.unsent) = waiting(target, &fields(gate, key).await?)?;
    } else if name == b"count" {
        changes.fields = counts(target, &fields(gate, key).await?);
    } else {
        return Ok(None);
    }
    Ok(Some(changes))
}

async fn write(gate: &Gate, changes: Changes) -> Result<(), Failure> {
    let Changes { partition, name, fields, task, .. } = changes;
    if let Some(task) = task {
        let mut arguments = Arguments::default();
        arguments.push(&task.data);
        arguments.push(&task.state);
        Entry::about(task.since.id).with_task(&task.since)?.add_to(&mut arguments);
        gate.call(Script::Rewrite, partition, arguments.iter()).await?;
    }
    for some in fields.chunks(AT_ONCE) {
        let mut arguments = Arguments::default();
        arguments.push(&name);
        for (field, was, since) in some {
            arguments.push(field);
            arguments.push(was);
            arguments.push(since);
        }
        gate.call(Script::Swap, partition, arguments.iter()).await?;
    }
    Ok(())
}

async fn fields(gate: &Gate, key: &[u8]) -> Result<Vec<(Vec<u8>, Vec<u8>)>, Failure> {
    typed(gate.connection.ask(&cmd("HGETALL").arg(key).to_owned()).await?)
}

async fn task(gate: &Gate, target: &Target, id: &[u8]) -> Result<Option<Box<Rewritten>>, Failure> {
    let Ok(id) = Uuid::from_slice(id) else { return Ok(None) };
    let Some(stored) = read_tasks::stored(gate, TaskId::from_uuid(id)).await? else { return Ok(None) };
    let Stored { mut task, data: was_data, state: was_state } = stored;
    let redaction = target.redaction();
    let (data, state) = (redaction.record(&task.data)?, redaction.record(&task.state)?);
    if data.is_none() && state.is_none() {
        return Ok(None);
    }
    task.data = data.unwrap_or(task.data);
    task.state = state.unwrap_or(task.state);
    Ok(Some(Box::new(Rewritten { data: was_data, state: was_state, since: task })))
}

/// The records of an item.
fn content(target: &Target, fields: &[(Vec<u8>, Vec<u8>)]) -> Result<Vec<Change>, Failure> {
    let redaction = target.redaction();
    let mut changes = Vec::new();
    for (field, was) in fields {
        let since = match field.as_slice() {
            b"h" => <[u8; 32]>::try_from(was.as_slice())
                .ok()
                .map(|hash| target.content_hash(hash).to_vec())
                .filter(|hash| hash != was),
            b"b" if target.may_be_in(was) => admitted(redaction, was)?,
            b"n" if target.may_be_in(was) => record::<AnalysisRecord>(redaction, was)?,
            b"r" if target.may_be_in(was) => record::<RouteRecord>(redaction, was)?,
            b"e" if target.may_be_in(was) => record::<TerminalRecord>(redaction, was)?,
            _ => None,
        };
        changes.extend(since.map(|since| (field.clone(), was.clone(), since)));
    }
    Ok(changes)
}

/// The ids of an item's first event stay as they are.
fn admitted(redaction: Redaction<'_>, was: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
    let admitted: Admitted = codec::decode_own(was)?;
    let Some(body) = redaction.record(&admitted.body)? else { return Ok(None) };
    Ok(Some(codec::encode(&Admitted { body, ..admitted })?))
}

fn record<T: Serialize + DeserializeOwned>(
    redaction: Redaction<'_>,
    was: &[u8],
) -> Result<Option<Vec<u8>>, Failure> {
    let since = redaction.record(&codec::decode_own::<T>(was)?)?;
    Ok(since.map(|since| codec::encode(&since)).transpose()?)
}

/// The answers that commands got; the events of a trail stay.
fn answers(target: &Target, fields: &[(Vec<u8>, Vec<u8>)]) -> Result<Vec<Change>, Failure> {
    let mut changes = Vec::new();
    for (field, was) in fields.iter().filter(|(field, was)| field.len() == 17 && target.may_be_in(was)) {
        let Some((_, answer)) = read_remembered(was).filter(|(_, answer)| !answer.is_empty()) else {
            continue;
        };
        let Some(since) = record::<CommandAnswer>(target.redaction(), answer)? else { continue };
        let head = was.get(..was.len() - answer.len()).unwrap_or_default();
        changes.push((field.clone(), was.clone(), [head, &since].concat()));
    }
    Ok(changes)
}

/// What waits to get into the log, and how much of that held it.
fn waiting(target: &Target, fields: &[(Vec<u8>, Vec<u8>)]) -> Result<(Vec<Change>, u64), Failure> {
    let (mut changes, mut rewritten) = (Vec::new(), 0);
    for (field, was) in fields {
        let (Some(stamp), Some(packed)) = (was.get(..STAMP), was.get(STAMP..)) else { continue };
        let event = unpack(packed)?;
        let Some(data) = target.event(&event)? else {
            rewritten += u64::from(redact::told(&event.data).1);
            continue;
        };
        let cause = packed.get(..16).and_then(|cause| Uuid::from_slice(cause).ok()).unwrap_or_default();
        let since = pack(cause, &EncodedEvent { data, ..event })?;
        changes.push((field.clone(), was.clone(), [stamp, &since].concat()));
    }
    let unsent = rewritten + changes.len() as u64;
    Ok((changes, unsent))
}

/// A person with no open task needs no count.
fn counts(target: &Target, fields: &[(Vec<u8>, Vec<u8>)]) -> Vec<Change> {
    let Target::Person { id, .. } = target else { return Vec::new() };
    let theirs = format!("open {id}").into_bytes();
    let found = fields.iter().filter(|(field, count)| *field == theirs && count == b"0");
    found.map(|(field, count)| (field.clone(), count.clone(), Vec::new())).collect()
}
