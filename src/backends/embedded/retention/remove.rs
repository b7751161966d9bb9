//! Takes out one item, task or event, with all that belongs to it.

use std::time::Instant;

use rusqlite::{Connection, OptionalExtension, Row};
use tracerail_actors::port::Consumer;
use tracerail_schemas::task::{SlaState, Status};
use tracerail_schemas::{ContentKey, Envelope, Subject, TaskId, codec};

use super::super::failure::Failure;
use super::super::read_content::entries;
use super::super::tally::{Count, Tally};
use super::super::words::{Word, signed};
use super::read::Unread;
use crate::upkeep::Removed;

/// One transaction that takes out, and what it has taken out so far.
pub(super) struct Removal<'a> {
    pub(super) connection: &'a Connection,
    pub(super) unread: Unread,
    pub(super) tally: Tally,
    pub(super) removed: Removed,
    /// The place of the newest event, which stays.
    head: u64,
    /// When the transaction should end.
    until: Instant,
}

/// A task as its columns say.
pub(super) struct TaskColumns {
    pub(super) n: i64,
    status: Status,
    sla: SlaState,
    trail: Vec<u64>,
}

impl<'a> Removal<'a> {
    pub(super) fn begin(connection: &'a Connection, until: Instant) -> Result<Self, Failure> {
        Ok(Self {
            connection,
            unread: Unread::now(connection)?,
            tally: Tally::default(),
            removed: Removed::default(),
            head: super::super::group::head(connection)?,
            until,
        })
    }

    /// Whether the transaction has taken the time it may.
    pub(super) fn is_late(&self) -> bool {
        Instant::now() >= self.until
    }

    /// Takes out an item that has ended, unless something of it is still open; `false` when it stays.
    pub(super) fn item(&mut self, n: i64, key: &ContentKey, trail: &[u8]) -> Result<bool, Failure> {
        let tasks = self.tasks_of(key)?;
        let mut places = places(trail)?;
        places.extend(tasks.iter().flat_map(|task| task.trail.iter().copied()));
        if tasks.iter().any(|task| task.status.is_open()) || self.is_waited_for(&places)? {
            return Ok(false);
        }
        for place in places {
            self.event(place)?;
        }
        for task in &tasks {
            self.rows_of_task(task)?;
        }
        self.connection.prepare_cached("DELETE FROM content_body WHERE n = ?1")?.execute([n])?;
        self.connection.prepare_cached("DELETE FROM content WHERE n = ?1")?.execute([n])?;
        self.removed.items += 1;
        Ok(true)
    }

    /// Takes out a closed task that decides no item; `false` when it stays.
    pub(super) fn task(&mut self, task: &TaskColumns) -> Result<bool, Failure> {
        if task.status.is_open() || self.is_waited_for(&task.trail)? {
            return Ok(false);
        }
        for place in &task.trail {
            self.event(*place)?;
        }
        self.rows_of_task(task)?;
        Ok(true)
    }

    /// Takes out an event and the memory of what it has caused and was caused by.
    pub(super) fn event(&mut self, sequence: u64) -> Result<(), Failure> {
        if sequence == self.head {
            return Ok(());
        }
        let (events, causes) = remove_event(self.connection, sequence)?;
        self.removed.events += events;
        self.removed.answers += causes;
        Ok(())
    }

    fn rows_of_task(&mut self, task: &TaskColumns) -> Result<(), Failure> {
        self.connection.prepare_cached("DELETE FROM task_data WHERE n = ?1")?.execute([task.n])?;
        self.connection.prepare_cached("DELETE FROM task WHERE n = ?1")?.execute([task.n])?;
        // How many there are; what was counted since the store began goes on.
        self.tally.add(Count::Status(task.status), -1);
        self.tally.add(Count::Sla(task.sla), -1);
        self.removed.tasks += 1;
        Ok(())
    }

    fn tasks_of(&self, key: &ContentKey) -> Result<Vec<TaskColumns>, Failure> {
        let id = TaskId::of_content(key).uuid();
        let mut statement = self.connection.prepare_cached(
            "SELECT n, status, sla, trail FROM task WHERE id = ?1 \
             UNION ALL SELECT n, status, sla, trail FROM task WHERE stands_for = ?1",
        )?;
        let mut rows = statement.query([id.as_bytes()])?;
        let mut tasks = Vec::new();
        while let Some(row) = rows.next()? {
            tasks.push(TaskColumns::of(row)?);
        }
        Ok(tasks)
    }

    fn is_waited_for(&self, places: &[u64]) -> Result<bool, Failure> {
        let mut statement = self.connection.prepare_cached("SELECT subject FROM event WHERE seq = ?1")?;
        for place in places {
            let subject: Option<String> =
                statement.query_row([signed(*place)], |row| row.get(0)).optional()?;
            let subject = subject.map(|text| subject_of(&text)).transpose()?;
            if subject.is_some_and(|subject| self.unread.has(*place, subject)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl TaskColumns {
    /// Of a row with `n`, `status`, `sla` and `trail`.
    pub(super) fn of(row: &Row<'_>) -> Result<Self, Failure> {
        Ok(Self {
            n: row.get(0)?,
            status: Status::read(row.get_ref(1)?.as_str().unwrap_or_default())?,
            sla: SlaState::read(row.get_ref(2)?.as_str().unwrap_or_default())?,
            trail: places(row.get_ref(3)?.as_blob().unwrap_or_default())?,
        })
    }
}

/// Takes out an event and its causes; how many of each.
fn remove_event(connection: &Connection, sequence: u64) -> Result<(u64, u64), Failure> {
    let envelope: Option<Vec<u8>> = connection
        .prepare_cached("DELETE FROM event WHERE seq = ?1 RETURNING envelope")?
        .query_row([signed(sequence)], |row| row.get(0))
        .optional()?;
    let Some(envelope) = envelope else { return Ok((0, 0)) };
    let envelope: Envelope = codec::decode_own(&envelope)?;
    let handled = Consumer::of(envelope.subject).map(|consumer| envelope.id.handled_by(consumer.as_str()));
    let causes = [Some(envelope.id.uuid()), envelope.causation_id, handled];
    let mut forget = connection.prepare_cached("DELETE FROM cause WHERE id = ?1")?;
    let mut forgotten = 0;
    for cause in causes.into_iter().flatten() {
        forgotten += forget.execute([cause.as_bytes()])? as u64;
    }
    Ok((1, forgotten))
}

/// The subject of a column.
pub(super) fn subject_of(text: &str) -> Result<Subject, Failure> {
    text.parse().map_err(|_| Failure::Word { what: "subject", found: text.chars().take(60).collect() })
}

fn places(trail: &[u8]) -> Result<Vec<u64>, Failure> {
    Ok(entries(trail)?.into_iter().map(|entry| entry.sequence).collect())
}
