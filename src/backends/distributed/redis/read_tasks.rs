//! Reading tasks: one, a page, those that are due, all that have a timer.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;
use redis::Value;
use tracerail_actors::port::{Armed, QueuePlace, TaskFilter, TaskPage, TaskSummary};
use tracerail_schemas::task::{Queue, Status, Task};
use tracerail_schemas::{TaskId, Timestamp, codec};
use uuid::Uuid;

use super::error::Failure;
use super::gate::Gate;
use super::read_content::typed;
use super::scripts::Script;
use super::store::micros;

/// How many tasks of one prefix are found at most; nobody looks through more.
const FOUND_MAX: usize = 16;

/// Tasks read in one go when a list is gone through.
const PAGE: usize = 256;

/// For how long a partition belongs to whoever sweeps it, in microseconds. It only keeps sweepers from doing the same work; that each
/// deadline fires once does not hang on it. Shorter than a tick, so that the deadlines of one who dies are late by no more than that.
const SWEPT_FOR: &[u8] = b"400000";

/// A task as it is stored, and when it wakes.
type Found = (Task, Option<Timestamp>);

/// What one moment of creation and an id make of the order of tasks.
type Age = (i64, Uuid);

/// Some tasks, in no order; those that are not there are left out.
pub(super) async fn tasks(gate: &Gate, ids: &[TaskId]) -> Result<Vec<Found>, Failure> {
    let mut partitions: BTreeMap<u16, Vec<Uuid>> = BTreeMap::new();
    for id in ids {
        partitions.entry(gate.keys.partition_of(*id)).or_default().push(id.uuid());
    }
    let calls = partitions.iter().map(|(partition, ids)| {
        gate.call(Script::Tasks, *partition, ids.iter().map(|id| id.as_bytes().as_slice()))
    });
    let mut found = Vec::with_capacity(ids.len());
    for answer in try_join_all(calls).await? {
        found.extend(read(answer)?);
    }
    Ok(found)
}

/// A task, and its data and state as they are stored.
pub(super) struct Stored {
    pub(super) task: Task,
    pub(super) data: Vec<u8>,
    pub(super) state: Vec<u8>,
}

/// A task with the bytes it was read from, by which it is known whether it is still the same.
pub(super) async fn stored(gate: &Gate, id: TaskId) -> Result<Option<Stored>, Failure> {
    let uuid = id.uuid();
    let answer = gate.call(Script::Tasks, gate.keys.partition_of(id), [uuid.as_bytes().as_slice()]).await?;
    let rows: Vec<Vec<Vec<u8>>> = typed(answer)?;
    let Some(row) = rows.into_iter().next() else { return Ok(None) };
    let (task, _) = read_one(&row)?;
    let mut parts = row.into_iter().skip(2);
    let (data, state) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    Ok(Some(Stored { task, data, state }))
}

/// The tasks whose id begins with these hexadecimal digits; hyphens do not matter.
pub(super) async fn find(gate: &Gate, prefix: &str) -> Result<Vec<TaskId>, Failure> {
    let digits: String = prefix.chars().filter(|character| *character != '-').collect();
    if digits.len() > 32 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(Vec::new());
    }
    let bound = |padded: String| u128::from_str_radix(&padded, 16).unwrap_or_default().to_be_bytes();
    let (from, to) = (bound(format!("{digits:0<32}")), bound(format!("{digits:f<32}")));
    let most = FOUND_MAX.to_string();
    let arguments = [from.as_slice(), to.as_slice(), most.as_bytes()];
    let calls = gate.keys.partitions().map(|partition| gate.call(Script::Find, partition, arguments));
    let mut found = Vec::new();
    for answer in try_join_all(calls).await? {
        let ids: Vec<Vec<u8>> = typed(answer)?;
        for id in ids {
            found.push(TaskId::from_uuid(uuid_of(&id)?));
        }
    }
    found.sort();
    found.truncate(FOUND_MAX);
    Ok(found)
}

/// The tasks whose time has come at `now`, the longest overdue first.
pub(super) async fn due(gate: &Gate, now: &[u8], sweeper: &str, most: usize) -> Result<Vec<Task>, Failure> {
    let limit = most.to_string();
    let arguments = [now, limit.as_bytes(), sweeper.as_bytes(), SWEPT_FOR];
    let calls = gate.keys.partitions().map(|partition| gate.call(Script::Due, partition, arguments));
    let mut due = Vec::new();
    for answer in try_join_all(calls).await? {
        for (id, wake_at) in pairs(typed(answer)?)? {
            due.push((wake_at, TaskId::from_uuid(uuid_of(&id)?)));
        }
    }
    due.sort_unstable();
    due.truncate(most);
    let ids: Vec<_> = due.into_iter().map(|(_, id)| id).collect();
    let mut found = tasks(gate, &ids).await?;
    found.sort_by_key(|(task, wake_at)| (*wake_at, task.id));
    Ok(found.into_iter().map(|(task, _)| task).collect())
}

/// The tasks that wait in these queues, the most urgent first.
pub(super) async fn waiting(
    gate: &Gate,
    queues: &[Queue],
    (after, most): (Option<QueuePlace>, usize),
) -> Result<Vec<Task>, Failure> {
    let lists: Vec<_> = queues.iter().map(|queue| format!("q:{queue}")).collect();
    let after = after.map(|(rank, task)| (rank.as_micros(), task.uuid()));
    let places = ages(gate, &lists, after, most).await?;
    let ids: Vec<_> = places.iter().map(|(_, id)| TaskId::from_uuid(*id)).collect();
    let mut found: Vec<_> = tasks(gate, &ids).await?.into_iter().map(|(task, _)| task).collect();
    found.sort_by_key(|task| (task.state.rank(), task.id));
    Ok(found)
}

/// A page of a task list, oldest first.
pub(super) async fn page(gate: &Gate, filter: &TaskFilter) -> Result<TaskPage, Failure> {
    let mut found = listed(gate, filter, filter.limit.saturating_add(1)).await?;
    let more = found.len() > filter.limit;
    found.truncate(filter.limit);
    Ok(TaskPage { tasks: found.iter().map(|(task, _)| summary(task)).collect(), more })
}

/// The timers of open tasks with the tasks themselves, in order of creation.
pub(super) async fn armed(
    gate: &Gate,
    after: Option<TaskId>,
    most: usize,
) -> Result<Vec<(Armed, Task)>, Failure> {
    let statuses = Status::ALL.into_iter().filter(|status| status.is_open()).collect();
    let filter = TaskFilter { statuses, after, ..TaskFilter::default() };
    let found = listed(gate, &filter, most).await?;
    Ok(found.into_iter().map(|(task, wake_at)| (Armed { task_id: task.id, wake_at }, task)).collect())
}

/// The tasks that fit, in order of creation, at most `most`.
async fn listed(gate: &Gate, filter: &TaskFilter, most: usize) -> Result<Vec<Found>, Failure> {
    let mut after = match filter.after {
        None => None,
        // After a task that is not there comes nothing.
        Some(after) => match tasks(gate, &[after]).await?.pop() {
            Some((task, _)) => Some(age(&task)),
            None => return Ok(Vec::new()),
        },
    };
    let lists = lists(filter);
    // Where the lists alone say what fits, no more is read than is asked for.
    let least = if all_fit(filter) { 1 } else { PAGE };
    let mut listed: Vec<Found> = Vec::new();
    while listed.len() < most {
        let wanted = (most - listed.len()).max(least);
        let ages = ages(gate, &lists, after, wanted).await?;
        let ids: Vec<_> = ages.iter().map(|(_, id)| TaskId::from_uuid(*id)).collect();
        let mut found = tasks(gate, &ids).await?;
        found.sort_by_key(|(task, _)| age(task));
        listed.extend(found.into_iter().filter(|(task, _)| fits(filter, task)));
        after = ages.last().copied();
        if ages.len() < wanted {
            break;
        }
    }
    listed.truncate(most);
    Ok(listed)
}

/// The lists in which all tasks stand that can fit.
fn lists(filter: &TaskFilter) -> Vec<String> {
    if let Some(assignee) = &filter.assignee {
        return vec![format!("a:{assignee}")];
    }
    let statuses = if filter.statuses.is_empty() { Status::ALL.to_vec() } else { filter.statuses.clone() };
    statuses.iter().map(|status| format!("s:{}", status.as_str())).collect()
}

/// Whether whatever stands in those lists fits.
fn all_fit(filter: &TaskFilter) -> bool {
    filter.tenant.is_none()
        && filter.due_before.is_none()
        && (filter.assignee.is_none() || filter.statuses.is_empty())
}

/// The oldest of these lists that come after this age, in order.
async fn ages(gate: &Gate, lists: &[String], after: Option<Age>, most: usize) -> Result<Vec<Age>, Failure> {
    let from = after.map_or_else(|| "-1".to_owned(), |(created, _)| created.to_string());
    let limit = most.to_string();
    let arguments =
        || [from.as_bytes(), limit.as_bytes()].into_iter().chain(lists.iter().map(String::as_bytes));
    let calls = gate.keys.partitions().map(|partition| gate.call(Script::List, partition, arguments()));
    let mut ages = Vec::new();
    for answer in try_join_all(calls).await? {
        let found: Vec<(Vec<u8>, i64)> = pairs(typed(answer)?)?;
        for (id, created) in found {
            ages.push((created, uuid_of(&id)?));
        }
    }
    ages.sort_unstable();
    ages.dedup();
    ages.retain(|age| after.is_none_or(|after| *age > after));
    ages.truncate(most);
    Ok(ages)
}

/// Members and scores, as a list has them one after the other.
fn pairs(flat: Vec<Vec<u8>>) -> Result<Vec<(Vec<u8>, i64)>, Failure> {
    let mut flat = flat.into_iter();
    let mut pairs = Vec::new();
    while let (Some(member), Some(score)) = (flat.next(), flat.next()) {
        pairs.push((member, whole(&score)?));
    }
    Ok(pairs)
}

/// A time as a list has it.
fn whole(score: &[u8]) -> Result<i64, Failure> {
    let score = String::from_utf8_lossy(score).parse::<f64>();
    let score = score.map_err(|_| Failure::Unreadable("a time in a list".to_owned()))?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "microseconds since 1970 are whole numbers below 2^53"
    )]
    Ok(score as i64)
}

fn fits(filter: &TaskFilter, task: &Task) -> bool {
    filter.tenant.as_ref().is_none_or(|tenant| *tenant == task.data.tenant)
        && (filter.statuses.is_empty() || filter.statuses.contains(&task.state.status))
        && filter.assignee.as_ref().is_none_or(|assignee| task.assignee() == Some(assignee))
        && filter.due_before.is_none_or(|before| task.state.due_at.is_some_and(|due| due < before))
}

fn age(task: &Task) -> Age {
    (task.data.created_at.as_micros(), task.id.uuid())
}

fn summary(task: &Task) -> TaskSummary {
    TaskSummary {
        id: task.id,
        version: task.version,
        status: task.state.status,
        priority: task.state.priority,
        assignee: task.assignee().cloned(),
        due_at: task.state.due_at,
        escalation_level: task.state.escalation_level,
        sla: task.state.clock.state(task.is_open()),
        created_at: task.data.created_at,
        task_type: task.data.task_type.clone(),
        content_key: task.data.content_key.clone(),
        excerpt: task.data.content.lines().next().unwrap_or_default().to_owned(),
    }
}

/// What the scripts tell of tasks: id, version, data, state, when it wakes.
fn read(answer: Value) -> Result<Vec<Found>, Failure> {
    let rows: Vec<Vec<Vec<u8>>> = typed(answer)?;
    rows.into_iter().map(|row| read_one(&row)).collect()
}

fn read_one(row: &[Vec<u8>]) -> Result<Found, Failure> {
    let [id, version, data, state, last_event, wake_at] = row else {
        return Err(Failure::Unreadable("a task".to_owned()));
    };
    let id = uuid_of(id)?;
    let version = String::from_utf8_lossy(version).parse();
    let task = Task {
        id: TaskId::from_uuid(id),
        version: version.map_err(|_| Failure::Unreadable(format!("the version of task {id}")))?,
        data: codec::decode_own(data)?,
        state: codec::decode_own(state)?,
        last_event: last_event.as_slice().try_into().ok(),
    };
    let wake_at = if wake_at.is_empty() { None } else { Some(Timestamp::from_micros(whole(wake_at)?)) };
    Ok((task, wake_at))
}

fn uuid_of(bytes: &[u8]) -> Result<Uuid, Failure> {
    Uuid::from_slice(bytes).map_err(|_| Failure::Unreadable("an id".to_owned()))
}

/// The time that is asked for, as the scripts take it.
pub(super) fn time(at: Option<Timestamp>) -> Vec<u8> {
    at.map(micros).unwrap_or_default()
}
