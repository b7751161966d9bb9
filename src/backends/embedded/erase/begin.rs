//! Whether it can be erased, and where it stands.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension};
use tracerail_actors::port::{Clock, PortError};
use tracerail_schemas::{ContentKey, PersonId};

use super::super::failure::Failure;
use super::super::settings::Settings;
use super::super::{connection, tally};
use super::places::{of_item, of_person};
use super::rewrite::{Erasing, Subject};
use crate::upkeep::{Erasure, ToErase};

/// What came of asking.
#[derive(Debug)]
pub(in super::super) enum Begun {
    /// It can be done.
    Ready(Box<Erasing>),
    /// The person has so many open tasks.
    HasTasks(u64),
    /// The item is still open.
    IsOpen,
    /// There is no such item.
    Unknown,
}

/// Looks where it stands; nothing is changed yet.
pub(in super::super) fn erase(
    store: &Path,
    settings: &Settings,
    clock: &dyn Clock,
    erasure: Erasure,
) -> Result<Begun, PortError> {
    let begun = connection::writer(store, settings).and_then(|connection| {
        // What is deleted from here on is overwritten, too.
        connection.pragma_update(None, "secure_delete", "ON")?;
        match erasure.what.clone() {
            ToErase::Person(id) => person(connection, id, erasure, clock),
            ToErase::Content(key) => item(connection, key, erasure, clock),
        }
    });
    begun.map_err(|failure| failure.during(format!("erase from {}", store.display())))
}

fn person(
    connection: Connection,
    id: PersonId,
    erasure: Erasure,
    clock: &dyn Clock,
) -> Result<Begun, Failure> {
    let open = tally::open_tasks(&connection, std::slice::from_ref(&id))?;
    if let Some(open) = open.first().filter(|open| **open > 0) {
        return Ok(Begun::HasTasks(*open));
    }
    let places = of_person(&connection, id.as_str())?;
    let subject = Subject::Person { pseudonym: crate::upkeep::pseudonym(&id), id };
    Ok(Begun::Ready(Box::new(Erasing::of(connection, subject, places, erasure, clock.now()))))
}

fn item(
    connection: Connection,
    key: ContentKey,
    erasure: Erasure,
    clock: &dyn Clock,
) -> Result<Begun, Failure> {
    let found: Option<(i64, bool)> = connection
        .prepare_cached(
            "SELECT n, terminal IS NOT NULL FROM content WHERE id = ?1 AND source = ?2 AND tenant = ?3",
        )?
        .query_row((&key.id, &key.source, key.tenant.as_str()), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((n, ended)) = found else { return Ok(Begun::Unknown) };
    if !ended {
        return Ok(Begun::IsOpen);
    }
    let places = of_item(&connection, n, &key)?;
    Ok(Begun::Ready(Box::new(Erasing::of(
        connection,
        Subject::Item { n, key },
        places,
        erasure,
        clock.now(),
    ))))
}
