//! Reading the log and its dead letters.

use rusqlite::{Connection, Row};
use tracerail_actors::port::{Consumer, DeadLetterFilter, LoggedEvent, Position};
use tracerail_schemas::dead_letter::{DeadLetter, DeadLetterStatus};
use tracerail_schemas::{EncodedEvent, Subject, Timestamp, codec};

use super::failure::Failure;
use super::words::{Word, id, limit, signed, unsigned};

/// The events after this place, oldest first, of these subjects, or of all.
pub(super) fn after(
    connection: &Connection,
    after: u64,
    subjects: &[Subject],
    most: usize,
) -> Result<Vec<LoggedEvent>, Failure> {
    let mut events = Vec::new();
    if subjects.is_empty() {
        let all = "SELECT seq, envelope, data FROM event WHERE seq > ?1 ORDER BY seq LIMIT ?2";
        let mut statement = connection.prepare_cached(all)?;
        let mut rows = statement.query((signed(after), limit(most)))?;
        while let Some(row) = rows.next()? {
            events.push(logged(row)?);
        }
    }
    for subject in subjects {
        let mut statement = connection.prepare_cached(
            "SELECT seq, envelope, data FROM event WHERE subject = ?3 AND seq > ?1 ORDER BY seq LIMIT ?2",
        )?;
        let mut rows = statement.query((signed(after), limit(most), subject.as_str()))?;
        while let Some(row) = rows.next()? {
            events.push(logged(row)?);
        }
    }
    events.sort_by_key(|event| event.position.in_stream(0));
    events.dedup_by_key(|event| event.position.in_stream(0));
    events.truncate(most);
    Ok(events)
}

/// The events at these places; those the log does not have are left out.
pub(super) fn at(
    connection: &Connection,
    places: impl Iterator<Item = u64>,
) -> Result<Vec<LoggedEvent>, Failure> {
    let mut statement = connection.prepare_cached("SELECT seq, envelope, data FROM event WHERE seq = ?1")?;
    let mut events = Vec::new();
    for place in places {
        let mut rows = statement.query([signed(place)])?;
        if let Some(row) = rows.next()? {
            events.push(logged(row)?);
        }
    }
    Ok(events)
}

/// Dead letters, oldest first.
pub(super) fn dead_letters(
    connection: &Connection,
    filter: DeadLetterFilter,
) -> Result<Vec<DeadLetter>, Failure> {
    let mut statement = connection.prepare_cached(
        "SELECT number, consumer, subject, code, cause, attempts, at, status, event_id, data FROM dead_letter \
         WHERE number > ?1 AND (?2 IS NULL OR consumer = ?2) AND (?3 IS NULL OR status = ?3) \
         ORDER BY number LIMIT ?4",
    )?;
    let mut rows = statement.query((
        signed(filter.after),
        filter.consumer.map(Consumer::as_str),
        filter.status.map(Word::word),
        limit(filter.limit),
    ))?;
    let mut letters = Vec::new();
    while let Some(row) = rows.next()? {
        letters.push(dead_letter(row)?);
    }
    Ok(letters)
}

fn logged(row: &Row<'_>) -> Result<LoggedEvent, Failure> {
    let envelope = codec::decode_own(row.get_ref(1)?.as_blob().unwrap_or_default())?;
    Ok(LoggedEvent {
        position: Position::of([unsigned(row.get(0)?)]),
        event: EncodedEvent { envelope, data: row.get(2)? },
    })
}

fn dead_letter(row: &Row<'_>) -> Result<DeadLetter, Failure> {
    let code: String = row.get(3)?;
    let status: String = row.get(7)?;
    Ok(DeadLetter {
        number: unsigned(row.get(0)?),
        actor: row.get(1)?,
        subject: row.get(2)?,
        code: code.parse().map_err(|_| Failure::Word { what: "code", found: code })?,
        cause: row.get(4)?,
        attempts: row.get(5)?,
        at: Timestamp::from_micros(row.get(6)?),
        status: DeadLetterStatus::read(&status)?,
        event_id: Some(id(row.get_ref(8)?.as_blob().unwrap_or_default())?.to_string()),
        data: row.get(9)?,
    })
}
