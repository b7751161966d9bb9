//! Rewrites the places, a few in each transaction.

use std::collections::VecDeque;

use rusqlite::types::Value as Cell;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};
use serde_json::Value;
use tracerail_actors::port::PortError;
use tracerail_schemas::codec;
use tracerail_schemas::redact::Redaction;
use tracerail_schemas::task::TaskState;
use tracerail_schemas::{ContentKey, PersonId, Timestamp};

use super::super::failure::Failure;
use super::super::queue;
use super::places::{Holds, Place, TASK_STATE};
use crate::upkeep::Erasure;

/// Places rewritten in one transaction: some milliseconds.
const PLACES: usize = 32;

/// An erasure that is under way.
#[derive(Debug)]
pub(in super::super) struct Erasing {
    pub(super) connection: Connection,
    pub(super) subject: Subject,
    pub(super) erasure: Erasure,
    pub(super) at: Timestamp,
    pub(super) records: u64,
    places: VecDeque<Place>,
}

/// What is taken out.
#[derive(Debug)]
pub(super) enum Subject {
    Person { id: PersonId, pseudonym: String },
    Item { n: i64, key: ContentKey },
}

impl Erasing {
    pub(super) fn of(
        connection: Connection,
        subject: Subject,
        places: Vec<Place>,
        erasure: Erasure,
        at: Timestamp,
    ) -> Self {
        Self { connection, subject, erasure, at, records: 0, places: places.into() }
    }

    /// One transaction of some milliseconds; `false` when all places are done. Whoever calls it leaves others a moment in between.
    pub(in super::super) fn go_on(&mut self) -> Result<bool, PortError> {
        self.some_places().map_err(|failure| failure.during("erase"))
    }

    /// How many records were rewritten so far.
    pub(in super::super) fn records(&self) -> u64 {
        self.records
    }

    fn some_places(&mut self) -> Result<bool, Failure> {
        let count = self.places.len().min(PLACES);
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        let mut records = 0;
        for place in self.places.iter().take(count) {
            records += u64::from(rewrite(&transaction, place, self.subject.redaction())?);
        }
        if self.erasure.dry_run {
            transaction.rollback()?;
        } else {
            transaction.commit()?;
        }
        self.records += records;
        self.places.drain(..count);
        Ok(!self.places.is_empty())
    }
}

impl Subject {
    pub(super) fn redaction(&self) -> Redaction<'_> {
        match self {
            Self::Person { id, pseudonym } => Redaction::Person { id: id.as_str(), pseudonym },
            Self::Item { .. } => Redaction::Texts,
        }
    }
}

/// Rewrites what stands there; `false` when nothing of it is to be taken out.
fn rewrite(connection: &Connection, place: &Place, redaction: Redaction<'_>) -> Result<bool, Failure> {
    let Place { column, row } = place;
    let (table, key, name) = (column.table, column.key, column.name);
    let found: Option<Cell> = connection
        .prepare_cached(&format!("SELECT {name} FROM {table} WHERE {key} = ?1"))?
        .query_row([row], |row| row.get(0))
        .optional()?;
    let since = match (column.holds, found) {
        (Holds::Text, Some(Cell::Text(text))) => redaction.text(&text).map(Cell::Text),
        (Holds::Record, Some(Cell::Blob(bytes))) => record(&bytes, redaction)?.map(Cell::Blob),
        (Holds::Body, Some(Cell::Blob(bytes))) => redaction.body(&bytes)?.map(Cell::Blob),
        // Nothing was ever written there, or the row has gone meanwhile.
        (_, _) => None,
    };
    let Some(since) = since else { return Ok(false) };
    connection
        .prepare_cached(&format!("UPDATE {table} SET {name} = ?2 WHERE {key} = ?1"))?
        .execute((row, since))?;
    if *column == TASK_STATE {
        queued_anew(connection, row)?;
    }
    Ok(true)
}

/// A task that waits stands in queues, some of them named for the people who may have it.
fn queued_anew(connection: &Connection, n: &Cell) -> Result<(), Failure> {
    let (id, before, state): (Vec<u8>, Option<String>, Vec<u8>) = connection
        .prepare_cached("SELECT id, waits, state FROM task WHERE n = ?1")?
        .query_row([n], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let now = queue::waits(&codec::decode_own::<TaskState>(&state)?);
    queue::moved(connection, &id, before.as_deref(), now.as_deref())?;
    connection.prepare_cached("UPDATE task SET waits = ?2 WHERE n = ?1")?.execute((n, now))?;
    Ok(())
}

fn record(bytes: &[u8], redaction: Redaction<'_>) -> Result<Option<Vec<u8>>, Failure> {
    let mut value: Value = codec::decode_own(bytes)?;
    Ok(if redaction.apply(&mut value) { Some(codec::encode(&value)?) } else { None })
}
