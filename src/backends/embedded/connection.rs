//! Opening the file: which file is accepted, and how SQLite is set.
//!
//! `synchronous=FULL` in WAL mode is what "survives a crash of the machine" means here: the log is synced in each commit.
//! Memory mapping is deliberately not used: with it, a failing disk ends the process by a signal instead of an error.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::failure::Failure;
use super::migrations;
use super::settings::{Access, Settings};

/// Statements kept prepared; there are about forty in all.
const STATEMENTS_KEPT: usize = 64;

/// How long a read waits for another program. In WAL mode readers wait for nobody, except for the moment in which somebody
/// recovers the file; they run on async threads, so the moment must be short.
const READ_BUSY_TIMEOUT: Duration = Duration::from_millis(500);

/// The connection that writes. Makes the file, or brings it to the present format.
pub(super) fn writer(path: &Path, settings: &Settings) -> Result<Connection, Failure> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(settings.busy_timeout)?;
    // Asked first: without the right to write, SQLite cannot even read a file in WAL mode, and names another cause.
    if connection.is_readonly("main")? {
        return Err(Failure::ReadOnly(read_only_error()));
    }
    migrations::version(&connection)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", settings.checkpoint_pages)?;
    connection.pragma_update(None, "journal_size_limit", 128 * 1024 * 1024)?;
    // 32 MiB: holds the upper levels of every index of some ten million rows.
    connection.pragma_update(None, "cache_size", -32_768)?;
    common(&connection)?;
    migrations::migrate(&mut connection)?;
    Ok(connection)
}

/// A connection that reads beside the writer. It brings nothing up to date, so an older format is refused as well as a newer one.
pub(super) fn reader(path: &Path, settings: &Settings) -> Result<Connection, Failure> {
    let (connection, found) = match settings.access {
        Access::ReadWrite => open_to_read(path)?,
        Access::ReadOnly => open_to_read(path).or_else(|error| open_unchanging(path, error))?,
    };
    if found != migrations::known() {
        return Err(Failure::TooOld { found, known: migrations::known() });
    }
    connection.pragma_update(None, "cache_size", -8192)?;
    common(&connection)?;
    Ok(connection)
}

/// A connection to copy from, and the format of what it reads: any that this program knows.
pub(super) fn source(path: &Path, settings: &Settings) -> Result<(Connection, i64), Failure> {
    let (connection, found) = open_to_read(path).or_else(|error| open_unchanging(path, error))?;
    connection.busy_timeout(settings.busy_timeout)?;
    if found == 0 {
        return Err(Failure::Foreign { found });
    }
    Ok((connection, found))
}

fn common(connection: &Connection) -> Result<(), Failure> {
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // Otherwise SQLite plans a statement anew whenever other values are bound, for a third of all time spent in it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(())
}

fn open_to_read(path: &Path) -> Result<(Connection, i64), Failure> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(READ_BUSY_TIMEOUT)?;
    with_version(connection)
}

/// On a disk that cannot be written, a WAL file can only be opened as one that nobody changes; that is true only when
/// everything of the write-ahead log has been moved into it.
fn open_unchanging(path: &Path, first: Failure) -> Result<(Connection, i64), Failure> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let log_is_empty = std::fs::metadata(log).map_or(true, |log| log.len() == 0);
    let worth_trying = matches!(first, Failure::CannotOpen(_) | Failure::ReadOnly(_));
    let Some(name) = path.to_str().filter(|_| log_is_empty && worth_trying && path.exists()) else {
        return Err(first);
    };
    let escaped = name.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    with_version(Connection::open_with_flags(format!("file:{escaped}?immutable=1"), flags)?)
}

fn with_version(connection: Connection) -> Result<(Connection, i64), Failure> {
    let found = migrations::version(&connection)?;
    Ok((connection, found))
}

fn read_only_error() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY), None)
}
