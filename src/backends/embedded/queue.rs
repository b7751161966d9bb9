//! The queues in which tasks wait that nobody has.

use rusqlite::Connection;
use tracerail_actors::port::QueuePlace;
use tracerail_schemas::task::{Queue, Task, TaskState};
use tracerail_schemas::{TaskId, codec};

use super::failure::Failure;
use super::read_tasks;
use super::words::{id, limit};

/// Where a task waits, as its row has it: how urgent it is, then the names of the queues, a line each.
pub(super) fn waits(state: &TaskState) -> Option<String> {
    let queues = state.queues();
    let names = queues.iter().map(|queue| format!("\n{queue}"));
    (!queues.is_empty()).then(|| format!("{}{}", state.rank().as_micros(), names.collect::<String>()))
}

/// Takes a task out of the queues it was in, and puts it into those it is in now.
pub(super) fn moved(
    connection: &Connection,
    task: &[u8],
    before: Option<&str>,
    now: Option<&str>,
) -> Result<(), Failure> {
    if before == now {
        return Ok(());
    }
    for (sql, waits) in [
        ("DELETE FROM queue WHERE name = ?1 AND rank = ?2 AND id = ?3", before),
        ("INSERT OR REPLACE INTO queue (name, rank, id) VALUES (?1, ?2, ?3)", now),
    ] {
        let Some((rank, names)) = waits.and_then(|waits| waits.split_once('\n')) else { continue };
        let rank: i64 =
            rank.parse().map_err(|_| Failure::Word { what: "rank in a queue", found: rank.to_owned() })?;
        let mut statement = connection.prepare_cached(sql)?;
        for name in names.split('\n') {
            statement.execute((name, rank, task))?;
        }
    }
    Ok(())
}

/// Fills the queues from the tasks that are there: for a file from before there were any.
pub(super) fn fill(connection: &Connection) -> Result<(), Failure> {
    let mut tasks =
        connection.prepare("SELECT id, state, n FROM task WHERE status IN ('pending', 'escalated')")?;
    let mut write = connection.prepare("UPDATE task SET waits = ?2 WHERE n = ?1")?;
    let mut rows = tasks.query(())?;
    while let Some(row) = rows.next()? {
        let task: Vec<u8> = row.get(0)?;
        let state: TaskState = codec::decode_own(row.get_ref(1)?.as_blob().unwrap_or_default())?;
        if let Some(waits) = waits(&state) {
            moved(connection, &task, None, Some(&waits))?;
            write.execute((row.get::<_, i64>(2)?, waits))?;
        }
    }
    Ok(())
}

/// The tasks that wait in these queues, the most urgent first.
pub(super) fn waiting(
    connection: &Connection,
    queues: &[Queue],
    (after, most): (Option<QueuePlace>, usize),
) -> Result<Vec<Task>, Failure> {
    let (rank, task) =
        after.map_or((i64::MIN, [0; 16]), |(rank, task)| (rank.as_micros(), task.uuid().into_bytes()));
    let mut statement = connection.prepare_cached(
        "SELECT rank, id FROM queue WHERE name = ?1 AND (rank, id) > (?2, ?3) ORDER BY rank, id LIMIT ?4",
    )?;
    let mut places: Vec<(i64, TaskId)> = Vec::new();
    for queue in queues {
        let mut rows = statement.query((queue.to_string(), rank, task, limit(most)))?;
        while let Some(row) = rows.next()? {
            places.push((row.get(0)?, TaskId::from_uuid(id(row.get_ref(1)?.as_blob().unwrap_or_default())?)));
        }
    }
    places.sort_unstable();
    places.dedup();
    places.truncate(most);
    let tasks = places.into_iter().map(|(_, task)| read_tasks::task(connection, task));
    Ok(tasks.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}
