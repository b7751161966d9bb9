//! What the store holds.

use std::collections::BTreeMap;

use tracerail_schemas::content::{ContentRecord, Outcome};
use tracerail_schemas::task::{CommandAnswer, Task};
use tracerail_schemas::{CommandId, ContentKey, EncodedEvent, EventId, GroupId, TaskId};
use uuid::Uuid;

use crate::port::{StoredAnswer, Tombstone};

/// What the store holds.
#[derive(Default)]
pub(super) struct Contents {
    pub(super) effects: BTreeMap<Uuid, Effect>,
    pub(super) tasks: BTreeMap<TaskId, Task>,
    /// Each task as it was at first, for defects that forget to move on.
    pub(super) first: BTreeMap<TaskId, Task>,
    pub(super) records: BTreeMap<ContentKey, ContentRecord>,
    pub(super) answers: BTreeMap<CommandId, StoredAnswer>,
    pub(super) cursors: BTreeMap<GroupId, u64>,
    /// The ends of items that were taken out, to go on counting.
    pub(super) gone: Vec<Outcome>,
    /// What was erased.
    pub(super) tombstones: Vec<Tombstone>,
    /// Events that are not known to be published, oldest first.
    pub(super) outbox: Vec<EncodedEvent>,
    /// What every committed event was about, oldest first.
    pub(super) told: Vec<(String, EventId)>,
}

/// What is remembered of a cause that took effect.
pub(super) struct Effect {
    pub(super) payload_hash: Option<[u8; 32]>,
    pub(super) answer: Option<CommandAnswer>,
    pub(super) events: Vec<EventId>,
}

impl Contents {
    /// Those of these events that are not known to be published.
    pub(super) fn unsent_of(&self, events: &[EventId]) -> Vec<EncodedEvent> {
        self.outbox.iter().filter(|event| events.contains(&event.envelope.id)).cloned().collect()
    }

    /// The record with its trail: the event it came with, then all that was committed about it or its task.
    pub(super) fn record(&self, key: &ContentKey, with_task: bool) -> Option<ContentRecord> {
        let mut record = self.records.get(key)?.clone();
        let (content, task) = (key.to_string(), TaskId::of_content(key).to_string());
        let told = self.told.iter().filter(|(about, id)| {
            (*about == content || (with_task && *about == task)) && *id != record.submitted_id
        });
        record.trail = std::iter::once(record.submitted_id).chain(told.map(|(_, id)| *id)).collect();
        Some(record)
    }

    /// All tasks, oldest first.
    pub(super) fn by_age(&self) -> Vec<&Task> {
        let mut tasks: Vec<_> = self.tasks.values().collect();
        tasks.sort_by_key(|task| (task.data.created_at, task.id));
        tasks
    }

    /// The tasks after this one, oldest first.
    pub(super) fn by_age_after(&self, after: Option<TaskId>) -> Vec<&Task> {
        let tasks = self.by_age();
        let start = after.and_then(|id| tasks.iter().position(|task| task.id == id)).map_or(0, |at| at + 1);
        tasks.into_iter().skip(start).collect()
    }
}
