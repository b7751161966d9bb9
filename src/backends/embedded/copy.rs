//! A copy of a store that others may be writing to.
//!
//! The whole copy is of one moment: a read transaction is held open while the pages are copied, so that whoever writes meanwhile is not
//! kept waiting, and does not make the copy begin again. What was committed before it began is in it.
//!
//! It grows under another name and gets its own only when every page of it was read again and is on the disk, so that there
//! is never half a copy to be taken for a whole one.

use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OptionalExtension};
use tracerail_actors::port::PortError;
use tracerail_schemas::{Envelope, Timestamp, codec};

use super::connection;
use super::failure::Failure;
use super::files::{beside, remove, synced};
use super::settings::Settings;
use super::words::unsigned;
use crate::upkeep::{CopyStep, StoreCopy};

/// Pages copied between two tellings: 4 MiB, some milliseconds.
const PAGES: i32 = 1024;

/// Copies the store at `store` to `to`, whoever writes to it meanwhile. What is at `to` is replaced when the copy is whole.
pub fn backup(
    store: &Path,
    to: &Path,
    settings: &Settings,
    tell: &dyn Fn(CopyStep),
) -> Result<StoreCopy, PortError> {
    copy(store, to, settings, tell)
        .map_err(|failure| failure.during(format!("back up {} to {}", store.display(), to.display())))
}

/// Copies the store at `from` to `to`; what is at `to` is replaced.
pub(super) fn copy(
    from: &Path,
    to: &Path,
    settings: &Settings,
    tell: &dyn Fn(CopyStep),
) -> Result<StoreCopy, Failure> {
    let partial = beside(to, ".partial");
    let made = make(from, &partial, settings, tell).and_then(|copy| {
        synced(&partial)?;
        std::fs::rename(&partial, to).map_err(|source| Failure::File {
            doing: "name",
            path: to.to_owned(),
            source,
        })?;
        synced(to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")))?;
        Ok(StoreCopy { path: to.to_owned(), ..copy })
    });
    if made.is_err() {
        // What failed is told; half a copy is of no use to anybody.
        remove(&partial).unwrap_or_default();
    }
    made
}

fn make(from: &Path, to: &Path, settings: &Settings, tell: &dyn Fn(CopyStep)) -> Result<StoreCopy, Failure> {
    remove(to)?;
    let (source, format) = connection::source(from, settings)?;
    // From the first read on, this connection sees one state.
    source.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema")?;
    let mut target = Connection::open(to)?;
    pages(&source, &mut target, tell)?;
    drop(source);
    // One file, without a log beside it, that can be read from a disk that cannot be written.
    target.pragma_update(None, "journal_mode", "DELETE")?;
    // Whoever hands out events there does not in the copy.
    target.execute_batch("UPDATE lease SET holder = NULL, until = 0")?;
    tell(CopyStep::Checking);
    checked(&target)?;
    let copy = described(&target, to, format)?;
    target.close().map_err(|(_, error)| error)?;
    Ok(copy)
}

fn pages(source: &Connection, target: &mut Connection, tell: &dyn Fn(CopyStep)) -> Result<(), Failure> {
    let page: i64 = source.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let bytes = |pages: i32| unsigned(i64::from(pages).saturating_mul(page));
    let backup = Backup::new(source, target)?;
    loop {
        let step = backup.step(PAGES)?;
        let progress = backup.progress();
        tell(CopyStep::Written {
            bytes: bytes(progress.pagecount - progress.remaining),
            of: bytes(progress.pagecount),
        });
        match step {
            StepResult::More => {}
            StepResult::Done => return Ok(()),
            // Nobody else has the copy open, and the source is read in a transaction of its own.
            StepResult::Busy | StepResult::Locked | _ => return Err(Failure::InUse),
        }
    }
}

fn checked(copy: &Connection) -> Result<(), Failure> {
    let answer: String = copy.query_row("PRAGMA integrity_check(1)", (), |row| row.get(0))?;
    if answer == "ok" { Ok(()) } else { Err(Failure::NotIntact { answer }) }
}

fn described(copy: &Connection, path: &Path, format: i64) -> Result<StoreCopy, Failure> {
    let size = |name| copy.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let events: i64 = copy.query_row("SELECT count(*) FROM event", (), |row| row.get(0))?;
    let newest: Option<Vec<u8>> = copy
        .query_row("SELECT envelope FROM event ORDER BY seq DESC LIMIT 1", (), |row| row.get(0))
        .optional()?;
    Ok(StoreCopy {
        path: PathBuf::from(path),
        bytes: unsigned(size("page_count")?.saturating_mul(size("page_size")?)),
        format,
        events: unsigned(events),
        newest_event_at: newest.map(|envelope| told_at(&envelope)).transpose()?,
    })
}

fn told_at(envelope: &[u8]) -> Result<Timestamp, Failure> {
    Ok(codec::decode_own::<Envelope>(envelope)?.time)
}
