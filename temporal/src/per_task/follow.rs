//! Keeps waits of one task each in step with their tasks.

use futures::{TryStreamExt, stream};
use tracerail_actors::port::Ports;
use tracerail_schemas::TaskId;

use crate::error::Error;
use crate::waits::{Begin, OpenWait, Waits};
use crate::words::{Changed, Ending, Opened};

/// Waits spoken to at the same time. 16: a small Temporal server has no more to give.
const AT_ONCE: usize = 16;
/// How often a wait that comes and goes between two calls is tried.
const TURNS: usize = 5;

/// Brings the waits of these tasks in step, several at the same time.
pub(crate) async fn bring_all(
    ports: &Ports,
    waits: &Waits,
    tasks: Vec<TaskId>,
    begin: Begin,
) -> Result<(), Error> {
    stream::iter(tasks.into_iter().map(Ok))
        .try_for_each_concurrent(AT_ONCE, |task| bring(ports, waits, task, begin))
        .await
}

/// Brings the wait of this task in step with it.
async fn bring(ports: &Ports, waits: &Waits, id: TaskId, begin: Begin) -> Result<(), Error> {
    for _ in 0..TURNS {
        let Some(task) = ports.store.task(id).await? else { return Ok(()) };
        if let Some(ending) = Ending::of(&task) {
            waits.close(&ending).await?;
            return Ok(());
        }
        // A new task most likely has no wait yet, any other has.
        if task.version > 1 && waits.change(id, &Changed::of(&task)).await? {
            return Ok(());
        }
        let first = task.version == 1;
        let item = match &task.data.content_key {
            Some(key) => ports.store.content(key).await?,
            None => None,
        };
        if waits.open(Opened::of(task, item), begin).await? {
            return Ok(());
        }
        if first && waits.now(id).await?.is_some() {
            return Ok(());
        }
    }
    // It waits, or has waited, and cannot be told: the comparison of everything finds it.
    tracing::warn!(task = %id, "the wait of this task has ended before the task; the next comparison begins it again");
    Ok(())
}

/// Tells those that there are how their tasks stand, and begins none.
pub(crate) async fn tell_left(ports: &Ports, waits: &Waits) -> Result<(), Error> {
    let told = waits.all().map_ok(|wait| async move {
        let OpenWait { task_id, level } = wait;
        let Some(task) = ports.store.task(task_id).await? else { return Ok(()) };
        if let Some(ending) = Ending::of(&task) {
            waits.close(&ending).await?;
        } else if level.is_none_or(|level| level.version < task.version) {
            waits.change(task_id, &Changed::of(&task)).await?;
        }
        Ok(())
    });
    let told = std::pin::pin!(told);
    told.try_buffer_unordered(AT_ONCE).try_for_each(|()| async { Ok(()) }).await
}
