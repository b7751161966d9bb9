//! Reading items, causes and counts.

use redis::{FromRedisValue, Value};
use tracerail_actors::port::{Place, StoredAnswer, Totals};
use tracerail_schemas::content::{ContentRecord, Outcome};
use tracerail_schemas::task::{SlaState, Status};
use tracerail_schemas::{CommandId, ContentKey, EventId, PersonId, TaskId, TenantId, Timestamp, codec};

use super::arguments::Arguments;
use super::entry::{Admitted, read_remembered};
use super::error::Failure;
use super::gate::Gate;
use super::scripts::Script;
use super::slot::Slot;
use super::store::RedisStore;

/// "A few" found things.
const FEW: usize = 16;

/// An event of a trail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TrailEntry {
    /// The event.
    pub id: EventId,
    /// When it happened.
    pub at: Timestamp,
    /// Where it is; unknown for a moment after it was published, and for one whose publisher died before telling.
    pub place: Option<Place>,
}

/// A value as one of Rust's.
pub(super) fn typed<T: FromRedisValue>(value: Value) -> Result<T, Failure> {
    Ok(redis::from_redis_value(value).map_err(redis::RedisError::from)?)
}

/// What the script tells of an item: body, analysis, route, end, hash; and its trail.
type Asked = ([Option<Vec<u8>>; 5], Vec<(Vec<u8>, Vec<u8>)>);

/// Asks for an item.
pub(super) async fn ask(store: &RedisStore, key: &ContentKey) -> Result<Option<Asked>, Failure> {
    let about = TaskId::of_content(key);
    let mut arguments = Arguments::default();
    arguments.push(key.to_string().as_bytes());
    arguments.push(about.uuid().as_bytes());
    let answer = store.contents.call(store.gate.keys.partition_of(about), arguments).await?;
    let unreadable = || Failure::Unreadable(format!("the record of {key}"));
    let mut fields = answer.into_sequence().map_err(|_| unreadable())?.into_iter();
    let mut record = [const { None }; 5];
    for field in &mut record {
        *field = typed(fields.next().unwrap_or(Value::Nil))?;
    }
    if record.iter().all(Option::is_none) {
        return Ok(None);
    }
    Ok(Some((record, typed(fields.next().unwrap_or(Value::Nil))?)))
}

/// The record of an item.
pub(super) async fn content(store: &RedisStore, key: &ContentKey) -> Result<Option<ContentRecord>, Failure> {
    let Some((record, trail)) = ask(store, key).await? else { return Ok(None) };
    let [Some(body), analysis, route, terminal, hash] = record else { return Ok(None) };
    let hash = hash.and_then(|hash| <[u8; 32]>::try_from(hash).ok());
    let hash = hash.ok_or_else(|| Failure::Unreadable(format!("the hash of {key}")))?;
    let Admitted { submitted_id, submitted_at, body } = codec::decode_own(&body)?;
    // The event it came with stands first, also where the clock of whoever sent it was ahead.
    let told = Slot::read(&trail).into_iter().map(|slot| slot.id).filter(|id| *id != submitted_id);
    Ok(Some(ContentRecord {
        key: key.clone(),
        hash,
        submitted_id,
        submitted_at,
        body,
        analysis: analysis.map(|bytes| codec::decode_own(&bytes)).transpose()?,
        route: route.map(|bytes| codec::decode_own(&bytes)).transpose()?,
        terminal: terminal.map(|bytes| codec::decode_own(&bytes)).transpose()?,
        trail: std::iter::once(submitted_id).chain(told).collect(),
    }))
}

/// The events about an item and its task, oldest first, each with its time and its place in the log, as far as that is known.
pub(super) async fn trail(store: &RedisStore, key: &ContentKey) -> Result<Vec<TrailEntry>, Failure> {
    let trail = ask(store, key).await?.map(|(_, trail)| trail).unwrap_or_default();
    Ok(Slot::read(&trail)
        .into_iter()
        .map(|slot| TrailEntry { id: slot.id, at: slot.at, place: slot.place })
        .collect())
}

/// The items with this id, whatever their source.
pub(super) async fn find(gate: &Gate, tenant: &TenantId, id: &str) -> Result<Vec<ContentKey>, Failure> {
    let tenant_of = format!("{tenant}/");
    let calls = gate
        .keys
        .partitions()
        .map(|partition| gate.call(Script::Sources, partition, [tenant_of.as_bytes(), id.as_bytes()]));
    let mut found = Vec::new();
    for answer in futures_util::future::try_join_all(calls).await? {
        let names: Vec<String> = typed(answer)?;
        found.extend(names.iter().filter_map(|name| key_of(name)));
    }
    found.sort();
    found.truncate(FEW);
    Ok(found)
}

/// The item that is written so.
pub(super) fn key_of(text: &str) -> Option<ContentKey> {
    let mut parts = text.splitn(3, '/');
    let (tenant, source, id) = (parts.next()?, parts.next()?, parts.next()?);
    ContentKey::new(TenantId::new(tenant).ok()?, source, id).ok()
}

/// The answer a command about this task got.
pub(super) async fn answer(
    gate: &Gate,
    command: CommandId,
    about: TaskId,
) -> Result<Option<StoredAnswer>, Failure> {
    let (id, task) = (command.uuid(), about.uuid());
    let arguments = [b"cause".as_slice(), task.as_bytes(), id.as_bytes()];
    let value = gate.call(Script::Value, gate.keys.partition_of(about), arguments).await?;
    let Some(bytes) = typed::<Option<Vec<u8>>>(value)? else { return Ok(None) };
    match read_remembered(&bytes) {
        Some((Some(payload_hash), answer)) if !answer.is_empty() => {
            Ok(Some(StoredAnswer { answer: codec::decode_own(answer)?, payload_hash }))
        }
        Some(_) | None => Ok(None),
    }
}

/// How many open tasks each of these people has.
pub(super) async fn open_tasks(gate: &Gate, people: &[PersonId]) -> Result<Vec<u64>, Failure> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<_> = people.iter().map(|person| format!("open {person}")).collect();
    let arguments = || std::iter::once("counts").chain(names.iter().map(String::as_str)).map(str::as_bytes);
    let calls = gate.keys.partitions().map(|partition| gate.call(Script::Value, partition, arguments()));
    let mut sums = vec![0_i64; people.len()];
    for answer in futures_util::future::try_join_all(calls).await? {
        let counts: Vec<Option<i64>> = typed(answer)?;
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum += count.unwrap_or_default();
        }
    }
    Ok(sums.into_iter().map(|sum| u64::try_from(sum).unwrap_or_default()).collect())
}

/// Counts over everything.
pub(super) async fn totals(gate: &Gate) -> Result<Totals, Failure> {
    let calls =
        gate.keys.partitions().map(|partition| gate.call(Script::Value, partition, [b"count".as_slice()]));
    let mut counts = std::collections::BTreeMap::<String, i64>::new();
    for value in futures_util::future::try_join_all(calls).await? {
        for (name, count) in typed::<Vec<(String, i64)>>(value)? {
            *counts.entry(name).or_default() += count;
        }
    }
    let count = |name: &str| counts.get(name).and_then(|count| u64::try_from(*count).ok()).unwrap_or(0);
    let mut totals =
        Totals { contents: count("contents"), escalated: count("escalated"), ..Totals::default() };
    totals.outcomes.extend(Outcome::ALL.map(|it| (it, count(&format!("outcome {}", it.as_str())))));
    totals.tasks.extend(Status::ALL.map(|it| (it, count(&format!("status {}", it.as_str())))));
    for (name, _) in counts.range("sla ".to_owned().."sla~".to_owned()) {
        let word = name.trim_start_matches("sla ");
        if let Ok(state) = serde_json::from_value::<SlaState>(word.into()) {
            totals.sla.push((state, count(name)));
        }
    }
    totals.outcomes.retain(|(_, count)| *count > 0);
    totals.tasks.retain(|(_, count)| *count > 0);
    totals.sla.retain(|(_, count)| *count > 0);
    totals.outcomes.sort_unstable();
    totals.tasks.sort_unstable();
    totals.sla.sort_unstable();
    Ok(totals)
}
