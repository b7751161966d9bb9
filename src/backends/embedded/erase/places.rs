//! Where something personal can stand, and what of it is to be rewritten.

use rusqlite::Connection;
use rusqlite::types::Value as Cell;
use tracerail_schemas::{ContentKey, Subject, TaskId};

use super::super::failure::Failure;
use super::super::read_content;
use super::super::words::signed;

/// A column of a row.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Place {
    pub(super) column: Column,
    /// The value of the column that its row is found by.
    pub(super) row: Cell,
}

/// A column in which something personal can stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Column {
    pub(super) table: &'static str,
    /// What its rows are told apart by.
    pub(super) key: &'static str,
    pub(super) name: &'static str,
    pub(super) holds: Holds,
}

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Holds {
    /// A record of ours, in MessagePack.
    Record,
    /// A body as it came in: MessagePack, JSON, or bytes of any kind.
    Body,
    /// A text.
    Text,
}

const EVENT: Column = column("event", "seq", "data", Holds::Body);
const LETTER: Column = column("dead_letter", "number", "data", Holds::Body);
const LETTER_CAUSE: Column = column("dead_letter", "number", "cause", Holds::Text);

/// The records of an item.
const OF_ITEM: [Column; 4] = [
    column("content", "n", "analysis", Holds::Record),
    column("content", "n", "route", Holds::Record),
    column("content", "n", "terminal", Holds::Record),
    column("content_body", "n", "body", Holds::Record),
];

/// The state of a task; the queues it waits in follow from it.
pub(super) const TASK_STATE: Column = column("task", "n", "state", Holds::Record);

/// The records of a task.
const OF_TASK: [Column; 3] = [
    TASK_STATE,
    column("task_data", "n", "summary", Holds::Record),
    column("task_data", "n", "data", Holds::Record),
];

/// What beside them can name a person.
const NAMES: [Column; 3] = [
    column("task", "n", "assignee", Holds::Text),
    column("cause", "id", "answer", Holds::Record),
    column("erased", "number", "by", Holds::Text),
];

const fn column(table: &'static str, key: &'static str, name: &'static str, holds: Holds) -> Column {
    Column { table, key, name, holds }
}

/// Everywhere a person may be named.
pub(super) fn of_person(connection: &Connection, id: &str) -> Result<Vec<Place>, Failure> {
    let mut places = Vec::new();
    let columns = OF_ITEM.iter().chain(&OF_TASK).chain(&NAMES).chain([&EVENT, &LETTER, &LETTER_CAUSE]);
    for column in columns {
        let Column { table, key, name, holds } = column;
        // A text of JSON can write any letter as a number.
        let or_json =
            if *holds == Holds::Body { " OR substr(ltrim(CAST({name} AS TEXT)), 1, 1) = '{'" } else { "" };
        let or_json = or_json.replace("{name}", name);
        let find = format!(
            "SELECT {key} FROM {table} WHERE instr(CAST({name} AS BLOB), ?1) > 0{or_json} ORDER BY {key}"
        );
        let mut statement = connection.prepare(&find)?;
        let mut rows = statement.query([id.as_bytes()])?;
        while let Some(row) = rows.next()? {
            places.push(Place { column: *column, row: row.get(0)? });
        }
    }
    Ok(places)
}

/// Everything that holds what an item says or what was said of it.
pub(super) fn of_item(connection: &Connection, n: i64, key: &ContentKey) -> Result<Vec<Place>, Failure> {
    let task = TaskId::of_content(key);
    let mut places: Vec<_> = OF_ITEM.iter().map(|column| Place { column: *column, row: n.into() }).collect();
    for row in tasks(connection, task)? {
        places.extend(OF_TASK.iter().map(|column| Place { column: *column, row: row.into() }));
    }
    let mut events: Vec<i64> =
        read_content::trail(connection, key)?.into_iter().map(|entry| signed(entry.sequence)).collect();
    events.extend(commands(connection, task)?);
    for event in &events {
        places.push(Place { column: EVENT, row: (*event).into() });
        let mut statement = connection.prepare_cached("SELECT number FROM dead_letter WHERE seq = ?1")?;
        let mut rows = statement.query([event])?;
        while let Some(row) = rows.next()? {
            let number: i64 = row.get(0)?;
            places.extend([LETTER, LETTER_CAUSE].map(|column| Place { column, row: number.into() }));
        }
    }
    Ok(places)
}

fn tasks(connection: &Connection, task: TaskId) -> Result<Vec<i64>, Failure> {
    let mut statement = connection
        .prepare_cached("SELECT n FROM task WHERE id = ?1 UNION SELECT n FROM task WHERE stands_for = ?1")?;
    let mut rows = statement.query([task.uuid().as_bytes()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(row.get(0)?);
    }
    Ok(found)
}

/// What stands in no trail: commands from the bus for this task, and those that were refused.
fn commands(connection: &Connection, task: TaskId) -> Result<Vec<i64>, Failure> {
    let named = task.to_string();
    let mut statement = connection
        .prepare_cached("SELECT seq FROM event WHERE subject = ?1 AND instr(data, CAST(?2 AS BLOB)) > 0")?;
    let subjects =
        tracerail_schemas::task::CommandKind::SUBJECTS.iter().chain([&Subject::TaskCommandRejected]);
    let mut found = Vec::new();
    for subject in subjects {
        let mut rows = statement.query((subject.as_str(), &named))?;
        while let Some(row) = rows.next()? {
            found.push(row.get(0)?);
        }
    }
    Ok(found)
}
