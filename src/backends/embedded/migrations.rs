//! The formats the file has had, oldest first. A migration is never edited once it was released; a new one is added.

use rusqlite::{Connection, TransactionBehavior};

use super::failure::Failure;
use super::queue;

/// What stands in the header of every TraceRail file, so that another program's file is not taken for one: `TrRl`.
const APPLICATION_ID: i64 = 0x5472_526c;

/// The first leads from an empty file to version 1, the second from 1 to 2, and so on.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
    include_str!("migrations/0003.sql"),
    include_str!("migrations/0004.sql"),
];

/// The first version with queues.
const HAS_QUEUES: usize = 3;

/// The format this program writes.
pub(super) fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Whether the file is one of ours, and its version; 0 for an empty file.
///
/// Asked before anything is changed, so that a foreign file is left as it was.
pub(super) fn version(connection: &Connection) -> Result<i64, Failure> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (application, version) = (pragma("application_id")?, pragma("user_version")?);
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))?;
    if application != APPLICATION_ID && (application != 0 || version != 0 || tables != 0) {
        return Err(Failure::Foreign { found: application });
    }
    if version > known() {
        return Err(Failure::TooNew { found: version, known: known() });
    }
    Ok(version)
}

/// Brings the file to the format of this program, whole or not at all.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), Failure> {
    if version(connection)? == known() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Asked again under the lock: another process may just have done it.
    let from = usize::try_from(version(&transaction)?).unwrap_or(0);
    for migration in MIGRATIONS.iter().skip(from) {
        transaction.execute_batch(migration)?;
    }
    if from < HAS_QUEUES {
        queue::fill(&transaction)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", known())?;
    transaction.commit()?;
    Ok(())
}
