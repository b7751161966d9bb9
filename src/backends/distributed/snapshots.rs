//! Tells open tasks again, as a whole, before the log forgets how they came about.
//!
//! The streams keep an event for a time (`nats.max_age`), and a task may stay open longer. So twice in that time each open task and its
//! item are told as they are now: `task.snapshot`, `content.snapshot`. A state that is made again from the log begins with them.
//!
//! One process at a time does it, page by page; how far it has come is noted, so that whoever comes after one that died goes on there.
//! A snapshot that is told twice changes nothing: it is taken where it is newer than what is there.

use std::sync::Arc;
use std::time::Duration;

use tracerail_actors::port::{Armed, EventLog, PortError, PortErrorKind, Store};
use tracerail_schemas::task::Task;
use tracerail_schemas::{EncodedEvent, Envelope, Event, EventId, Timestamp};
use uuid::Uuid;

use super::redis::RedisStore;

/// Tasks that are told at once.
const PAGE: usize = 200;

/// The pause between two pages: with it, a million open tasks are told in some ten minutes, and nobody notices.
const PAUSE: Duration = Duration::from_millis(100);

/// How often is looked whether a period has begun.
const LOOKS_EVERY: Duration = Duration::from_mins(5);

/// What the work is called in Redis.
const NAME: &str = "snapshots";

/// Who tells it.
const SOURCE: &str = "tracerail/task";

/// Tells open tasks again.
#[derive(Clone)]
pub struct Snapshots {
    store: RedisStore,
    log: Arc<dyn EventLog>,
    age_max: Duration,
}

impl Snapshots {
    /// For a log that keeps events this long.
    pub fn new(store: RedisStore, log: Arc<dyn EventLog>, age_max: Duration) -> Self {
        Self { store, log, age_max }
    }

    /// Looks after it until it is dropped.
    pub async fn keep(self) {
        loop {
            match self.round().await {
                Ok(0) => {}
                Ok(tasks) => tracing::info!(
                    tasks,
                    "open tasks are in the log again, before it forgets their beginnings"
                ),
                Err(error) => {
                    tracing::warn!(error = error.chain(), "open tasks cannot be told again; trying on");
                }
            }
            tokio::time::sleep(LOOKS_EVERY.min(self.age_max / 48)).await;
        }
    }

    /// Tells those that were there before this period began, if nobody else does or has done it. The answer is how many.
    pub async fn round(&self) -> Result<u64, PortError> {
        let now = self.store.now().await?;
        let half = i64::try_from(self.age_max.as_micros() / 2).unwrap_or(i64::MAX).max(1);
        let period = now.as_micros() / half;
        let Some(turn) = self.store.take_turn(NAME, period).await? else { return Ok(0) };
        let began = Timestamp::from_micros(period * half);
        let mut told = 0;
        let mut after = turn.after;
        if let Some(last) = after
            && self.store.task(last).await?.is_none()
        {
            after = None;
        }
        loop {
            let page = self.store.armed(after, PAGE).await?;
            // Oldest first: the younger ones have their beginnings in the log for longer than until the next period.
            let old: Vec<_> = page.iter().take_while(|(_, task)| task.data.created_at < began).collect();
            told += self.tell(&old, now, period).await?;
            after = old.last().map(|(armed, _)| armed.task_id).filter(|_| old.len() == PAGE);
            if !self.store.note_turn(&turn, after).await? || after.is_none() {
                return Ok(told);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn tell(&self, tasks: &[&(Armed, Task)], now: Timestamp, period: i64) -> Result<u64, PortError> {
        let mut events = Vec::with_capacity(2 * tasks.len());
        for (_, task) in tasks {
            // The same, whoever tells it of this version in this period.
            let cause =
                Uuid::new_v5(&task.id.uuid(), format!("snapshot {period} {}", task.version).as_bytes());
            let record = match &task.data.content_key {
                Some(key) => self.store.content(key).await?,
                None => None,
            };
            let told = [
                record.map(|record| (record.key.to_string(), Event::ContentSnapshot(Box::new(record)))),
                Some((task.id.to_string(), Event::TaskSnapshot(Box::new(task.clone())))),
            ];
            for ((about, event), index) in told.into_iter().flatten().zip(0..) {
                events.push(encoded(task, about, &event, EventId::consequence(cause, index), now)?);
            }
        }
        self.log.publish(events).await?;
        Ok(tasks.len() as u64)
    }
}

fn encoded(
    task: &Task,
    about: String,
    event: &Event,
    id: EventId,
    now: Timestamp,
) -> Result<EncodedEvent, PortError> {
    let data = event.encode();
    let data = data.map_err(|error| PortError::new("tell a task again", PortErrorKind::Invalid, error))?;
    let envelope = Envelope {
        id,
        subject: event.subject(),
        version: 1,
        source: SOURCE.to_owned(),
        about,
        time: now,
        tenant: task.data.tenant.clone(),
        correlation_id: task.data.correlation_id.unwrap_or(id),
        causation_id: None,
        traceparent: None,
    };
    Ok(EncodedEvent { envelope, data })
}

impl std::fmt::Debug for Snapshots {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshots").field("age_max", &self.age_max).finish_non_exhaustive()
    }
}
