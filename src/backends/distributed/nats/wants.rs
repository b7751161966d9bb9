//! What keeps an item that has ended: events that the log still has, deliveries that are handed out again, dead letters that may be replayed.

use std::collections::{BTreeMap, HashSet};

use async_nats::jetstream::consumer::pull::Config;
use tracerail_actors::port::{Consumer, DeadLetterFilter, PortError};
use tracerail_schemas::dead_letter::DeadLetterStatus;
use tracerail_schemas::event::ContentSubmitted;
use tracerail_schemas::task::Command;
use tracerail_schemas::{EventId, TaskId, codec};

use super::connect::full;
use super::core::Core;
use super::dead_letters;
use super::direct::From;
use super::erased;
use super::error::away;
use super::headers;
use super::log::NatsLog;
use super::setup::{StreamSeen, context};
use super::streams::StreamId;

/// Dead letters that are read at once.
const PAGE: usize = 200;

impl NatsLog {
    /// The first event that each public stream still tells, by the stream's index; what is left of an erased one counts.
    pub async fn told_from(&self, seen: &[StreamSeen]) -> Result<BTreeMap<u8, u64>, PortError> {
        let rests = erased::index(&self.core).await?;
        let first = |seen: &StreamSeen| {
            let rest = rests.of(seen.stream).first().copied().unwrap_or(u64::MAX);
            Some((seen.stream.index()?, seen.first.min(rest)))
        };
        Ok(seen.iter().filter_map(first).collect())
    }

    /// What dead letters that may be replayed are about, and deliveries that were handed out again and wait for their actor.
    pub async fn held_about(&self) -> Result<HashSet<TaskId>, PortError> {
        // In this order: a letter that is replayed meanwhile is met on its new way.
        let mut about = self.letters_about().await?;
        for consumer in Consumer::ALL {
            about.extend(self.retries_about(consumer).await?);
        }
        Ok(about)
    }

    async fn retries_about(&self, consumer: Consumer) -> Result<HashSet<TaskId>, PortError> {
        let (core, stream) = (&*self.core, StreamId::of(consumer));
        let subject = core.names.retries(consumer);
        let (mut about, mut next) = (HashSet::new(), handled_until(core, consumer).await? + 1);
        loop {
            let page = erased::page(core, stream, From::Sequence(next), &subject, PAGE).await?;
            for kept in &page.kept {
                next = kept.sequence + 1;
                let id = headers::get(kept.headers.as_ref(), "ce-id").and_then(|id| id.parse().ok());
                about.extend(named(&kept.data, id));
            }
            if !page.more || page.kept.is_empty() {
                return Ok(about);
            }
        }
    }

    async fn letters_about(&self) -> Result<HashSet<TaskId>, PortError> {
        let (mut about, mut after) = (HashSet::new(), 0);
        loop {
            let status = Some(DeadLetterStatus::Held);
            let filter = DeadLetterFilter { status, after, limit: PAGE, ..DeadLetterFilter::default() };
            let letters = dead_letters::list(&self.core, filter).await?;
            for letter in &letters {
                after = letter.number;
                let id = letter.event_id.as_deref().and_then(|id| id.parse::<EventId>().ok());
                about.extend(named(&letter.data, id));
            }
            if letters.len() < PAGE {
                return Ok(about);
            }
        }
    }
}

/// Up to which message its actor has handled a stream; the end of it, when nothing is open.
pub(super) async fn handled_until(core: &Core, consumer: Consumer) -> Result<u64, PortError> {
    let (stream, name) = (core.names.stream(StreamId::of(consumer)), core.names.consumer(consumer));
    let found = context(&core.connection).get_consumer_from_stream::<Config, _, _>(&name, stream).await;
    let found = found.map_err(|error| away(format!("see how far {consumer} is"), full(&error)))?;
    let info = found.cached_info();
    let is_done = info.num_pending == 0 && info.num_ack_pending == 0;
    Ok(if is_done {
        info.delivered.stream_sequence.max(info.ack_floor.stream_sequence)
    } else {
        info.ack_floor.stream_sequence
    })
}

/// The task that a body is about, or that its item has or would have.
fn named(data: &[u8], id: Option<EventId>) -> Option<TaskId> {
    let limits = codec::Limits::unlimited();
    if let Ok(command) = codec::decode::<Command>(data, &limits) {
        return Some(command.task_id);
    }
    let value: serde_json::Value = codec::decode(data, &limits).ok()?;
    if let Some(task) = value.get("task_id").and_then(|task| task.as_str()?.parse().ok()) {
        return Some(task);
    }
    if let Some(key) = value.get("content").and_then(|key| serde_json::from_value(key.clone()).ok()) {
        return Some(TaskId::of_content(&key));
    }
    let submitted: ContentSubmitted = serde_json::from_value(value).ok()?;
    let (key, _) = submitted.admit(&id?.to_string(), usize::MAX).ok()?;
    Some(TaskId::of_content(&key))
}
