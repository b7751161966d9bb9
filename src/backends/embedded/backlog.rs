//! How far behind the consumers are.

use rusqlite::{Connection, OptionalExtension};
use tracerail_actors::port::{Backlog, Consumer};
use tracerail_schemas::{Envelope, Timestamp, codec};

use super::failure::Failure;
use super::lease;
use super::words::{signed, unsigned};

/// How many events a consumer has still to handle.
pub(super) fn lag(connection: &Connection, consumer: Consumer) -> Result<u64, Failure> {
    let position = lease::position(connection, consumer)?.unwrap_or_default();
    let unread = unread(connection, consumer, position.scanned)?;
    Ok(position.returned.len() as u64 + unread + given_back(connection, consumer)?)
}

/// The same in detail. A process that is handed events writes down which: as one that only looks, this one reads it there.
pub(super) fn of(connection: &Connection, consumer: Consumer) -> Result<Backlog, Failure> {
    let position = lease::position(connection, consumer)?.unwrap_or_default();
    let firsts = [
        position.returned.first().copied(),
        first_unread(connection, consumer, position.scanned)?,
        first_given_back(connection, consumer)?,
    ];
    let oldest_at = match firsts.into_iter().flatten().min() {
        Some(sequence) => published_at(connection, sequence)?,
        None => None,
    };
    Ok(Backlog {
        waiting: unread(connection, consumer, position.scanned)?,
        in_flight: Some(position.returned.len() as u64),
        redelivered: Some(given_back(connection, consumer)?),
        oldest_at,
    })
}

fn unread(connection: &Connection, consumer: Consumer, scanned: u64) -> Result<u64, Failure> {
    let mut sum = 0;
    for subject in consumer.subjects() {
        let unread: i64 = connection
            .prepare_cached("SELECT count(*) FROM event WHERE subject = ?1 AND seq > ?2")?
            .query_row((subject.as_str(), signed(scanned)), |row| row.get(0))?;
        sum += unsigned(unread);
    }
    Ok(sum)
}

fn first_unread(connection: &Connection, consumer: Consumer, scanned: u64) -> Result<Option<u64>, Failure> {
    let mut first = None;
    for subject in consumer.subjects() {
        let found: Option<i64> = connection
            .prepare_cached("SELECT min(seq) FROM event WHERE subject = ?1 AND seq > ?2")?
            .query_row((subject.as_str(), signed(scanned)), |row| row.get(0))?;
        first = first.into_iter().chain(found.map(unsigned)).min();
    }
    Ok(first)
}

fn given_back(connection: &Connection, consumer: Consumer) -> Result<u64, Failure> {
    let count: i64 = connection
        .prepare_cached("SELECT count(*) FROM redelivery WHERE consumer = ?1")?
        .query_row([consumer.as_str()], |row| row.get(0))?;
    Ok(unsigned(count))
}

fn first_given_back(connection: &Connection, consumer: Consumer) -> Result<Option<u64>, Failure> {
    let first: Option<i64> = connection
        .prepare_cached("SELECT min(seq) FROM redelivery WHERE consumer = ?1")?
        .query_row([consumer.as_str()], |row| row.get(0))?;
    Ok(first.map(unsigned))
}

fn published_at(connection: &Connection, sequence: u64) -> Result<Option<Timestamp>, Failure> {
    let envelope: Option<Vec<u8>> = connection
        .prepare_cached("SELECT envelope FROM event WHERE seq = ?1")?
        .query_row([signed(sequence)], |row| row.get(0))
        .optional()?;
    let Some(envelope) = envelope else { return Ok(None) };
    Ok(Some(codec::decode_own::<Envelope>(&envelope)?.time))
}
