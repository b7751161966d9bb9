//! The tasks a shard keeps, and when it has to look at which.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use tracerail_schemas::{TaskId, Timestamp};

use super::line::OpenTask;
use crate::words::Level;

/// How many tasks wait in one shard at most: more would not fit into the payload that hands them on.
pub(crate) const OPEN_MAX: usize = 10_000;
/// And how many bytes their lines take, where names are long.
const OPEN_BYTES_MAX: usize = 1_480_000;

/// One task.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Entry {
    /// How it stands; it rings at `wake_at`, on Temporal's clock.
    pub(super) level: Level,
    /// Decisions that were signalled to this run.
    pub(super) decisions: u64,
    /// Of its line.
    bytes: usize,
}

/// All of them.
#[derive(Clone, PartialEq, Default, Debug)]
pub(super) struct Open {
    entries: BTreeMap<TaskId, Entry>,
    rings: BTreeSet<(Timestamp, TaskId)>,
    overdue: BTreeSet<TaskId>,
    bytes: usize,
}

impl Open {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn overdue(&self) -> usize {
        self.overdue.len()
    }

    pub(super) fn get(&self, task: TaskId) -> Option<&Entry> {
        self.entries.get(&task)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = OpenTask> + '_ {
        self.entries.iter().map(|(task, entry)| OpenTask { task_id: *task, level: entry.level.clone() })
    }

    /// Those after this one, in the order of their ids.
    pub(super) fn after(&self, task: Option<TaskId>) -> impl Iterator<Item = OpenTask> + '_ {
        let from = task.map_or(Bound::Unbounded, Bound::Excluded);
        let found = self.entries.range((from, Bound::Unbounded));
        found.map(|(task, entry)| OpenTask { task_id: *task, level: entry.level.clone() })
    }

    /// How many bytes all lines take.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether this one finds room, in the place of what is there of it.
    pub(super) fn has_room(&self, task: &OpenTask) -> bool {
        let there = self.entries.get(&task.task_id);
        let others = self.entries.len() - usize::from(there.is_some());
        let bytes = self.bytes - there.map_or(0, |entry| entry.bytes) + task.bytes();
        others < OPEN_MAX && bytes <= OPEN_BYTES_MAX
    }

    /// It is there and stands like this.
    pub(super) fn put(&mut self, task: OpenTask) {
        let bytes = task.bytes();
        let OpenTask { task_id, level } = task;
        let decisions = self.remove(task_id).map_or(0, |entry| entry.decisions);
        self.rings.extend(level.wake_at.map(|at| (at, task_id)));
        self.bytes += bytes;
        self.entries.insert(task_id, Entry { level, decisions, bytes });
    }

    pub(super) fn remove(&mut self, task: TaskId) -> Option<Entry> {
        let entry = self.entries.remove(&task)?;
        self.bytes -= entry.bytes;
        if let Some(at) = entry.level.wake_at {
            self.rings.remove(&(at, task));
        }
        self.overdue.remove(&task);
        Some(entry)
    }

    /// Its deadline has passed long ago, and nobody has fired it.
    pub(super) fn note_overdue(&mut self, task: TaskId) {
        self.overdue.insert(task);
    }

    pub(super) fn is_overdue(&self, task: TaskId) -> bool {
        self.overdue.contains(&task)
    }

    /// It rings then, or never.
    pub(super) fn ring(&mut self, task: TaskId, at: Option<Timestamp>) {
        let Some(entry) = self.entries.get_mut(&task) else { return };
        if let Some(was) = std::mem::replace(&mut entry.level.wake_at, at) {
            self.rings.remove(&(was, task));
        }
        self.rings.extend(at.map(|at| (at, task)));
    }

    /// A decision about it was signalled.
    pub(super) fn decided(&mut self, task: TaskId) {
        if let Some(entry) = self.entries.get_mut(&task) {
            entry.decisions += 1;
        }
    }

    /// When the first of them rings.
    pub(super) fn rings_at(&self) -> Option<Timestamp> {
        self.rings.first().map(|(at, _)| *at)
    }

    /// Those that ring now, the earliest first.
    pub(super) fn ringing(&self, now: Timestamp) -> impl Iterator<Item = TaskId> + '_ {
        self.rings.iter().take_while(move |(at, _)| *at <= now).map(|(_, task)| *task)
    }
}
