//! Reading content items.

use rusqlite::{Connection, OptionalExtension, Row};
use serde::de::DeserializeOwned;
use tracerail_schemas::content::ContentRecord;
use tracerail_schemas::{ContentKey, EventId, TaskId, TenantId, Timestamp, codec};

use super::failure::Failure;
use super::words::{id, limit};

/// How many items of one id are found at most; nobody looks through more.
const FOUND_MAX: usize = 16;

/// One event in a trail.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct TrailEntry {
    pub(super) sequence: u64,
    pub(super) id: EventId,
}

/// The record of an item.
pub(super) fn content(connection: &Connection, key: &ContentKey) -> Result<Option<ContentRecord>, Failure> {
    let mut statement = connection.prepare_cached(
        "SELECT hash, submitted_id, submitted_at, body, analysis, route, terminal, trail FROM content \
         JOIN content_body ON content_body.n = content.n WHERE id = ?1 AND source = ?2 AND tenant = ?3",
    )?;
    let mut rows = statement.query((&key.id, &key.source, key.tenant.as_str()))?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let mut trail = entries(row.get_ref(7)?.as_blob().unwrap_or_default())?;
    trail.extend(task_trail(connection, key)?);
    trail.sort_unstable();
    Ok(Some(ContentRecord {
        key: key.clone(),
        hash: row.get(0)?,
        submitted_id: EventId::from_uuid(id(row.get_ref(1)?.as_blob().unwrap_or_default())?),
        submitted_at: Timestamp::from_micros(row.get(2)?),
        body: codec::decode_own(row.get_ref(3)?.as_blob().unwrap_or_default())?,
        analysis: record(row, 4)?,
        route: record(row, 5)?,
        terminal: record(row, 6)?,
        trail: trail.into_iter().map(|entry| entry.id).collect(),
    }))
}

/// The items with this id, whatever their source.
pub(super) fn find(connection: &Connection, tenant: &TenantId, id: &str) -> Result<Vec<ContentKey>, Failure> {
    let mut statement = connection
        .prepare_cached("SELECT source FROM content WHERE id = ?1 AND tenant = ?2 ORDER BY n LIMIT ?3")?;
    let mut rows = statement.query((id, tenant.as_str(), limit(FOUND_MAX)))?;
    let mut keys = Vec::new();
    while let Some(row) = rows.next()? {
        keys.push(ContentKey { tenant: tenant.clone(), source: row.get(0)?, id: id.to_owned() });
    }
    Ok(keys)
}

/// The events about an item and its task, oldest first.
pub(super) fn trail(connection: &Connection, key: &ContentKey) -> Result<Vec<TrailEntry>, Failure> {
    let own: Option<Vec<u8>> = connection
        .prepare_cached("SELECT trail FROM content WHERE id = ?1 AND source = ?2 AND tenant = ?3")?
        .query_row((&key.id, &key.source, key.tenant.as_str()), |row| row.get(0))
        .optional()?;
    let mut trail = entries(&own.unwrap_or_default())?;
    trail.extend(task_trail(connection, key)?);
    trail.sort_unstable();
    Ok(trail)
}

/// The events that were committed with an item's task alone.
fn task_trail(connection: &Connection, key: &ContentKey) -> Result<Vec<TrailEntry>, Failure> {
    let own_id = TaskId::of_content(key).uuid();
    let mut statement = connection.prepare_cached(
        "SELECT trail FROM task WHERE id = ?1 UNION ALL SELECT trail FROM task WHERE stands_for = ?1",
    )?;
    let mut rows = statement.query([own_id.as_bytes()])?;
    let mut trail = Vec::new();
    while let Some(row) = rows.next()? {
        trail.extend(entries(row.get_ref(0)?.as_blob().unwrap_or_default())?);
    }
    Ok(trail)
}

/// The entries of a trail.
pub(super) fn entries(bytes: &[u8]) -> Result<Vec<TrailEntry>, Failure> {
    let (entries, _) = bytes.as_chunks::<24>();
    let entry = |bytes: &[u8; 24]| {
        let (sequence, event) = bytes.split_at(8);
        let sequence = sequence.try_into().map_or(0, u64::from_be_bytes);
        Ok(TrailEntry { sequence, id: EventId::from_uuid(id(event)?) })
    };
    entries.iter().map(entry).collect()
}

fn record<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<Option<T>, Failure> {
    let bytes = row.get_ref(column)?.as_blob_or_null().unwrap_or_default();
    Ok(bytes.map(codec::decode_own).transpose()?)
}
