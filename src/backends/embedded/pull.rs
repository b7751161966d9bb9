//! Handing out events: who may, which ones, and how to wait for the next.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row};
use tokio::time::Instant;
use tracerail_actors::port::{Consumer, Delivery, PortError, Receipt};
use tracerail_schemas::codec;

use super::failure::Failure;
use super::group::locked;
use super::handle::Embedded;
use super::hands::{Handed, Position};
use super::words::{limit, signed, unsigned};
use super::writer::Work;

/// An event on its way to a consumer.
struct Found {
    sequence: u64,
    handed: Handed,
    envelope: Vec<u8>,
    data: Vec<u8>,
}

impl Embedded {
    /// Takes up to `max` due events; waits up to `wait` for the first, or for the right to take any.
    pub(super) async fn take_or_wait(
        &self,
        consumer: Consumer,
        max: usize,
        wait: Duration,
    ) -> Result<Vec<Delivery>, PortError> {
        let deadline = Instant::now() + wait;
        loop {
            let woken = self.shared().wake.get(consumer).notified();
            tokio::pin!(woken);
            // Listening begins before looking, so that nothing falls in between.
            woken.as_mut().enable();
            if locked(&self.shared().hands).retired() {
                // Not at once, or a caller that goes on pulling would spin.
                tokio::time::sleep_until(deadline).await;
                return Ok(Vec::new());
            }
            if let Some(epoch) = self.owned_epoch().await? {
                let taken =
                    self.read_point("pull", |connection| self.take(connection, consumer, epoch, max))?;
                if !taken.is_empty() || max == 0 {
                    return Ok(taken);
                }
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Vec::new());
            }
            tokio::select! {
                () = woken => {}
                () = tokio::time::sleep(left.min(self.shared().settings.poll_every)) => {}
            }
        }
    }

    /// The epoch of this process; takes the lease if it is free.
    async fn owned_epoch(&self) -> Result<Option<u64>, PortError> {
        let owned =
            || locked(&self.shared().hands).ownership(std::time::Instant::now()).map(|owned| owned.epoch);
        if let Some(epoch) = owned() {
            return Ok(Some(epoch));
        }
        let free = self.read_point("pull", |connection| self.shared().holder.could_take(connection))?;
        if free {
            self.write_if("take over deliveries", Work::TakeLease).await?;
        }
        Ok(owned())
    }

    fn take(
        &self,
        connection: &Connection,
        consumer: Consumer,
        epoch: u64,
        max: usize,
    ) -> Result<Vec<Delivery>, Failure> {
        let _one_at_a_time = locked(self.shared().taking.get(consumer));
        let position = {
            let hands = locked(&self.shared().hands);
            if hands.epoch() != Some(epoch) {
                return Ok(Vec::new());
            }
            Known::of(hands.position(consumer), max)
        };
        let now = self.shared().clock.now().as_micros();
        let mut found = redeliveries(connection, consumer, &position, now, max)?;
        let returned = position.returned.iter().copied().take(max.saturating_sub(found.len()));
        for sequence in returned {
            found.extend(event(connection, sequence)?);
        }
        let scanned_now = unread(connection, consumer, position.scanned, max.saturating_sub(found.len()))?;
        let scanned = scanned_now.last().map_or(position.scanned, |last| last.sequence);
        found.extend(scanned_now);

        let receipt = |sequence| Receipt { consumer, sequence, epoch };
        let deliveries: Vec<_> =
            found.iter_mut().map(|found| found.deliver(receipt(found.sequence))).collect::<Result<_, _>>()?;
        let mut hands = locked(&self.shared().hands);
        if hands.epoch() != Some(epoch) {
            return Ok(Vec::new());
        }
        let position = hands.position_mut(consumer);
        position.scanned = scanned;
        for found in found {
            position.returned.remove(&found.sequence);
            position.handed.insert(found.sequence, found.handed);
        }
        Ok(deliveries)
    }
}

/// What of a position is needed to read; copied, so that its lock is not held while reading.
struct Known {
    scanned: u64,
    returned: Vec<u64>,
    redelivered: Vec<u64>,
}

impl Known {
    fn of(position: &Position, max: usize) -> Self {
        let redelivered = position.handed.iter().filter(|(_, handed)| handed.redelivered);
        Self {
            scanned: position.scanned,
            returned: position.returned.iter().copied().take(max).collect(),
            redelivered: redelivered.map(|(sequence, _)| *sequence).collect(),
        }
    }
}

impl Found {
    fn of(row: &Row<'_>) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            sequence: unsigned(row.get(0)?),
            handed: Handed { failures: 0, redelivered: false },
            envelope: row.get(1)?,
            data: row.get(2)?,
        })
    }

    fn deliver(&mut self, receipt: Receipt) -> Result<Delivery, Failure> {
        Ok(Delivery {
            receipt,
            failures: self.handed.failures,
            envelope: codec::decode_own(&self.envelope)?,
            data: std::mem::take(&mut self.data),
        })
    }
}

/// Deliveries that were given back and are due, the longest due first.
fn redeliveries(
    connection: &Connection,
    consumer: Consumer,
    known: &Known,
    now: i64,
    max: usize,
) -> Result<Vec<Found>, Failure> {
    let mut statement = connection.prepare_cached(
        "SELECT event.seq, envelope, data, failures FROM redelivery JOIN event ON event.seq = redelivery.seq \
         WHERE consumer = ?1 AND not_before <= ?2 ORDER BY not_before LIMIT ?3",
    )?;
    let mut rows = statement.query((consumer.as_str(), now, limit(max + known.redelivered.len())))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let one = Found::of(row)?;
        if found.len() < max && !known.redelivered.contains(&one.sequence) {
            found.push(Found { handed: Handed { failures: row.get(3)?, redelivered: true }, ..one });
        }
    }
    Ok(found)
}

/// One event of the log.
fn event(connection: &Connection, sequence: u64) -> Result<Option<Found>, Failure> {
    let found = connection
        .prepare_cached("SELECT seq, envelope, data FROM event WHERE seq = ?1")?
        .query_row([signed(sequence)], Found::of)
        .optional()?;
    Ok(found)
}

/// The next events of a consumer's subjects that were never handed out.
fn unread(
    connection: &Connection,
    consumer: Consumer,
    scanned: u64,
    max: usize,
) -> Result<Vec<Found>, Failure> {
    let mut found = Vec::new();
    if max == 0 {
        return Ok(found);
    }
    for subject in consumer.subjects() {
        let mut statement = connection.prepare_cached(
            "SELECT seq, envelope, data FROM event WHERE subject = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
        )?;
        let mut rows = statement.query((subject.as_str(), signed(scanned), limit(max)))?;
        while let Some(row) = rows.next()? {
            found.push(Found::of(row)?);
        }
    }
    // Each subject was read as far as `max` allows, so the first `max` of all are complete.
    found.sort_unstable_by_key(|found| found.sequence);
    found.truncate(max);
    Ok(found)
}
