//! The tombstone, and the bytes.

use std::path::Path;

use rusqlite::{Connection, Row, Transaction, TransactionBehavior};
use sha2::{Digest as _, Sha256};
use tracerail_actors::port::PortError;
use tracerail_schemas::{Timestamp, hash};

use super::super::connection;
use super::super::failure::Failure;
use super::super::settings::Settings;
use super::super::words::{signed, unsigned};
use super::rewrite::{Erasing, Subject};
use crate::upkeep::{Erased, Tombstone};

impl Erasing {
    /// Leaves the tombstone and writes the file anew, so that nothing is left in room that is free. Others wait for that.
    pub(in super::super) fn finish(&self) -> Result<Erased, PortError> {
        self.try_finish().map_err(|failure| failure.during("finish the erasure"))
    }

    /// Empties the log, which holds the file as it was; `false` while a process reads an old state of it.
    pub(in super::super) fn empty_log(&self) -> Result<bool, PortError> {
        let busy: rusqlite::Result<i64> =
            self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get(0));
        busy.map(|busy| busy == 0).map_err(|error| Failure::from(error).during("empty the log"))
    }

    fn try_finish(&self) -> Result<Erased, Failure> {
        let kind = match &self.subject {
            Subject::Person { .. } => "person",
            Subject::Item { .. } => "content",
        };
        let name = match &self.subject {
            Subject::Person { pseudonym, .. } => pseudonym.clone(),
            Subject::Item { key, .. } => key.to_string(),
        };
        let mut number = None;
        if !self.erasure.dry_run {
            if self.records > 0 {
                number = Some(self.bury(kind, &name)?);
            }
            // In memory, the copy that SQLite makes could be larger than the machine.
            self.connection.pragma_update(None, "temp_store", "DEFAULT")?;
            self.connection.execute_batch("VACUUM")?;
        }
        let left_in_names = match &self.subject {
            Subject::Person { id, .. } => left_in_names(&self.connection, id.as_str())?,
            Subject::Item { .. } => 0,
        };
        Ok(Erased { kind, name, number, records: self.records, left_in_names, dry_run: self.erasure.dry_run })
    }

    fn bury(&self, kind: &str, name: &str) -> Result<u64, Failure> {
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        match &self.subject {
            Subject::Person { id, pseudonym } => {
                let errors = "UPDATE redelivery SET last_error = replace(last_error, ?1, ?2) WHERE instr(last_error, ?1)";
                transaction.execute(errors, [id.as_str(), pseudonym])?;
                transaction
                    .execute("DELETE FROM tally WHERE name = 'open ' || ?1 AND count <= 0", [id.as_str()])?;
            }
            // A hash of a short text tells the text to whoever guesses it.
            Subject::Item { n, .. } => {
                transaction.execute("UPDATE content SET hash = zeroblob(32) WHERE n = ?1", [n])?;
            }
        }
        let reason_hash =
            self.erasure.reason.as_ref().map(|reason| -> [u8; 32] { Sha256::digest(reason).into() });
        transaction.execute(
            "INSERT INTO erased (kind, name, at, by, reason_hash, records) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (kind, name, self.at.as_micros(), self.erasure.signed(), reason_hash, signed(self.records)),
        )?;
        let number = unsigned(transaction.last_insert_rowid());
        transaction.commit()?;
        Ok(number)
    }
}

/// Items and events that have the id in the names by which they are found.
fn left_in_names(connection: &Connection, id: &str) -> Result<u64, Failure> {
    let items = "SELECT count(*) FROM content WHERE instr(tenant || '/' || source || '/' || id, ?1) > 0";
    let items: i64 = connection.query_row(items, [id], |row| row.get(0))?;
    Ok(unsigned(items))
}

/// What was erased, oldest first.
pub(in super::super) fn tombstones(store: &Path, settings: &Settings) -> Result<Vec<Tombstone>, PortError> {
    let read = || {
        let connection = connection::reader(store, settings)?;
        let mut statement = connection
            .prepare("SELECT number, kind, name, at, by, reason_hash, records FROM erased ORDER BY number")?;
        let mut rows = statement.query(())?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(tombstone(row)?);
        }
        Ok(found)
    };
    read()
        .map_err(|failure: Failure| failure.during(format!("read what was erased from {}", store.display())))
}

fn tombstone(row: &Row<'_>) -> Result<Tombstone, Failure> {
    let reason_hash: Option<Vec<u8>> = row.get(5)?;
    Ok(Tombstone {
        number: unsigned(row.get(0)?),
        kind: row.get(1)?,
        name: row.get(2)?,
        at: Timestamp::from_micros(row.get(3)?),
        by: row.get(4)?,
        reason_hash: reason_hash.map(|bytes| hash::hex(&bytes)),
        records: unsigned(row.get(6)?),
        // It is written with the last of the records.
        finished: true,
    })
}
