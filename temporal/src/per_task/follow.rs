//! Keeps waits of one task each in step with their tasks.

use futures::{StreamExt, TryStreamExt, stream};
use tracerail_actors::port::Ports;
use tracerail_schemas::TaskId;

use crate::error::Error;
use crate::waits::{Begin, OpenWait, Waits};
use crate::words::{Changed, Ending, Opened};

/// Waits spoken to at the same time. 16: a small Temporal server has no more to give.
const AT_ONCE: usize = 16;
/// How often a wait that comes and goes between two calls is tried.
const TURNS: usize = 5;

/// Brings the waits of these tasks in step, several at the same time. The answer is how many of them could not be.
pub(crate) async fn bring_all(
    ports: &Ports,
    waits: &Waits,
    tasks: Vec<TaskId>,
    begin: Begin,
) -> Result<u64, Error> {
    let brought = tasks.into_iter().map(|task| async move {
        match bring(ports, waits, task, begin).await {
            // What is wrong with one holds up no other; it is told of again with each comparison.
            Err(error) if error.is_about_one() => {
                tracing::error!(%task, %error, "the wait of this task cannot be kept in step");
                Ok(false)
            }
            brought => brought,
        }
    });
    let brought = stream::iter(brought).buffer_unordered(AT_ONCE);
    brought.try_fold(0, |left, is_brought| async move { Ok(left + u64::from(!is_brought)) }).await
}

/// Brings the wait of this task in step with it; whether it is.
async fn bring(ports: &Ports, waits: &Waits, id: TaskId, begin: Begin) -> Result<bool, Error> {
    for _ in 0..TURNS {
        let Some(task) = ports.store.task(id).await? else { return Ok(true) };
        if let Some(ending) = Ending::of(&task) {
            waits.close(&ending).await?;
            return Ok(true);
        }
        // A new task most likely has no wait yet, any other has.
        if task.version > 1 && waits.change(id, &Changed::of(&task)).await? {
            return Ok(true);
        }
        let first = task.version == 1;
        let item = match &task.data.content_key {
            Some(key) => ports.store.content(key).await?,
            None => None,
        };
        if waits.open(Opened::of(task, item), begin).await? {
            return Ok(true);
        }
        if first && waits.now(id).await?.is_some() {
            return Ok(true);
        }
    }
    // It waits, or has waited, and cannot be told: the comparison of everything finds it.
    tracing::warn!(task = %id, "the wait of this task has ended before the task; the next comparison begins it again");
    Ok(false)
}

/// Tells those that there are how their tasks stand, and begins none.
pub(crate) async fn tell_left(ports: &Ports, waits: &Waits) -> Result<(), Error> {
    let told = waits.all().map_ok(|wait| async move {
        let task = wait.task_id;
        match tell_one(ports, waits, wait).await {
            Err(error) if error.is_about_one() => {
                tracing::error!(%task, %error, "a wait from before cannot be told of its task");
                Ok(())
            }
            told => told,
        }
    });
    let told = std::pin::pin!(told);
    told.try_buffer_unordered(AT_ONCE).try_for_each(|()| async { Ok(()) }).await
}

async fn tell_one(ports: &Ports, waits: &Waits, wait: OpenWait) -> Result<(), Error> {
    let OpenWait { task_id, level } = wait;
    let Some(task) = ports.store.task(task_id).await? else { return Ok(()) };
    if let Some(ending) = Ending::of(&task) {
        waits.close(&ending).await?;
    } else if level.is_none_or(|level| level.version < task.version) {
        waits.change(task_id, &Changed::of(&task)).await?;
    }
    Ok(())
}
