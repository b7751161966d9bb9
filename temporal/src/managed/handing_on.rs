//! What a run of a shard hands on to the next: everything that it keeps, well within what Temporal takes as one payload (2 MiB).

use serde::{Deserialize, Serialize};
use tracerail_schemas::TaskId;

use super::line::OpenTask;
use super::shard::Shard;
use super::words::{Asked, Begun, Closed, Counts};
use crate::limits::bytes;
use crate::words::Refused;

/// All of it, with some room for what stands around it.
const CARRIED_BYTES_MAX: usize = 1_950_000;
/// Of that: the ends that it remembers, and what was refused; the latest first.
const ENDED_BYTES_MAX: usize = 100_000;
const REFUSED_BYTES_MAX: usize = 100_000;

/// What is handed on.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Carried {
    open: Vec<OpenTask>,
    ended: Vec<Closed>,
    refused: Vec<(TaskId, Refused)>,
    pending: Vec<Asked>,
    numbered: u64,
    counts: Counts,
}

impl Shard {
    /// Whether a later run could go on from here.
    pub fn can_be_handed_on(&self) -> bool {
        self.queue.bytes() <= self.room_for_pending()
    }

    /// How many bytes that TraceRail has not answered can be handed on.
    pub(super) fn room_for_pending(&self) -> usize {
        CARRIED_BYTES_MAX.saturating_sub(self.open.bytes() + ENDED_BYTES_MAX + REFUSED_BYTES_MAX)
    }

    /// The same for a later run.
    pub fn handed_on(&self) -> Begun {
        let ended = latest(self.ended.all().map(|(_, closed)| closed.clone()).collect(), ENDED_BYTES_MAX);
        let refused = self.refused.all().map(|(task, refused)| (task, refused.clone())).collect();
        let refused = latest(refused, REFUSED_BYTES_MAX);
        let pending = self.queue.all().map(|(number, it)| Asked { number, pending: it.clone() }).collect();
        let mut counts = self.counts.clone();
        counts.runs += 1;
        let (shard, shards, numbered) = (counts.shard, counts.shards, self.numbered);
        let open = self.open.all().collect();
        let history_max = self.history_max;
        Begun {
            shard,
            shards,
            history_max,
            carried: Some(Carried { open, ended, refused, pending, numbered, counts }),
        }
    }

    pub(super) fn take_over(&mut self, carried: Carried) {
        let Carried { open, ended, refused, pending, numbered, counts } = carried;
        for OpenTask { task_id, level } in open {
            self.open.put(OpenTask { task_id, level });
        }
        for closed in ended {
            self.ended.keep(closed.task.task_id, closed);
        }
        for (task, refused) in refused {
            self.refused.keep(task, refused);
        }
        for Asked { number, pending } in pending {
            self.queue.push(number, pending);
        }
        self.numbered = numbered;
        self.counts = counts;
    }
}

/// The last of these that take no more than so many bytes, in their order.
fn latest<T: Serialize>(mut all: Vec<T>, bytes_max: usize) -> Vec<T> {
    let mut room = bytes_max;
    let kept = all.iter().rev().take_while(|it| {
        let bytes = bytes(it) + ",".len();
        let fits = bytes <= room;
        room = room.saturating_sub(bytes);
        fits
    });
    let kept = kept.count();
    all.split_off(all.len() - kept)
}
