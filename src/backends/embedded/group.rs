//! One transaction and the requests that share it.

use std::sync::Mutex;

use rusqlite::{Connection, OptionalExtension};
use tracerail_actors::port::{Clock, Consumer, Receipt};

use super::failure::Failure;
use super::hands::{Hands, Position};
use super::lease::{self, Holder};
use super::rows::EventRow;
use super::tally::Tally;
use super::words::{PerConsumer, signed, unsigned};

/// One transaction and what has been done in it so far. What it changes in memory is done after the commit.
pub(super) struct Group<'a> {
    pub(super) connection: &'a Connection,
    pub(super) clock: &'a dyn Clock,
    pub(super) holder: &'a Holder,
    pub(super) hands: &'a Mutex<Hands>,
    pub(super) lease_us: i64,
    pub(super) tally: Tally,
    pub(super) effects: Effects,
    /// Whether this process has the lease; the write lock keeps the answer true until the commit.
    lease: Lease,
    /// The place of the next event, once it was asked for.
    next: Option<u64>,
}

/// Whether this process has the lease, by the file.
#[derive(Clone, Copy)]
enum Lease {
    NotAsked,
    Mine { epoch: u64 },
    NotMine,
}

/// What has to happen in memory once the transaction is committed.
#[derive(Debug, Default)]
pub(super) struct Effects {
    /// The deliveries that were settled.
    pub(super) settled: PerConsumer<Vec<u64>>,
    /// Whose pulls have something new to look at.
    pub(super) woken: PerConsumer<bool>,
    /// The lease was taken, with what the file says of the consumers.
    pub(super) taken: Option<(u64, PerConsumer<Position>)>,
    /// The lease was given back.
    pub(super) released: bool,
    /// The lease turned out to be somebody else's.
    pub(super) lost: bool,
}

impl<'a> Group<'a> {
    pub(super) fn new(
        connection: &'a Connection,
        clock: &'a dyn Clock,
        holder: &'a Holder,
        hands: &'a Mutex<Hands>,
        lease_us: i64,
    ) -> Self {
        Self {
            connection,
            clock,
            holder,
            hands,
            lease_us,
            tally: Tally::default(),
            effects: Effects::default(),
            lease: Lease::NotAsked,
            next: None,
        }
    }

    /// Whether the receipt is of the ownership that this process has, by the file and by its own memory.
    pub(super) fn owns(&mut self, receipt: Receipt) -> Result<bool, Failure> {
        if let Lease::NotAsked = self.lease {
            self.lease = match self.holder.epoch(self.connection)? {
                Some(epoch) => Lease::Mine { epoch },
                None => Lease::NotMine,
            };
        }
        Ok(match self.lease {
            Lease::Mine { epoch } => epoch == receipt.epoch && locked(self.hands).epoch() == Some(epoch),
            Lease::NotMine | Lease::NotAsked => {
                self.effects.lost = true;
                false
            }
        })
    }

    /// Takes the lease, if it can be had.
    pub(super) fn take_lease(&mut self) -> Result<bool, Failure> {
        let Some(epoch) = self.holder.take(self.connection, self.lease_us)? else { return Ok(false) };
        self.lease = Lease::Mine { epoch };
        self.effects.taken = Some((epoch, lease::positions(self.connection)?));
        Ok(true)
    }

    /// Gives the lease back.
    pub(super) fn release_lease(&mut self) -> Result<(), Failure> {
        self.holder.release(self.connection)?;
        self.lease = Lease::NotMine;
        self.effects.taken = None;
        self.effects.released = true;
        Ok(())
    }

    /// The place the next event gets.
    pub(super) fn next_sequence(&mut self) -> Result<u64, Failure> {
        let next = match self.next {
            Some(next) => next,
            None => head(self.connection)? + 1,
        };
        self.next = Some(next);
        Ok(next)
    }

    /// Appends an event that a batch has made: its cause takes effect once, so it is there once.
    pub(super) fn append(&mut self, event: &EventRow) -> Result<(), Failure> {
        self.insert(event, false)
    }

    /// Appends an event that was published. One that was published before is left as it is: an id stands for one event.
    pub(super) fn append_published(&mut self, event: &EventRow) -> Result<(), Failure> {
        self.insert(event, true)
    }

    fn insert(&mut self, event: &EventRow, outside: bool) -> Result<(), Failure> {
        let sequence = self.next_sequence()?;
        self.connection
            .prepare_cached(
                "INSERT OR IGNORE INTO event (seq, subject, id, outside, envelope, data) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((signed(sequence), event.subject, &event.id, outside, &event.envelope, &event.data))?;
        self.next = Some(sequence + 1);
        if let Some(consumer) = event.consumer {
            *self.effects.woken.get_mut(consumer) = true;
        }
        Ok(())
    }

    /// The place of the published event with this id.
    pub(super) fn sequence_of(&self, id: &[u8; 16]) -> Result<Option<u64>, Failure> {
        let sequence = self
            .connection
            .prepare_cached("SELECT seq FROM event WHERE id = ?1 AND outside = 1")?
            .query_row([id], |row| row.get(0))
            .optional()?;
        Ok(sequence.map(unsigned))
    }

    /// Writes what is common to the whole group, last before the commit.
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        self.tally.write(self.connection)?;
        for consumer in Consumer::ALL {
            let settled = self.effects.settled.get(consumer);
            if settled.is_empty() {
                continue;
            }
            let (scanned, open) = locked(self.hands).position(consumer).row(settled);
            self.connection
                .prepare_cached(
                    "INSERT INTO consumer (name, scanned, open) VALUES (?1, ?2, ?3) \
                     ON CONFLICT (name) DO UPDATE SET scanned = excluded.scanned, open = excluded.open",
                )?
                .execute((consumer.as_str(), signed(scanned), open))?;
        }
        Ok(())
    }
}

/// The place of the newest event.
pub(super) fn head(connection: &Connection) -> Result<u64, Failure> {
    let head: Option<i64> =
        connection.prepare_cached("SELECT max(seq) FROM event")?.query_row((), |row| row.get(0))?;
    Ok(head.map_or(0, unsigned))
}

/// The lock, also after a panic of somebody who had it: what it guards is a cache of the file.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
