//! What becomes of a delivery: done, given back, given up, handed out anew.

use rusqlite::OptionalExtension;
use tracerail_actors::port::{Consumer, Giveup, Nak, Receipt};
use tracerail_schemas::dead_letter::DeadLetterStatus;

use super::failure::Failure;
use super::group::{Group, locked};
use super::hands::Handed;
use super::words::{Word, signed};

/// What becomes of a delivery.
#[derive(Debug)]
pub(super) enum Settlement {
    /// It is done.
    Ack,
    /// It is given back.
    Nak(Nak),
    /// It becomes a dead letter.
    GiveUp(Giveup),
}

impl Group<'_> {
    /// Settles a delivery; `false`, and nothing, if its receipt is of an earlier ownership.
    ///
    /// A delivery that is settled already is left as it is, so that a caller who saw no answer can ask again.
    pub(super) fn settle(&mut self, receipt: Receipt, settlement: &Settlement) -> Result<bool, Failure> {
        if !self.owns(receipt)? {
            return Ok(false);
        }
        let (consumer, sequence) = (receipt.consumer, receipt.sequence);
        let handed = locked(self.hands).position(consumer).handed.get(&sequence).copied();
        let Some(handed) = handed.filter(|_| !self.effects.settled.get(consumer).contains(&sequence)) else {
            return Ok(true);
        };
        match settlement {
            Settlement::Ack => self.drop_redelivery(receipt, handed)?,
            Settlement::Nak(nak) => self.schedule(receipt, handed, nak)?,
            Settlement::GiveUp(why) => {
                self.bury(receipt, handed, why)?;
                self.drop_redelivery(receipt, handed)?;
            }
        }
        self.effects.settled.get_mut(consumer).push(sequence);
        Ok(true)
    }

    /// Lets intake stand still, or go on; whether that is a change.
    pub(super) fn pause_intake(&self, pause: Option<&[u8]>) -> Result<bool, Failure> {
        let changed = match pause {
            Some(pause) => self
                .connection
                .prepare_cached("INSERT OR REPLACE INTO intake_pause (one, pause) VALUES (1, ?1)")?
                .execute([pause])?,
            None => self.connection.prepare_cached("DELETE FROM intake_pause")?.execute(())?,
        };
        Ok(changed > 0)
    }

    /// Hands a dead letter to its actor again; `false` when there is none, or it was done before.
    pub(super) fn replay(&mut self, number: u64) -> Result<bool, Failure> {
        let found: Option<(String, i64)> = self
            .connection
            .prepare_cached(
                "UPDATE dead_letter SET status = ?2 WHERE number = ?1 AND status = ?3 RETURNING consumer, seq",
            )?
            .query_row(
                (signed(number), DeadLetterStatus::Replayed.word(), DeadLetterStatus::Held.word()),
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        let Some((name, sequence)) = found else { return Ok(false) };
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO redelivery (consumer, seq, failures, not_before) VALUES (?1, ?2, 0, 0)",
            )?
            .execute((&name, sequence))?;
        if let Some(consumer) = Consumer::from_name(&name) {
            *self.effects.woken.get_mut(consumer) = true;
        }
        Ok(true)
    }

    fn drop_redelivery(&self, receipt: Receipt, handed: Handed) -> Result<(), Failure> {
        if handed.redelivered {
            self.connection
                .prepare_cached("DELETE FROM redelivery WHERE consumer = ?1 AND seq = ?2")?
                .execute((receipt.consumer.as_str(), signed(receipt.sequence)))?;
        }
        Ok(())
    }

    fn schedule(&mut self, receipt: Receipt, handed: Handed, nak: &Nak) -> Result<(), Failure> {
        let failures = handed.failures + u32::from(nak.failure.is_some());
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO redelivery (consumer, seq, failures, not_before, last_error) \
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((
                receipt.consumer.as_str(),
                signed(receipt.sequence),
                failures,
                self.clock.now().plus(nak.after).as_micros(),
                &nak.failure,
            ))?;
        *self.effects.woken.get_mut(receipt.consumer) = true;
        Ok(())
    }

    /// The bytes are copied: a dead letter outlives the log's retention.
    fn bury(&self, receipt: Receipt, handed: Handed, why: &Giveup) -> Result<(), Failure> {
        self.connection
            .prepare_cached(
                "INSERT INTO dead_letter \
                 (consumer, seq, subject, code, cause, attempts, at, status, event_id, envelope, data) \
                 SELECT ?1, seq, subject, ?3, ?4, ?5, ?6, ?7, id, envelope, data FROM event WHERE seq = ?2",
            )?
            .execute((
                receipt.consumer.as_str(),
                signed(receipt.sequence),
                why.code.as_str(),
                &why.cause,
                handed.failures + 1,
                self.clock.now().as_micros(),
                DeadLetterStatus::Held.word(),
            ))?;
        Ok(())
    }
}
