//! What a shard has been signalled and TraceRail has not answered yet, in the order it came.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tracerail_schemas::{TaskId, Timestamp};

use super::words::{Asked, CreateTask};
use crate::limits::bytes;
use crate::words::HumanDecision;

/// How much may wait for TraceRail's answer at once; beyond it, it is refused.
pub(crate) const PENDING_MAX: usize = 10_000;
/// How much goes to TraceRail at once.
pub(crate) const BATCH: usize = 500;
const BATCH_BYTES: usize = 512 << 10;
/// When something TraceRail could not answer is asked again.
const AGAIN_AFTER: Duration = Duration::from_secs(10);

/// Something signalled.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Pending {
    /// The run it was signalled to: with the number it makes the id of the command, so that a repetition is the same command.
    pub run_id: String,
    /// The task it is about.
    pub task_id: TaskId,
    /// Not to be asked before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// What is asked.
    pub work: Work,
}

/// What can be asked.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// A new task.
    Create(Box<CreateTask>),
    /// A decision.
    Decide(Box<HumanDecision>),
}

/// All of it, by number.
#[derive(Clone, PartialEq, Default, Debug)]
pub(super) struct Queue {
    waiting: BTreeMap<u64, (Pending, usize)>,
    bytes: usize,
}

impl Queue {
    pub(super) fn is_full(&self) -> bool {
        self.waiting.len() >= PENDING_MAX
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn push(&mut self, number: u64, pending: Pending) {
        let bytes = bytes(&pending);
        self.bytes += bytes;
        self.waiting.insert(number, (pending, bytes));
    }

    pub(super) fn take(&mut self, number: u64) -> Option<Pending> {
        let (pending, bytes) = self.waiting.remove(&number)?;
        self.bytes -= bytes;
        Some(pending)
    }

    /// It is asked again, later.
    pub(super) fn later(&mut self, number: u64, now: Timestamp) {
        if let Some((pending, _)) = self.waiting.get_mut(&number) {
            pending.not_before = Some(now.plus(AGAIN_AFTER));
        }
    }

    /// When the first of it can be asked; nothing, when there is none.
    pub(super) fn ready_at(&self) -> Option<Timestamp> {
        let at = |pending: &Pending| pending.not_before.unwrap_or(Timestamp::from_micros(0));
        self.waiting.values().map(|(pending, _)| at(pending)).min()
    }

    /// What is asked now: the first that can be, and what follows it and is of its kind. A decision about a task that is being made
    /// waits until it is there.
    pub(super) fn batch(&self, now: Timestamp) -> Vec<Asked> {
        let ready = |pending: &Pending| pending.not_before.is_none_or(|at| at <= now);
        let mut room = BATCH_BYTES;
        let mut batch: Vec<Asked> = Vec::new();
        for (number, (pending, bytes)) in self.waiting.iter().filter(|(_, (pending, _))| ready(pending)) {
            let creates = |work: &Work| matches!(work, Work::Create(_));
            let first = batch.first().map_or(&pending.work, |asked| &asked.pending.work);
            let fits = batch.is_empty() || *bytes <= room;
            if batch.len() >= BATCH || !fits || creates(first) != creates(&pending.work) {
                break;
            }
            room = room.saturating_sub(*bytes);
            batch.push(Asked { number: *number, pending: pending.clone() });
        }
        batch
    }

    pub(super) fn of(&self, task: TaskId) -> usize {
        self.waiting.values().filter(|(pending, _)| pending.task_id == task).count()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (u64, &Pending)> {
        self.waiting.iter().map(|(number, (pending, _))| (*number, pending))
    }
}
