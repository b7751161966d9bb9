//! A batch becomes rows: all of them, or none.
//!
//! Requests share a transaction, so a batch that is refused must leave nothing behind without undoing its neighbours. All
//! that can refuse it is therefore asked before anything is written, but for two statements that ask and write at once:
//! the row of the cause (taken back on a refusal) and the row of the content (the last that can refuse).

use super::commit_task::Before;
use super::failure::Failure;
use super::group::Group;
use super::rows::{AdmissionRow, BatchRow, ContentRow};
use super::settle::Settlement;
use super::tally::Count;
use super::words::{Word, signed};

/// What came of a batch; the answer still as it is stored.
#[derive(Debug)]
pub(super) enum Outcome {
    Applied,
    AlreadyApplied { answer: Option<Vec<u8>> },
    CauseReused,
    Conflict,
}

impl Group<'_> {
    /// Commits one batch.
    pub(super) fn commit(&mut self, batch: &BatchRow) -> Result<Outcome, Failure> {
        if !self.remember(batch)? {
            return self.known(batch);
        }
        let before = match &batch.task {
            Some(task) => self.task_before(task)?,
            None => None,
        };
        if !self.may_apply(batch, before.as_ref())? || !self.write_content(batch)? {
            self.forget(batch)?;
            return Ok(Outcome::Conflict);
        }
        if let Some(task) = &batch.task {
            // Each event stands in one trail: the item's, where the batch writes to it.
            let trail = if batch.content.is_none() { self.trail(batch)? } else { Vec::new() };
            self.write_task(task, before.as_ref(), &trail)?;
        }
        for event in &batch.events {
            self.append(event)?;
        }
        self.write_cursor(batch)?;
        if let Some(receipt) = batch.receipt {
            self.settle(receipt, &Settlement::Ack)?;
        }
        Ok(Outcome::Applied)
    }

    /// Remembers the cause; `false` when it was known.
    fn remember(&self, batch: &BatchRow) -> Result<bool, Failure> {
        let new = self
            .connection
            .prepare_cached("INSERT OR IGNORE INTO cause (id, payload_hash, answer) VALUES (?1, ?2, ?3)")?
            .execute((&batch.cause, &batch.payload_hash, &batch.answer))?;
        Ok(new == 1)
    }

    fn forget(&self, batch: &BatchRow) -> Result<(), Failure> {
        self.connection.prepare_cached("DELETE FROM cause WHERE id = ?1")?.execute([&batch.cause])?;
        Ok(())
    }

    fn known(&mut self, batch: &BatchRow) -> Result<Outcome, Failure> {
        let (payload_hash, answer): (Option<[u8; 32]>, Option<Vec<u8>>) = self
            .connection
            .prepare_cached("SELECT payload_hash, answer FROM cause WHERE id = ?1")?
            .query_row([&batch.cause], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if payload_hash != batch.payload_hash {
            return Ok(Outcome::CauseReused);
        }
        if let Some(receipt) = batch.receipt {
            // If it is stale, its delivery is somebody else's by now, who will find the cause known as well.
            self.settle(receipt, &Settlement::Ack)?;
        }
        Ok(Outcome::AlreadyApplied { answer })
    }

    /// Whether everything holds that the batch was decided on, but for its content.
    fn may_apply(&mut self, batch: &BatchRow, before: Option<&Before>) -> Result<bool, Failure> {
        if let Some(receipt) = batch.receipt
            && !self.owns(receipt)?
        {
            return Ok(false);
        }
        let in_time = batch.not_before.is_none_or(|not_before| self.clock.now().as_micros() >= not_before);
        let expected = batch.task.as_ref().and_then(|task| task.expected);
        Ok(in_time && before.map(|before| before.version) == expected)
    }

    /// Writes what is about a content item; `false`, and nothing, if it is not as the batch expects.
    fn write_content(&mut self, batch: &BatchRow) -> Result<bool, Failure> {
        let Some(content) = &batch.content else { return Ok(true) };
        let mut trail = self.trail(batch)?;
        let written = match &content.admit {
            Some(admission) => {
                // What came in over the log stands there already, and is where the trail begins.
                let came_with = &admission.submitted_id;
                if batch.events.iter().all(|event| event.id != *came_with)
                    && let Some(sequence) = self.sequence_of(came_with)?
                {
                    trail.splice(..0, trail_entry(sequence, came_with));
                }
                self.admit(content, admission, &trail)?
            }
            None => self.add_records(content, &trail)?,
        };
        if let Some(outcome) = content.outcome.filter(|_| written) {
            self.tally.add(Count::Outcome(outcome), 1);
        }
        Ok(written)
    }

    fn admit(
        &mut self,
        content: &ContentRow,
        admission: &AdmissionRow,
        trail: &[u8],
    ) -> Result<bool, Failure> {
        let key = &content.key;
        let new = self
            .connection
            .prepare_cached(
                "INSERT OR IGNORE INTO content (id, source, tenant, hash, submitted_id, submitted_at, outcome, \
                 trail, analysis, route, terminal) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute((
                &key.id,
                &key.source,
                key.tenant.as_str(),
                &admission.hash,
                &admission.submitted_id,
                admission.submitted_at,
                content.outcome.map(Word::word),
                trail,
                &content.analysis,
                &content.route,
                &content.terminal,
            ))?;
        if new == 0 {
            return Ok(false);
        }
        self.connection
            .prepare_cached("INSERT INTO content_body (n, body) VALUES (?1, ?2)")?
            .execute((self.connection.last_insert_rowid(), &admission.body))?;
        self.tally.add(Count::Contents, 1);
        Ok(true)
    }

    /// Adds records to an item that is there; each only where there is none.
    fn add_records(&self, content: &ContentRow, trail: &[u8]) -> Result<bool, Failure> {
        let key = &content.key;
        let written = self
            .connection
            .prepare_cached(
                "UPDATE content SET analysis = coalesce(?4, analysis), route = coalesce(?5, route), \
                 terminal = coalesce(?6, terminal), outcome = coalesce(?7, outcome), \
                 trail = CAST(trail || ?8 AS BLOB) \
                 WHERE id = ?1 AND source = ?2 AND tenant = ?3 AND (?4 IS NULL OR analysis IS NULL) \
                 AND (?5 IS NULL OR route IS NULL) AND (?6 IS NULL OR terminal IS NULL)",
            )?
            .execute((
                &key.id,
                &key.source,
                key.tenant.as_str(),
                &content.analysis,
                &content.route,
                &content.terminal,
                content.outcome.map(Word::word),
                trail,
            ))?;
        Ok(written == 1)
    }

    fn write_cursor(&self, batch: &BatchRow) -> Result<(), Failure> {
        let Some((group, position)) = &batch.cursor else { return Ok(()) };
        self.connection
            .prepare_cached(
                "INSERT INTO cursor (grp, position) VALUES (?1, ?2) \
                 ON CONFLICT (grp) DO UPDATE SET position = excluded.position",
            )?
            .execute((group, position))?;
        Ok(())
    }

    /// The entries of the batch's events in a trail. The events themselves are written later, at these places.
    fn trail(&mut self, batch: &BatchRow) -> Result<Vec<u8>, Failure> {
        if batch.events.is_empty() {
            return Ok(Vec::new());
        }
        let next = self.next_sequence()?;
        Ok((next..)
            .zip(&batch.events)
            .flat_map(|(sequence, event)| trail_entry(sequence, &event.id))
            .collect())
    }
}

/// One event in a trail: its place and its id.
fn trail_entry(sequence: u64, id: &[u8; 16]) -> Vec<u8> {
    [&signed(sequence).to_be_bytes()[..], id].concat()
}
