//! The way through the file: items, tasks without items, events without either, dead letters that are done with.

use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension, Row};
use tracerail_schemas::codec::Limits;
use tracerail_schemas::content::TerminalRecord;
use tracerail_schemas::dead_letter::DeadLetterStatus;
use tracerail_schemas::event::ContentSubmitted;
use tracerail_schemas::task::{Command, TaskState};
use tracerail_schemas::{ContentKey, Envelope, Subject, TaskId, TenantId, Timestamp, codec};

use super::super::failure::Failure;
use super::super::rows::Summary;
use super::super::words::{Word, signed, unsigned};
use super::remove::{Removal, TaskColumns};
use crate::upkeep::Removed;

/// Rows read by one statement.
const ROWS: i64 = 16;

/// A walk through the file, and how far it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in super::super) struct Walk {
    /// What ended before this goes.
    cutoff: Timestamp,
    part: Part,
    /// The last row that was looked at.
    after: i64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Part {
    Items,
    Tasks,
    Events,
    Letters,
}

/// A row with content that may have ended.
struct Item {
    n: i64,
    key: ContentKey,
    submitted_at: i64,
    trail: Vec<u8>,
    terminal: Option<Vec<u8>>,
}

impl Walk {
    /// The beginning of a walk that takes out what ended before this.
    pub(in super::super) fn before(cutoff: Timestamp) -> Self {
        Self { cutoff, part: Part::Items, after: 0 }
    }

    /// Goes on for about this long, inside a transaction of the caller; where to go on, if it is not at its end.
    pub(in super::super) fn go_on(
        mut self,
        connection: &Connection,
        within: Duration,
    ) -> Result<(Option<Self>, Removed), Failure> {
        let mut removal = Removal::begin(connection, Instant::now() + within)?;
        let mut left = Some(self);
        while let Some(walk) = left {
            self = walk;
            left = self.some_rows(&mut removal)?;
            if removal.is_late() {
                break;
            }
        }
        removal.tally.write(connection)?;
        Ok((left, removal.removed))
    }

    fn some_rows(self, removal: &mut Removal<'_>) -> Result<Option<Self>, Failure> {
        let after = match self.part {
            Part::Items => self.items(removal)?,
            Part::Tasks => self.tasks(removal)?,
            Part::Events => self.events(removal)?,
            Part::Letters => self.letters(removal)?,
        };
        let next = match self.part {
            Part::Items => Some(Part::Tasks),
            Part::Tasks => Some(Part::Events),
            Part::Events => Some(Part::Letters),
            Part::Letters => None,
        };
        Ok(match after {
            Some(after) => Some(Self { after, ..self }),
            None => next.map(|part| Self { part, after: 0, ..self }),
        })
    }

    /// Rows are in the order in which items came in: the first that came in after the limit is the last to be looked at.
    fn items(self, removal: &mut Removal<'_>) -> Result<Option<i64>, Failure> {
        let mut statement = removal.connection.prepare_cached(
            "SELECT n, tenant, source, id, submitted_at, trail, terminal FROM content WHERE n > ?1 ORDER BY n LIMIT ?2",
        )?;
        let mut rows = statement.query((self.after, ROWS))?;
        let mut last = None;
        while let Some(row) = rows.next()? {
            let item = Item::of(row)?;
            if item.submitted_at >= self.cutoff.as_micros() {
                return Ok(None);
            }
            last = Some(item.n);
            if self.has_ended(item.terminal.as_deref())? {
                removal.item(item.n, &item.key, &item.trail)?;
            }
            if removal.is_late() {
                break;
            }
        }
        Ok(last)
    }

    fn has_ended(self, terminal: Option<&[u8]>) -> Result<bool, Failure> {
        let Some(terminal) = terminal else { return Ok(false) };
        Ok(codec::decode_own::<TerminalRecord>(terminal)?.at < self.cutoff)
    }

    /// A task goes with its item; here are those that never had one.
    fn tasks(self, removal: &mut Removal<'_>) -> Result<Option<i64>, Failure> {
        let mut statement = removal.connection.prepare_cached(
            "SELECT task.n, status, sla, trail, created_at, state, summary FROM task \
             JOIN task_data ON task_data.n = task.n WHERE task.n > ?1 ORDER BY task.n LIMIT ?2",
        )?;
        let mut rows = statement.query((self.after, ROWS))?;
        let mut last = None;
        while let Some(row) = rows.next()? {
            if row.get::<_, i64>(4)? >= self.cutoff.as_micros() {
                return Ok(None);
            }
            let task = TaskColumns::of(row)?;
            last = Some(task.n);
            let state: TaskState = codec::decode_own(row.get_ref(5)?.as_blob().unwrap_or_default())?;
            let summary: Summary = codec::decode_own(row.get_ref(6)?.as_blob().unwrap_or_default())?;
            let closed = state.closed_at.is_some_and(|at| at < self.cutoff);
            let has_item = match &summary.content_key {
                Some(key) => is_item(removal.connection, key)?,
                None => false,
            };
            if closed && !has_item {
                removal.task(&task)?;
            }
            if removal.is_late() {
                break;
            }
        }
        Ok(last)
    }

    /// What stands in no trail: refused commands, commands from the bus, what was no content.
    fn events(self, removal: &mut Removal<'_>) -> Result<Option<i64>, Failure> {
        let mut statement = removal
            .connection
            .prepare_cached("SELECT seq, envelope, data FROM event WHERE seq > ?1 ORDER BY seq LIMIT ?2")?;
        let mut rows = statement.query((self.after, ROWS))?;
        let mut last = None;
        while let Some(row) = rows.next()? {
            let sequence: i64 = row.get(0)?;
            let envelope: Envelope = codec::decode_own(row.get_ref(1)?.as_blob().unwrap_or_default())?;
            if envelope.time >= self.cutoff {
                return Ok(None);
            }
            last = Some(sequence);
            let data = row.get_ref(2)?.as_blob().unwrap_or_default();
            let unread = removal.unread.has(unsigned(sequence), envelope.subject);
            if !unread && !is_about_something(removal.connection, &envelope, data)? {
                removal.event(unsigned(sequence))?;
            }
            if removal.is_late() {
                break;
            }
        }
        Ok(last)
    }

    /// Those that were handed out again; those that wait stay until somebody has seen to them.
    fn letters(self, removal: &mut Removal<'_>) -> Result<Option<i64>, Failure> {
        let gone = removal
            .connection
            .prepare_cached(
                "DELETE FROM dead_letter WHERE number IN \
                 (SELECT number FROM dead_letter WHERE status = ?1 AND at < ?2 LIMIT ?3)",
            )?
            .execute((DeadLetterStatus::Replayed.word(), self.cutoff.as_micros(), ROWS))?;
        removal.removed.dead_letters += gone as u64;
        Ok((signed(gone as u64) == ROWS).then_some(0))
    }
}

impl Item {
    fn of(row: &Row<'_>) -> Result<Self, Failure> {
        let tenant: String = row.get(1)?;
        let tenant = TenantId::new(&tenant).map_err(|_| Failure::Word { what: "tenant", found: tenant })?;
        Ok(Self {
            n: row.get(0)?,
            key: ContentKey { tenant, source: row.get(2)?, id: row.get(3)? },
            submitted_at: row.get(4)?,
            trail: row.get(5)?,
            terminal: row.get(6)?,
        })
    }
}

/// Whether the file still has the item or task an event is about.
fn is_about_something(connection: &Connection, envelope: &Envelope, data: &[u8]) -> Result<bool, Failure> {
    // What came over the log names its item or task in the body, if it names one at all.
    if envelope.subject == Subject::ContentSubmitted {
        let submitted = codec::decode::<ContentSubmitted>(data, &Limits::unlimited()).ok();
        let key = submitted.and_then(|it| it.admit(&envelope.id.to_string(), usize::MAX).ok());
        return key.map_or(Ok(false), |(key, _)| is_item(connection, &key));
    }
    if matches!(envelope.subject, Subject::TaskCommand(_)) {
        let command = codec::decode::<Command>(data, &Limits::unlimited()).ok();
        return command.map_or(Ok(false), |command| is_task(connection, command.task_id));
    }
    match envelope.about.parse() {
        Ok(task) => is_task(connection, task),
        Err(_) => key_of(&envelope.about).map_or(Ok(false), |key| is_item(connection, &key)),
    }
}

fn is_item(connection: &Connection, key: &ContentKey) -> Result<bool, Failure> {
    let found = connection
        .prepare_cached("SELECT 1 FROM content WHERE id = ?1 AND source = ?2 AND tenant = ?3")?
        .query_row((&key.id, &key.source, key.tenant.as_str()), |_| Ok(()))
        .optional()?;
    Ok(found.is_some())
}

fn is_task(connection: &Connection, id: TaskId) -> Result<bool, Failure> {
    let found = connection
        .prepare_cached("SELECT 1 FROM task WHERE id = ?1")?
        .query_row([id.uuid().as_bytes()], |_| Ok(()))
        .optional()?;
    Ok(found.is_some())
}

/// The item whose name this is.
fn key_of(about: &str) -> Option<ContentKey> {
    let mut parts = about.splitn(3, '/');
    let (tenant, source, id) = (parts.next()?, parts.next()?, parts.next()?);
    ContentKey::new(TenantId::new(tenant).ok()?, source, id).ok()
}
