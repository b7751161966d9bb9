//! What a shard has been signalled and TraceRail has not answered yet, in the order it came.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tracerail_schemas::{TaskId, Timestamp};

use super::words::{Asked, CreateTask};
use crate::limits::bytes;
use crate::words::HumanDecision;

/// How much may wait for TraceRail's answer at once; beyond it, it is refused.
pub(crate) const PENDING_MAX: usize = 10_000;
/// What stands around each where it is handed on: its number, and when it is asked again.
const AROUND_BYTES: usize = 80;
/// How much goes to TraceRail at once.
pub(crate) const BATCH: usize = 500;
const BATCH_BYTES: usize = 512 << 10;
/// When something TraceRail could not answer is asked again.
const AGAIN_AFTER: Duration = Duration::from_secs(10);
/// While TraceRail answers nothing, one question at a time is asked, at these intervals: each makes the history longer.
const PROBES_EVERY: (Duration, Duration) = (Duration::from_secs(10), Duration::from_mins(1));

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
    silence: Option<Silence>,
}

/// TraceRail answers nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Silence {
    asks_at: Timestamp,
    then_after: Duration,
}

impl Queue {
    /// Whether one more of this length is too much. While TraceRail answers nothing, there is only as much room as a later run can be
    /// handed.
    pub(super) fn is_full(&self, more: usize, room: usize) -> bool {
        let is_too_long = self.silence.is_some() && self.bytes + more + AROUND_BYTES > room;
        self.waiting.len() >= PENDING_MAX || is_too_long
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn push(&mut self, number: u64, pending: Pending) {
        let bytes = bytes(&pending) + AROUND_BYTES;
        self.bytes += bytes;
        self.waiting.insert(number, (pending, bytes));
    }

    pub(super) fn take(&mut self, number: u64) -> Option<Pending> {
        let (pending, bytes) = self.waiting.remove(&number)?;
        self.bytes -= bytes;
        Some(pending)
    }

    /// Whether any of what was asked was answered.
    pub(super) fn is_heard(&mut self, any: bool, now: Timestamp) {
        let (first, longest) = PROBES_EVERY;
        let after = self.silence.map_or(first, |it| it.then_after);
        let silence = Silence { asks_at: now.plus(after), then_after: (after * 2).min(longest) };
        self.silence = (!any).then_some(silence);
    }

    /// It is asked again, later.
    pub(super) fn later(&mut self, number: u64, now: Timestamp) {
        // Where nobody answers, the silence says when; and this says how long ago this one was asked.
        let at = if self.silence.is_some() { now } else { now.plus(AGAIN_AFTER) };
        if let Some((pending, _)) = self.waiting.get_mut(&number) {
            pending.not_before = Some(at);
        }
    }

    /// When the first of it can be asked; nothing, when there is none.
    pub(super) fn ready_at(&self) -> Option<Timestamp> {
        let mut first: Option<Timestamp> = None;
        let mut tasks = BTreeSet::new();
        for (pending, _) in self.waiting.values() {
            // What follows another one about its task waits for that.
            if tasks.insert(pending.task_id) {
                let Some(at) = pending.not_before else { return Some(self.not_before()) };
                first = Some(first.map_or(at, |first| first.min(at)));
            }
        }
        first.map(|at| at.max(self.not_before()))
    }

    fn not_before(&self) -> Timestamp {
        self.silence.map_or(Timestamp::from_micros(0), |it| it.asks_at)
    }

    /// What is asked now: the first that can be, and what follows it and is of its kind. What is about a task waits for what was signalled
    /// about it before; a decision about a task that is being made, until it is there.
    pub(super) fn batch(&self, now: Timestamp) -> Vec<Asked> {
        if let Some(silence) = self.silence {
            return if silence.asks_at <= now { self.probe(now).into_iter().collect() } else { Vec::new() };
        }
        let mut batch: Vec<Asked> = Vec::new();
        let (mut room, mut held) = (BATCH_BYTES, BTreeSet::new());
        for (number, (pending, bytes)) in &self.waiting {
            if held.contains(&pending.task_id) || pending.not_before.is_some_and(|at| at > now) {
                held.insert(pending.task_id);
                continue;
            }
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

    /// The one that was asked longest ago: it may be only some that get no answer.
    fn probe(&self, now: Timestamp) -> Option<Asked> {
        let mut tasks = BTreeSet::new();
        let first = self.waiting.iter().filter(|(_, (pending, _))| tasks.insert(pending.task_id));
        let ready = first.filter(|(_, (pending, _))| pending.not_before.is_none_or(|at| at <= now));
        let (number, (pending, _)) = ready.min_by_key(|(_, (pending, _))| pending.not_before)?;
        Some(Asked { number: *number, pending: pending.clone() })
    }

    pub(super) fn of(&self, task: TaskId) -> usize {
        self.waiting.values().filter(|(pending, _)| pending.task_id == task).count()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (u64, &Pending)> {
        self.waiting.iter().map(|(number, (pending, _))| (*number, pending))
    }
}
