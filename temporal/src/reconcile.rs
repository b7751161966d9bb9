//! Compares all open tasks with all open waits, and mends what differs.
//!
//! It holds the id and version of each open wait, some 60 bytes, and reads tasks by the page. Temporal's list of open workflows may be
//! some moments behind; so a difference is told of only when a second look at both sides, later and not at the list, shows it again.

use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use tracerail_actors::port::{TaskFilter, TaskSummary};
use tracerail_schemas::TaskId;
use tracerail_schemas::task::Status;

use crate::error::Error;
use crate::keeper::Keeper;
use crate::mirror::Mirror;
use crate::waits::Begin;

/// Tasks read at once.
const PAGE: usize = 1_000;
/// Differences looked at again at the same time.
const AT_ONCE: usize = 16;

/// How a task and its wait differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The task is open, and nobody waits.
    NotWaitedFor,
    /// The wait knows an earlier version of the task.
    Behind,
    /// The task is closed, and its wait goes on.
    GoesOn,
    /// Somebody waits for a task TraceRail does not have. Nothing is done about it: it may be the wrong TraceRail.
    NoSuchTask,
}

/// A difference.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Difference {
    /// The task.
    pub task_id: TaskId,
    /// How they differ.
    pub what: What,
}

/// What a comparison found.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Report {
    /// Open tasks.
    pub open_tasks: u64,
    /// Open waits.
    pub open_waits: u64,
    /// What still differed at the second look.
    pub differences: Vec<Difference>,
    /// How many of them were mended.
    pub mended: u64,
}

/// Compares, looks again after this long where something differs, and mends what still does.
pub async fn reconcile(mirror: &Mirror, age: Duration) -> Result<Report, Error> {
    let mut report = compare(mirror).await?;
    if report.differences.is_empty() {
        return Ok(report);
    }
    tokio::time::sleep(age).await;
    report.differences = again(mirror, &report.differences).await?;
    report.mended = mend(mirror, &report.differences).await?;
    Ok(report)
}

/// Mends whatever differs at a first look, which costs a few words too many at worst. How many were mended.
pub(crate) async fn mend_at_once(mirror: &Mirror) -> Result<u64, Error> {
    let first = compare(mirror).await?.differences;
    let sure = again(mirror, &first).await?;
    mend(mirror, &sure).await
}

/// Everything, at a first look.
async fn compare(mirror: &Mirror) -> Result<Report, Error> {
    let mut waits = mirror.keeper().all().await?;
    let mut report = Report { open_waits: waits.len() as u64, ..Report::default() };
    let statuses = Status::ALL.into_iter().filter(|status| status.is_open()).collect();
    let mut filter = TaskFilter { statuses, limit: PAGE, ..TaskFilter::default() };
    loop {
        let page = mirror.ports().store.tasks(filter.clone()).await?;
        for task in &page.tasks {
            report.open_tasks += 1;
            let what = differs(task, waits.remove(&task.id));
            report.differences.extend(what.map(|what| Difference { task_id: task.id, what }));
        }
        match page.tasks.last() {
            Some(last) if page.more => filter.after = Some(last.id),
            Some(_) | None => break,
        }
    }
    let left = waits.into_keys().map(|task_id| Difference { task_id, what: What::GoesOn });
    report.differences.extend(left);
    Ok(report)
}

fn differs(task: &TaskSummary, wait: Option<u64>) -> Option<What> {
    match wait {
        None => Some(What::NotWaitedFor),
        Some(version) if version < task.version => Some(What::Behind),
        Some(_) => None,
    }
}

/// Those of these differences that are still there.
async fn again(mirror: &Mirror, differences: &[Difference]) -> Result<Vec<Difference>, Error> {
    let store = &mirror.ports().store;
    let looks = stream::iter(differences.iter().map(|it| async {
        let task = store.task(it.task_id).await?;
        // All that counts of it: there may be many.
        Ok::<_, Error>((it.task_id, task.map(|task| task.is_open().then_some(task.version))))
    }));
    let tasks: Vec<_> = looks.buffer_unordered(AT_ONCE).try_collect().await?;
    let ids: Vec<TaskId> = tasks.iter().map(|(task_id, _)| *task_id).collect();
    let waits = mirror.keeper().now(&ids).await?;
    let differ = tasks.into_iter().filter_map(|(task_id, task)| {
        let what = match (task, waits.get(&task_id)) {
            (Some(Some(_)), None) => Some(What::NotWaitedFor),
            (Some(Some(version)), Some(known)) => (*known < version).then_some(What::Behind),
            (Some(None), Some(_)) => Some(What::GoesOn),
            (None, Some(_)) => Some(What::NoSuchTask),
            (Some(None) | None, None) => None,
        };
        what.map(|what| Difference { task_id, what })
    });
    Ok(differ.collect())
}

/// Mends these. How many of them were mended: a shard that is full takes no more, and there may be what Temporal does not take at all.
async fn mend(mirror: &Mirror, differences: &[Difference]) -> Result<u64, Error> {
    let can_be: Vec<_> = differences.iter().copied().filter(|it| it.what != What::NoSuchTask).collect();
    let left = mirror.bring_all(can_be.iter().map(|it| it.task_id).collect(), Begin::Again).await?;
    let left = match mirror.keeper() {
        Keeper::PerTask(_) => left,
        Keeper::Managed { .. } => again(mirror, &can_be).await?.len() as u64,
    };
    Ok((can_be.len() as u64).saturating_sub(left))
}
