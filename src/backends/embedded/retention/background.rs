//! The walk of a process that hands out events: between commits, in slices that nobody notices.

use std::time::{Duration, Instant};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::super::failure::Failure;
use super::super::shared::Shared;
use super::walk::Walk;
use crate::upkeep::Removed;

/// How long one transaction may take out. A commit that comes in between waits as long as for its neighbours' sync.
const SLICE: Duration = Duration::from_millis(3);

/// The share of the time that a walk may take while there is much to take out: one part of so many.
const REST: u32 = 10;

/// The shortest rest between two slices.
const REST_MIN: Duration = Duration::from_millis(20);

/// After a failure, which is told of, it is tried again.
const AGAIN_AFTER: Duration = Duration::from_mins(1);

/// The walk, and when it goes on.
pub(in super::super) struct Background {
    keep: Duration,
    every: Duration,
    walk: Option<Walk>,
    next: Instant,
    removed: Removed,
}

impl Background {
    /// What ended longer ago than this goes, if anything ever goes.
    pub(in super::super) fn of(shared: &Shared) -> Option<Self> {
        let keep = shared.settings.keep_ended?;
        let every = shared.settings.retention_every;
        Some(Self { keep, every, walk: None, next: Instant::now(), removed: Removed::default() })
    }

    /// When it wants to go on.
    pub(in super::super) fn next(&self) -> Instant {
        self.next
    }

    /// One slice, if this process still hands out events.
    pub(in super::super) fn go_on(&mut self, connection: &Connection, shared: &Shared) {
        let began = Instant::now();
        let walk = self.walk.unwrap_or_else(|| Walk::before(shared.clock.now().minus(self.keep)));
        match slice(connection, shared, walk) {
            Ok((left, removed)) => {
                self.removed.add(removed);
                self.walk = left;
                self.next = Instant::now()
                    + match left {
                        Some(_) => (began.elapsed() * REST).max(REST_MIN),
                        None => self.every,
                    };
                if left.is_none() {
                    self.tell();
                }
            }
            Err(failure) => {
                tracing::warn!(%failure, "what ended long ago could not be taken out of the store; trying again");
                self.walk = None;
                self.next = Instant::now() + AGAIN_AFTER;
            }
        }
    }

    fn tell(&mut self) {
        let Removed { items, tasks, events, .. } = std::mem::take(&mut self.removed);
        if items + tasks + events > 0 {
            tracing::info!(
                items,
                tasks,
                events,
                "what ended longer ago than `retention.ended_items` is gone"
            );
        }
    }
}

/// It needs no sync: what a crash of the machine brings back, the next walk takes out.
fn slice(connection: &Connection, shared: &Shared, walk: Walk) -> Result<(Option<Walk>, Removed), Failure> {
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    let done = transaction(connection, shared, walk);
    connection.pragma_update(None, "synchronous", "FULL")?;
    done
}

fn transaction(
    connection: &Connection,
    shared: &Shared,
    walk: Walk,
) -> Result<(Option<Walk>, Removed), Failure> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let done = match shared.holder.epoch(connection)? {
        Some(_) => walk.go_on(connection, SLICE)?,
        None => (None, Removed::default()),
    };
    transaction.commit()?;
    Ok(done)
}
