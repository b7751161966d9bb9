//! Keeps shards in step with tasks: what has to be told goes to each of them in one signal, or a few.

use std::collections::BTreeMap;

use futures::{StreamExt, TryStreamExt, stream};
use tracerail_actors::port::Ports;
use tracerail_schemas::TaskId;

use super::shards::Shards;
use super::words::{Closed, OpenTask, TasksChanged};
use crate::error::Error;
use crate::waits::Begin;
use crate::words::{Ending, Level};

/// Tasks read at the same time.
const READS_AT_ONCE: usize = 16;
/// Shards spoken to at the same time.
const SHARDS_AT_ONCE: usize = 8;
/// Tasks in one signal: of closed ones, each with an ending, some hundred kilobytes.
const SIGNAL: usize = 500;

/// What one shard has to be told.
#[derive(Default)]
struct News {
    changed: Vec<OpenTask>,
    closed: Vec<Closed>,
}

/// Tells shards how these tasks stand.
pub(crate) async fn bring_all(
    ports: &Ports,
    shards: &Shards,
    tasks: Vec<TaskId>,
    begin: Begin,
) -> Result<(), Error> {
    let reads = stream::iter(tasks.into_iter().map(|id| async move { (id, ports.store.task(id).await) }));
    let mut found = reads.buffer_unordered(READS_AT_ONCE);
    let mut news: BTreeMap<u32, News> = BTreeMap::new();
    while let Some((id, task)) = found.next().await {
        let task = match task.map_err(Error::from) {
            // What is wrong with one holds up no other; it is told of again with each comparison.
            Err(error) if error.is_about_one() => {
                tracing::error!(task = %id, %error, "the wait of this task cannot be kept in step");
                continue;
            }
            task => task?,
        };
        let Some(task) = task else { continue };
        let of_shard = news.entry(shards.of(task.id)).or_default();
        let open = OpenTask { task_id: task.id, level: Level::of(&task) };
        match Ending::of(&task) {
            Some(ending) => of_shard.closed.push(Closed { task: open, ending: ending.brief() }),
            None => of_shard.changed.push(open),
        }
    }
    stream::iter(news.into_iter().map(Ok))
        .try_for_each_concurrent(SHARDS_AT_ONCE, |(shard, news)| tell(shards, shard, news, begin))
        .await
}

async fn tell(shards: &Shards, shard: u32, news: News, begin: Begin) -> Result<(), Error> {
    for tasks in news.changed.chunks(SIGNAL) {
        let again = begin == Begin::Again;
        shards.changed(shard, &TasksChanged { tasks: tasks.to_vec(), again }).await?;
    }
    for closed in news.closed.chunks(SIGNAL) {
        shards.closed(shard, &closed.to_vec()).await?;
    }
    Ok(())
}
