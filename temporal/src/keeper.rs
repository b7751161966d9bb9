//! Who keeps the waits: a workflow for each task, or a few shards of many tasks. The mirror and the comparison speak to either.

use std::collections::HashMap;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt, pin_mut, stream};
use temporalio_client::Client;
use tracerail::config::{Config, TemporalMode};
use tracerail_schemas::TaskId;

use crate::error::Error;
use crate::managed::Shards;
use crate::managed::words::Counts;
use crate::names::Names;
use crate::waits::{OpenWait, Waits};
use crate::words::{Level, TaskStatus};

/// Waits looked at at the same time.
const AT_ONCE: usize = 16;

/// Between two tries, while Temporal is away.
const TRIES_EVERY: Duration = Duration::from_secs(1);

/// The version of its task that each wait knows.
pub(crate) type Versions = HashMap<TaskId, u64>;

/// Who keeps the waits of one installation.
#[derive(Clone, Debug)]
pub enum Keeper {
    /// Each task's own workflow.
    PerTask(Waits),
    /// Shards.
    Managed {
        /// The shards.
        shards: Shards,
        /// Workflows that each wait for a task, from before the shards were.
        left: Waits,
    },
}

impl Keeper {
    /// As this configuration has it.
    pub fn of(config: &Config, client: Client) -> Self {
        let names = Names::of(config);
        match config.temporal.mode {
            TemporalMode::PerTask => Self::PerTask(Waits::new(client, names)),
            TemporalMode::Managed => Self::Managed {
                shards: Shards::new(client.clone(), names.clone(), config.temporal.shards),
                left: Waits::new(client, names),
            },
        }
    }

    /// Whatever has to be there before anything waits.
    pub async fn begin(&self) -> Result<(), Error> {
        match self {
            Self::PerTask(_) => Ok(()),
            Self::Managed { shards, .. } => shards.begin().await,
        }
    }

    /// The same, however long Temporal takes to answer.
    pub async fn begin_patiently(&self) -> Result<(), Error> {
        loop {
            match self.begin().await {
                Err(error @ Error::Temporal { .. }) => tracing::warn!(%error, "trying again"),
                done => return done,
            }
            tokio::time::sleep(TRIES_EVERY).await;
        }
    }

    /// How the wait of this task answers; nothing, when there is none, and none is remembered.
    pub async fn status(&self, task: TaskId) -> Result<Option<TaskStatus>, Error> {
        match self {
            Self::PerTask(waits) => waits.status(task).await,
            Self::Managed { shards, .. } => shards.status(task).await,
        }
    }

    /// How many wait.
    pub async fn count(&self) -> Result<u64, Error> {
        match self {
            Self::PerTask(waits) => waits.all().try_fold(0, |count, _| async move { Ok(count + 1) }).await,
            Self::Managed { shards, .. } => {
                Ok(Self::counts(shards).await?.iter().map(|counts| counts.open).sum())
            }
        }
    }

    /// How much there is in each shard that has begun.
    pub async fn counts(shards: &Shards) -> Result<Vec<Counts>, Error> {
        let asked = stream::iter(shards.each().map(|shard| shards.counts(shard)));
        asked.buffered(AT_ONCE).try_filter_map(|counts| async move { Ok(counts) }).try_collect().await
    }

    /// All that wait, at a first look.
    pub(crate) async fn all(&self) -> Result<Versions, Error> {
        let mut versions = Versions::new();
        match self {
            Self::PerTask(waits) => {
                let all = waits.all();
                pin_mut!(all);
                while let Some(wait) = all.try_next().await? {
                    versions.insert(wait.task_id, version(wait.level.as_ref()));
                }
            }
            Self::Managed { shards, .. } => {
                let pages = shards.all();
                pin_mut!(pages);
                while let Some(page) = pages.try_next().await? {
                    versions.extend(page.into_iter().map(|task| (task.task_id, task.level.version)));
                }
            }
        }
        Ok(versions)
    }

    /// Those of these that wait now: not from an index that may be behind.
    pub(crate) async fn now(&self, tasks: &[TaskId]) -> Result<Versions, Error> {
        match self {
            Self::PerTask(waits) => {
                let looks = stream::iter(tasks.iter().map(|task| waits.now(*task)));
                let found = looks.buffer_unordered(AT_ONCE).try_filter_map(|found| async move { Ok(found) });
                found
                    .map_ok(|OpenWait { task_id, level }| (task_id, version(level.as_ref())))
                    .try_collect()
                    .await
            }
            // A shard has no index: what it answers is what it keeps.
            Self::Managed { .. } if tasks.is_empty() => Ok(Versions::new()),
            Self::Managed { .. } => self.all().await,
        }
    }
}

/// The version a wait knows; one whose memo cannot be read is told again.
fn version(level: Option<&Level>) -> u64 {
    level.map_or(0, |level| level.version)
}
