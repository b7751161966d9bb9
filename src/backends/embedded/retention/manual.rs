//! The walk somebody asks for: beside whatever processes run, or to see what it would take out.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tracerail_actors::port::{Clock, PortError};

use super::super::connection;
use super::super::failure::Failure;
use super::super::settings::Settings;
use super::walk::Walk;
use crate::upkeep::Removed;

/// How long one transaction may take out.
const SLICE: Duration = Duration::from_millis(10);

/// A walk that is under way.
#[derive(Debug)]
pub(in super::super) struct Retaining {
    connection: Connection,
    walk: Option<Walk>,
    dry: bool,
    removed: Removed,
}

/// Begins to take out what ended longer ago than this; with `dry`, only to count it.
pub(in super::super) fn retain(
    store: &Path,
    settings: &Settings,
    clock: &dyn Clock,
    older_than: Duration,
    dry: bool,
) -> Result<Retaining, PortError> {
    let connection = connection::writer(store, settings)
        .map_err(|failure| failure.during(format!("open store {}", store.display())))?;
    let walk = Some(Walk::before(clock.now().minus(older_than)));
    Ok(Retaining { connection, walk, dry, removed: Removed::default() })
}

impl Retaining {
    /// One transaction of some milliseconds; `false` when everything is done. Whoever calls it leaves others a moment in between.
    pub(in super::super) fn go_on(&mut self) -> Result<bool, PortError> {
        let Some(walk) = self.walk else { return Ok(false) };
        let (left, removed) =
            self.slice(walk).map_err(|failure| failure.during("take out what has ended"))?;
        self.walk = left;
        self.removed.add(removed);
        Ok(left.is_some())
    }

    /// What is gone so far, or would be.
    pub(in super::super) fn removed(&self) -> Removed {
        self.removed
    }

    fn slice(&self, walk: Walk) -> Result<(Option<Walk>, Removed), Failure> {
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        let done = walk.go_on(&transaction, SLICE)?;
        if self.dry {
            transaction.rollback()?;
        } else {
            transaction.commit()?;
        }
        Ok(done)
    }
}
