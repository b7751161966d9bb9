//! What a shard remembers for a while of tasks, each kind of it bounded: the oldest goes first.

use std::collections::{BTreeMap, VecDeque};

use tracerail_schemas::TaskId;

/// The last so many of something, by task.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Memory<T> {
    most: usize,
    kept: BTreeMap<TaskId, T>,
    order: VecDeque<TaskId>,
}

impl<T> Memory<T> {
    pub(super) fn new(most: usize) -> Self {
        Self { most, kept: BTreeMap::new(), order: VecDeque::new() }
    }

    pub(super) fn get(&self, task: TaskId) -> Option<&T> {
        self.kept.get(&task)
    }

    pub(super) fn keep(&mut self, task: TaskId, what: T) {
        if self.kept.insert(task, what).is_none() {
            self.order.push_back(task);
        }
        if self.order.len() > self.most {
            self.forget_oldest();
        }
    }

    pub(super) fn forget(&mut self, task: TaskId) -> Option<T> {
        let found = self.kept.remove(&task)?;
        self.order.retain(|it| *it != task);
        Some(found)
    }

    pub(super) fn forget_oldest(&mut self) -> bool {
        let oldest = self.order.pop_front();
        oldest.is_some_and(|task| self.kept.remove(&task).is_some())
    }

    /// All of it, the oldest first.
    pub(super) fn all(&self) -> impl Iterator<Item = (TaskId, &T)> {
        self.order.iter().filter_map(|task| Some((*task, self.kept.get(task)?)))
    }
}
