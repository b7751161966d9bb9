//! Bringing back a task that was kept somewhere else, as it stood there, with the item it decides.
//!
//! What is here already stays as it is: somebody may have begun to work on it.

use tracerail_schemas::codec::CodecError;
use tracerail_schemas::content::ContentRecord;
use tracerail_schemas::task::Task;
use tracerail_schemas::{ContentKey, Event, Timestamp};
use uuid::Uuid;

use crate::effect::{Effect, take_effect};
use crate::port::{Admission, Batch, Cause, ContentWrite, PortError, PortErrorKind, Ports, TaskWrite};
use crate::story::Story;

/// Who tells it: what a task process tells of open tasks as a whole.
const SOURCE: &str = "tracerail/task";

/// How often it is tried while others write.
const TURNS: usize = 5;

/// A task as it was kept, and its item.
#[derive(Clone, PartialEq, Debug)]
pub struct Kept {
    /// The task.
    pub task: Task,
    /// Its item, where it decides one.
    pub item: Option<ContentRecord>,
}

/// What was done about it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Restored {
    /// It is here again, in the version it was kept in.
    Now,
    /// It was here.
    Already,
}

/// Brings it back. Its deadlines are armed as they were, so what has passed meanwhile fires at once.
pub async fn restore(ports: &Ports, kept: &Kept) -> Result<Restored, PortError> {
    for _ in 0..TURNS {
        if ports.store.task(kept.task.id).await?.is_some() {
            return Ok(Restored::Already);
        }
        let item = match &kept.item {
            Some(item) if ports.store.content(&item.key).await?.is_none() => Some(item),
            Some(_) | None => None,
        };
        let now = ports.store.now().await?;
        match take_effect(ports, batch(&kept.task, item, now)?, None).await? {
            Effect::Applied => return Ok(Restored::Now),
            Effect::AlreadyApplied(_) => return Ok(Restored::Already),
            Effect::Conflict | Effect::CauseReused => {}
        }
    }
    let operation = format!("bring back task {}", kept.task.id);
    Err(PortError::new(operation, PortErrorKind::Unavailable, "others write it again and again"))
}

/// What writes it.
pub(crate) fn batch(task: &Task, item: Option<&ContentRecord>, now: Timestamp) -> Result<Batch, PortError> {
    let id = Uuid::new_v5(&task.id.uuid(), format!("restored {}", task.version).as_bytes());
    let cause = Cause { id, about: task.id, payload_hash: None };
    let story = |about: String, part: &str| Story {
        source: SOURCE,
        cause: Uuid::new_v5(&id, part.as_bytes()),
        causation: id,
        correlation: task.data.correlation_id,
        about,
        tenant: task.data.tenant.clone(),
        at: now,
        traceparent: None,
    };
    let mut batch = Batch::of(cause);
    let itself = (None, Event::TaskSnapshot(Box::new(task.clone())));
    let told = story(task.id.to_string(), "task").tell(&[itself]);
    batch.events = told.map_err(unwritable)?;
    batch.task = Some(TaskWrite { expected_version: None, task: Box::new(task.clone()) });
    if let Some(item) = item {
        let told = (None, Event::ContentSnapshot(Box::new(item.clone())));
        let told = story(item.key.to_string(), "item").tell(&[told]);
        batch.events.extend(told.map_err(unwritable)?);
        batch.content = Some(write(item.key.clone(), item));
    }
    Ok(batch)
}

fn write(key: ContentKey, item: &ContentRecord) -> ContentWrite {
    let ContentRecord { submitted_id, submitted_at, body, hash, analysis, route, .. } = item.clone();
    let admit = Some(Admission { submitted_id, submitted_at, body, hash });
    ContentWrite { admit, analysis, route, ..ContentWrite::of(key) }
}

fn unwritable(error: CodecError) -> PortError {
    PortError::new("tell of a task as a whole", PortErrorKind::Invalid, error)
}
