//! Reading tasks: one, a page, those that are due, all that have a timer.

use rusqlite::{Connection, OptionalExtension, Row, ToSql};
use tracerail_actors::port::{Armed, TaskFilter, TaskPage, TaskSummary};
use tracerail_schemas::task::{Priority, SlaState, Status, Task};
use tracerail_schemas::{PersonId, TaskId, Timestamp, codec};

use super::failure::Failure;
use super::rows::Summary;
use super::words::{Word, id, instant, limit, unsigned};

/// How many tasks of one prefix are found at most; nobody looks through more.
const FOUND_MAX: usize = 16;

/// A task.
pub(super) fn task(connection: &Connection, task_id: TaskId) -> Result<Option<Task>, Failure> {
    let mut statement = connection.prepare_cached(
        "SELECT id, version, data, state, last_event FROM task JOIN task_data ON task_data.n = task.n WHERE id = ?1",
    )?;
    let mut rows = statement.query([task_id.uuid().as_bytes()])?;
    rows.next()?.map(whole).transpose()
}

/// The tasks whose id begins with these hexadecimal digits; hyphens do not matter.
pub(super) fn find(connection: &Connection, prefix: &str) -> Result<Vec<TaskId>, Failure> {
    let digits: String = prefix.chars().filter(|character| *character != '-').collect();
    // A sign is the one thing that reads as a number and is no digit.
    let hexadecimal = digits.len() <= 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let bound = |padded: String| u128::from_str_radix(&padded, 16).map(u128::to_be_bytes);
    let (true, Ok(from), Ok(to)) =
        (hexadecimal, bound(format!("{digits:0<32}")), bound(format!("{digits:f<32}")))
    else {
        return Ok(Vec::new());
    };
    let mut statement =
        connection.prepare_cached("SELECT id FROM task WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3")?;
    let mut rows = statement.query((from, to, limit(FOUND_MAX)))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(task_id(row, 0)?);
    }
    Ok(found)
}

/// A page of a task list, oldest first.
pub(super) fn page(connection: &Connection, filter: &TaskFilter) -> Result<TaskPage, Failure> {
    // One more than asked for tells whether there are more.
    let mut numbers = numbers(connection, filter, filter.limit.saturating_add(1))?;
    let more = numbers.len() > filter.limit;
    numbers.truncate(filter.limit);
    let mut statement = connection.prepare_cached(
        "SELECT id, version, status, priority, assignee, due_at, escalation_level, sla, created_at, summary \
         FROM task JOIN task_data ON task_data.n = task.n WHERE task.n = ?1",
    )?;
    let mut tasks = Vec::with_capacity(numbers.len());
    for number in numbers {
        let mut rows = statement.query([number])?;
        tasks.extend(rows.next()?.map(summary).transpose()?);
    }
    Ok(TaskPage { tasks, more })
}

/// The tasks whose timer has passed at `now`, the longest overdue first.
pub(super) fn due(connection: &Connection, now: Timestamp, most: usize) -> Result<Vec<Task>, Failure> {
    let mut statement = connection.prepare_cached(
        "SELECT id, version, data, state, last_event FROM task JOIN task_data ON task_data.n = task.n \
         WHERE wake_at IS NOT NULL AND wake_at <= ?1 ORDER BY wake_at LIMIT ?2",
    )?;
    let mut rows = statement.query((now.as_micros(), limit(most)))?;
    let mut tasks = Vec::new();
    while let Some(row) = rows.next()? {
        tasks.push(whole(row)?);
    }
    Ok(tasks)
}

/// The timers of open tasks with the tasks themselves, in order of creation.
pub(super) fn armed(
    connection: &Connection,
    after: Option<TaskId>,
    most: usize,
) -> Result<Vec<(Armed, Task)>, Failure> {
    let statuses = Status::ALL.into_iter().filter(|status| status.is_open()).collect();
    let numbers = numbers(connection, &TaskFilter { statuses, after, ..TaskFilter::default() }, most)?;
    let mut statement = connection.prepare_cached(
        "SELECT id, version, data, state, last_event, wake_at FROM task JOIN task_data ON task_data.n = task.n \
         WHERE task.n = ?1",
    )?;
    let mut armed = Vec::with_capacity(numbers.len());
    for number in numbers {
        let mut rows = statement.query([number])?;
        if let Some(row) = rows.next()? {
            let task = whole(row)?;
            armed.push((Armed { task_id: task.id, wake_at: instant(row.get(5)?) }, task));
        }
    }
    Ok(armed)
}

/// The rows that a filter lets through, in order of creation, at most `most`.
///
/// Each status is asked for on its own: then its index yields the rows in order, and the first `most` of each are enough.
fn numbers(connection: &Connection, filter: &TaskFilter, most: usize) -> Result<Vec<i64>, Failure> {
    let Some(after) = place_of(connection, filter.after)? else { return Ok(Vec::new()) };
    let mut numbers = Vec::new();
    if filter.statuses.is_empty() {
        numbers_of(connection, filter, None, (after, most), &mut numbers)?;
    }
    for status in &filter.statuses {
        numbers_of(connection, filter, Some(*status), (after, most), &mut numbers)?;
    }
    numbers.sort_unstable();
    numbers.dedup();
    numbers.truncate(most);
    Ok(numbers)
}

fn numbers_of(
    connection: &Connection,
    filter: &TaskFilter,
    status: Option<Status>,
    (after, most): (i64, usize),
    numbers: &mut Vec<i64>,
) -> Result<(), Failure> {
    let (status, most) = (status.map(Word::word), limit(most));
    let tenant = filter.tenant.as_ref().map(tracerail_schemas::TenantId::as_str);
    let assignee = filter.assignee.as_ref().map(PersonId::as_str);
    let due_before = filter.due_before.map(Timestamp::as_micros);
    let mut sql = "SELECT n FROM task WHERE n > ?".to_owned();
    let mut values: Vec<&dyn ToSql> = vec![&after];
    // Only what is asked for stands in the statement, so that SQLite sees which index fits.
    if let Some(status) = &status {
        sql.push_str(" AND status = ?");
        values.push(status);
    }
    if let Some(assignee) = &assignee {
        sql.push_str(" AND assignee = ?");
        values.push(assignee);
    }
    if let Some(tenant) = &tenant {
        sql.push_str(" AND tenant = ?");
        values.push(tenant);
    }
    if let Some(due_before) = &due_before {
        sql.push_str(" AND due_at < ?");
        values.push(due_before);
    }
    sql.push_str(" ORDER BY n LIMIT ?");
    values.push(&most);
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(values.as_slice())?;
    while let Some(row) = rows.next()? {
        numbers.push(row.get(0)?);
    }
    Ok(())
}

/// The row after which to go on; none for a task that does not exist: nothing comes after it.
fn place_of(connection: &Connection, after: Option<TaskId>) -> Result<Option<i64>, Failure> {
    let Some(after) = after else { return Ok(Some(0)) };
    let place = connection
        .prepare_cached("SELECT n FROM task WHERE id = ?1")?
        .query_row([after.uuid().as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(place)
}

fn whole(row: &Row<'_>) -> Result<Task, Failure> {
    Ok(Task {
        id: task_id(row, 0)?,
        version: unsigned(row.get(1)?),
        data: codec::decode_own(row.get_ref(2)?.as_blob().unwrap_or_default())?,
        state: codec::decode_own(row.get_ref(3)?.as_blob().unwrap_or_default())?,
        last_event: row.get(4)?,
    })
}

fn summary(row: &Row<'_>) -> Result<TaskSummary, Failure> {
    let rest: Summary = codec::decode_own(row.get_ref(9)?.as_blob().unwrap_or_default())?;
    let word = |column| row.get::<_, String>(column);
    let assignee = row.get::<_, Option<String>>(4)?.map(PersonId::new).transpose();
    Ok(TaskSummary {
        id: task_id(row, 0)?,
        version: unsigned(row.get(1)?),
        status: Status::read(&word(2)?)?,
        priority: Priority::read(&word(3)?)?,
        assignee: assignee.map_err(|error| Failure::Word { what: "assignee", found: error.to_string() })?,
        due_at: instant(row.get(5)?),
        escalation_level: row.get(6)?,
        sla: SlaState::read(&word(7)?)?,
        created_at: Timestamp::from_micros(row.get(8)?),
        task_type: rest.task_type,
        content_key: rest.content_key,
        excerpt: rest.excerpt,
    })
}

fn task_id(row: &Row<'_>, column: usize) -> Result<TaskId, Failure> {
    Ok(TaskId::from_uuid(id(row.get_ref(column)?.as_blob().unwrap_or_default())?))
}
