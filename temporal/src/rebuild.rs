//! Brings open tasks back from their waits, where TraceRail's own servers have lost everything.
//!
//! A wait keeps the task as it was told last, with the item it decides. What TraceRail still has stays as it is: only tasks that are
//! not there at all come back, and their deadlines with them.

use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use tracerail_actors::port::Ports;
use tracerail_actors::restore::{Restored, restore};
use tracerail_schemas::TaskId;

use crate::error::Error;
use crate::waits::Waits;
use crate::words::Snapshot;

/// Waits asked at the same time.
const AT_ONCE: usize = 16;

/// How often a wait is asked that might answer, and how long is waited before it is asked again.
const TURNS: usize = 20;
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// What was brought back.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Report {
    /// Waits that go on.
    pub open_waits: u64,
    /// Tasks that TraceRail has.
    pub already_there: u64,
    /// Tasks that were brought back.
    pub restored: u64,
    /// Those of them whose content was longer than what a wait keeps: a person sees that it is missing.
    pub content_missing: Vec<TaskId>,
    /// Tasks whose waits keep nothing of them: they began before waits did.
    pub not_kept: Vec<TaskId>,
    /// Tasks whose waits did not answer: their key is missing, say. They are asked again by the next rebuild.
    pub not_answered: Vec<TaskId>,
}

/// What was done about one wait.
enum Done {
    AlreadyThere,
    Restored {
        content_missing: bool,
    },
    NotKept,
    NotAnswered,
    /// It has ended meanwhile.
    Ended,
}

/// Brings back what is missing. `seen` is told how many waits have been looked at.
pub async fn rebuild(ports: &Ports, waits: &Waits, seen: impl Fn(u64)) -> Result<Report, Error> {
    let mut report = Report::default();
    let all = waits.all().map_ok(|wait| wait.task_id);
    let asked = all.map(|task| async move {
        let task = task?;
        Ok::<_, Error>((task, bring_back(ports, waits, task).await?))
    });
    let done = stream::StreamExt::buffer_unordered(asked, AT_ONCE);
    futures::pin_mut!(done);
    while let Some((task, done)) = done.try_next().await? {
        report.open_waits += 1;
        match done {
            Done::AlreadyThere => report.already_there += 1,
            Done::Restored { content_missing } => {
                report.restored += 1;
                report.content_missing.extend(content_missing.then_some(task));
            }
            Done::NotKept => report.not_kept.push(task),
            Done::NotAnswered => report.not_answered.push(task),
            Done::Ended => report.open_waits -= 1,
        }
        seen(report.open_waits);
    }
    Ok(report)
}

async fn bring_back(ports: &Ports, waits: &Waits, task: TaskId) -> Result<Done, Error> {
    if ports.store.task(task).await?.is_some() {
        return Ok(Done::AlreadyThere);
    }
    let snapshot = match asked(waits, task).await {
        Ok(Some(snapshot)) => snapshot,
        Ok(None) => return Ok(Done::Ended),
        // One that does not answer keeps no other from coming back.
        Err(error) => {
            tracing::error!(%task, %error, "a wait does not say what it keeps");
            return Ok(Done::NotAnswered);
        }
    };
    let content_missing = snapshot.content_missing;
    let Some(kept) = snapshot.kept().filter(|kept| kept.task.id == task) else { return Ok(Done::NotKept) };
    Ok(match restore(ports, &kept).await? {
        Restored::Now => Done::Restored { content_missing },
        Restored::Already => Done::AlreadyThere,
    })
}

/// What a wait keeps. One that cannot answer may end the worker, which begins anew then: the others are asked again.
async fn asked(waits: &Waits, task: TaskId) -> Result<Option<Snapshot>, Error> {
    let mut turns = 0..TURNS;
    loop {
        match waits.snapshot(task).await {
            Err(Error::Temporal { .. }) if turns.next().is_some() => tokio::time::sleep(AGAIN_AFTER).await,
            told => return told,
        }
    }
}
