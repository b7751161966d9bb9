//! The task of a batch becomes rows.

use rusqlite::Row;
use tracerail_schemas::task::{SlaState, Status};

use super::failure::Failure;
use super::group::Group;
use super::queue;
use super::rows::{BirthRow, TaskRow};
use super::tally::Count;
use super::words::Word;

/// A task as it stands before the batch.
pub(super) struct Before {
    n: i64,
    pub(super) version: i64,
    status: Status,
    sla: SlaState,
    escalated: bool,
    assignee: Option<String>,
    waits: Option<String>,
}

impl Group<'_> {
    /// The task as it stands.
    pub(super) fn task_before(&self, task: &TaskRow) -> Result<Option<Before>, Failure> {
        let mut statement = self.connection.prepare_cached(
            "SELECT n, version, status, sla, escalation_level, assignee, waits FROM task WHERE id = ?1",
        )?;
        let mut rows = statement.query([&task.id])?;
        rows.next()?.map(Before::of).transpose()
    }

    /// Writes a task whose version was compared.
    pub(super) fn write_task(
        &mut self,
        task: &TaskRow,
        before: Option<&Before>,
        trail: &[u8],
    ) -> Result<(), Failure> {
        match (before, &task.birth) {
            (Some(before), _) => self.change_task(task, before, trail)?,
            (None, Some(birth)) => self.create_task(task, birth, trail)?,
            (None, None) => {}
        }
        let waited = before.and_then(|before| before.waits.as_deref());
        queue::moved(self.connection, &task.id, waited, task.waits.as_deref())?;
        self.count_task(task, before);
        Ok(())
    }

    fn create_task(&self, task: &TaskRow, birth: &BirthRow, trail: &[u8]) -> Result<(), Failure> {
        self.connection
            .prepare_cached(
                "INSERT INTO task (id, version, status, tenant, assignee, priority, created_at, due_at, wake_at, \
                 escalation_level, sla, stands_for, trail, state, waits, last_event) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
            )?
            .execute((
                &task.id,
                task.version,
                task.status.word(),
                &birth.tenant,
                &task.assignee,
                task.priority.word(),
                birth.created_at,
                task.due_at,
                task.wake_at,
                task.escalation_level,
                task.sla.word(),
                &birth.stands_for,
                trail,
                &task.state,
                &task.waits,
                &task.last_event,
            ))?;
        self.connection
            .prepare_cached("INSERT INTO task_data (n, summary, data) VALUES (?1, ?2, ?3)")?
            .execute((self.connection.last_insert_rowid(), &birth.summary, &birth.data))?;
        Ok(())
    }

    fn change_task(&self, task: &TaskRow, before: &Before, trail: &[u8]) -> Result<(), Failure> {
        self.connection
            .prepare_cached(
                "UPDATE task SET version = ?2, status = ?3, assignee = ?4, priority = ?5, due_at = ?6, \
                 wake_at = ?7, escalation_level = ?8, sla = ?9, trail = CAST(trail || ?10 AS BLOB), state = ?11, \
                 waits = ?12, last_event = ?13 WHERE n = ?1",
            )?
            .execute((
                before.n,
                task.version,
                task.status.word(),
                &task.assignee,
                task.priority.word(),
                task.due_at,
                task.wake_at,
                task.escalation_level,
                task.sla.word(),
                trail,
                &task.state,
                &task.waits,
                &task.last_event,
            ))?;
        Ok(())
    }

    fn count_task(&mut self, task: &TaskRow, before: Option<&Before>) {
        if let Some(before) = before {
            self.tally.add(Count::Status(before.status), -1);
            self.tally.add(Count::Sla(before.sla), -1);
        }
        let had = before.filter(|before| before.status.is_open()).and_then(|before| before.assignee.as_ref());
        let has = task.assignee.as_ref().filter(|_| task.status.is_open());
        if had != has {
            for (person, by) in [(had, -1), (has, 1)] {
                if let Some(person) = person {
                    self.tally.add(Count::Open(person.clone()), by);
                }
            }
        }
        self.tally.add(Count::Status(task.status), 1);
        self.tally.add(Count::Sla(task.sla), 1);
        if task.escalation_level > 0 && !before.is_some_and(|before| before.escalated) {
            self.tally.add(Count::Escalated, 1);
        }
    }
}

impl Before {
    fn of(row: &Row<'_>) -> Result<Self, Failure> {
        Ok(Self {
            n: row.get(0)?,
            version: row.get(1)?,
            status: Status::read(row.get_ref(2)?.as_str().unwrap_or_default())?,
            sla: SlaState::read(row.get_ref(3)?.as_str().unwrap_or_default())?,
            escalated: row.get::<_, i64>(4)? > 0,
            assignee: row.get(5)?,
            waits: row.get(6)?,
        })
    }
}
