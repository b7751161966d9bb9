//! Tells what is open again, as a whole, before the log forgets how it came about.
//!
//! The streams keep an event for a time (`nats.max_age`), and a task may stay open longer. So twice in that time each open task and its
//! item are told as they are now: `task.snapshot`, `content.snapshot`; and so is an item that has neither an end nor a task. A state that
//! is made again from the log begins with them.
//!
//! One process at a time does it, page by page; how far it has come is noted, so that whoever comes after one that died goes on there.
//! A snapshot that is told twice changes nothing: it is taken where it is newer than what is there. One that the log does not take is
//! stepped over, and said.

use std::sync::Arc;
use std::time::Duration;

use tracerail_actors::port::{EventLog, PortError, PortErrorKind, Store};
use tracerail_schemas::content::ContentRecord;
use tracerail_schemas::task::Task;
use tracerail_schemas::{EncodedEvent, Envelope, Event, EventId, TaskId, Timestamp};
use uuid::Uuid;

use super::redis::{RedisStore, Turn};

/// Tasks that are read at once.
const PAGE: usize = 200;

/// Bytes that are told at once, about.
const BYTES_AT_ONCE: usize = 1 << 20;

/// The pause between two pages: with it, a million open tasks are told in some ten minutes, and nobody notices.
const PAUSE: Duration = Duration::from_millis(100);

/// How often is looked whether a period has begun.
const LOOKS_EVERY: Duration = Duration::from_mins(5);

/// What the work is called in Redis.
pub(crate) const NAME: &str = "snapshots";

/// Who tells it.
const SOURCE: &str = "tracerail/task";

/// Tells again what is open.
#[derive(Clone)]
pub struct Snapshots {
    store: RedisStore,
    log: Arc<dyn EventLog>,
    age_max: Duration,
}

/// What was told.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct SnapshotsTold {
    /// Open tasks, each with its item.
    pub tasks: u64,
    /// Items that had neither an end nor a task.
    pub items: u64,
    /// Those that the log did not take.
    pub refused: u64,
}

/// A round of one process.
struct Round<'a> {
    of: &'a Snapshots,
    turn: Turn,
    /// The last task that was told.
    after: Option<TaskId>,
    now: Timestamp,
    /// What is older is told.
    began: Timestamp,
    period: i64,
    told: SnapshotsTold,
    waiting: Vec<EncodedEvent>,
    bytes: usize,
}

/// The half of this age that a moment is in, and when it began.
pub(crate) fn period(age_max: Duration, now: Timestamp) -> (i64, Timestamp) {
    let half = i64::try_from(age_max.as_micros() / 2).unwrap_or(i64::MAX).max(1);
    let period = now.as_micros() / half;
    (period, Timestamp::from_micros(period * half))
}

impl Snapshots {
    /// For a log that keeps events this long.
    pub fn new(store: RedisStore, log: Arc<dyn EventLog>, age_max: Duration) -> Self {
        Self { store, log, age_max }
    }

    /// Looks after it until it is dropped.
    pub async fn keep(self) {
        if self.age_max.is_zero() {
            // Nothing is ever forgotten.
            return;
        }
        loop {
            match self.round().await {
                Ok(told) if told == SnapshotsTold::default() => {}
                Ok(SnapshotsTold { tasks, items, refused }) => tracing::info!(
                    tasks,
                    items,
                    refused,
                    "what is open is in the log again, before it forgets the beginnings"
                ),
                Err(error) => {
                    tracing::warn!(error = error.chain(), "open tasks cannot be told again; trying on");
                }
            }
            tokio::time::sleep(LOOKS_EVERY.min(self.age_max / 48)).await;
        }
    }

    /// Tells what was there before this period began, if nobody else does or has done it.
    pub async fn round(&self) -> Result<SnapshotsTold, PortError> {
        let now = self.store.now().await?;
        let (period, began) = period(self.age_max, now);
        let Some(turn) = self.store.take_turn(NAME, period).await? else {
            return Ok(SnapshotsTold::default());
        };
        let (told, waiting, bytes) = (SnapshotsTold::default(), Vec::new(), 0);
        let after = turn.after;
        let mut round = Round { of: self, turn, after, now, began, period, told, waiting, bytes };
        if round.tasks().await? {
            round.items().await?;
        }
        Ok(round.told)
    }
}

impl Round<'_> {
    /// The open tasks, oldest first: the younger ones have their beginnings in the log for longer than until the next period. The answer
    /// is whether it is still this process's turn.
    async fn tasks(&mut self) -> Result<bool, PortError> {
        let store = self.of.store.clone();
        if let Some(last) = self.after
            && store.task(last).await?.is_none()
        {
            self.after = None;
        }
        loop {
            let page = store.armed(self.after, PAGE).await?;
            let began = self.began;
            let old: Vec<_> = page.iter().take_while(|(_, task)| task.data.created_at < began).collect();
            for (_, task) in &old {
                self.task(task).await?;
            }
            self.publish().await?;
            self.after = old.last().map_or(self.after, |(armed, _)| Some(armed.task_id));
            if old.len() < PAGE {
                return Ok(true);
            }
            if !store.note_turn(&self.turn, self.after).await? {
                return Ok(false);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// The items that neither ended nor became a task.
    async fn items(&mut self) -> Result<(), PortError> {
        let store = self.of.store.clone();
        let mut in_flight = store.in_flight();
        while let Some(records) = in_flight.next().await? {
            let began = self.began;
            let old = records.into_iter().filter(|record| record.submitted_at < began);
            for record in old {
                self.item(record).await?;
            }
            self.publish().await?;
            if self.after.is_some() && !store.note_turn(&self.turn, self.after).await? {
                return Ok(());
            }
            tokio::time::sleep(PAUSE / 4).await;
        }
        store.note_turn(&self.turn, None).await?;
        Ok(())
    }

    async fn task(&mut self, task: &Task) -> Result<(), PortError> {
        // The same, whoever tells it of this version in this period.
        let cause = format!("snapshot {} {}", self.period, task.version);
        let cause = Uuid::new_v5(&task.id.uuid(), cause.as_bytes());
        let record = match &task.data.content_key {
            Some(key) => self.of.store.content(key).await?,
            None => None,
        };
        let item = record.map(|record| (record.key.to_string(), Event::ContentSnapshot(Box::new(record))));
        let itself = (task.id.to_string(), Event::TaskSnapshot(Box::new(task.clone())));
        let correlation = task.data.correlation_id;
        for ((about, event), index) in item.into_iter().chain([itself]).zip(0..) {
            let id = EventId::consequence(cause, index);
            let envelope = Envelope {
                tenant: task.data.tenant.clone(),
                correlation_id: correlation.unwrap_or(id),
                ..self.envelope(id, about, &event)
            };
            self.tell(envelope, &event).await?;
        }
        self.told.tasks += 1;
        Ok(())
    }

    async fn item(&mut self, record: ContentRecord) -> Result<(), PortError> {
        let marks = u8::from(record.analysis.is_some()) + u8::from(record.route.is_some());
        let cause = format!("snapshot {} item {marks}", self.period);
        let cause = Uuid::new_v5(&record.submitted_id.uuid(), cause.as_bytes());
        let (about, tenant) = (record.key.to_string(), record.key.tenant.clone());
        let correlation_id = record.submitted_id;
        let event = Event::ContentSnapshot(Box::new(record));
        let envelope = self.envelope(EventId::consequence(cause, 0), about, &event);
        self.tell(Envelope { tenant, correlation_id, ..envelope }, &event).await?;
        self.told.items += 1;
        Ok(())
    }

    fn envelope(&self, id: EventId, about: String, event: &Event) -> Envelope {
        Envelope {
            id,
            subject: event.subject(),
            version: 1,
            source: SOURCE.to_owned(),
            about,
            time: self.now,
            tenant: tracerail_schemas::TenantId::default(),
            correlation_id: id,
            causation_id: None,
            traceparent: None,
        }
    }

    async fn tell(&mut self, envelope: Envelope, event: &Event) -> Result<(), PortError> {
        let data = event.encode();
        let data =
            data.map_err(|error| PortError::new("tell a task again", PortErrorKind::Invalid, error))?;
        self.bytes += data.len();
        self.waiting.push(EncodedEvent { envelope, data });
        if self.bytes >= BYTES_AT_ONCE { self.publish().await } else { Ok(()) }
    }

    /// Publishes what has gathered. What the log refuses for ever, it refuses alone.
    async fn publish(&mut self) -> Result<(), PortError> {
        self.bytes = 0;
        let events = std::mem::take(&mut self.waiting);
        if events.is_empty() {
            return Ok(());
        }
        match self.of.log.publish(events.clone()).await {
            Err(error) if error.kind == PortErrorKind::Invalid => {}
            other => return other.map(|_| ()),
        }
        for event in events {
            let about = event.envelope.about.clone();
            match self.of.log.publish(vec![event]).await {
                Err(error) if error.kind == PortErrorKind::Invalid => {
                    self.told.refused += 1;
                    tracing::error!(
                        about,
                        error = error.chain(),
                        "is too large to be told again: the log will forget it before it is done"
                    );
                }
                other => _ = other?,
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for Snapshots {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshots").field("age_max", &self.age_max).finish_non_exhaustive()
    }
}
