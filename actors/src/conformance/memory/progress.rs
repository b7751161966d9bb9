//! How far one consumer is: where each event of its subjects stands.

use std::collections::BTreeMap;
use std::time::Duration;

use tracerail_schemas::Timestamp;

use super::defect::Defect;
use super::place::{InstanceId, Place};
use crate::port::{Nak, Receipt};

/// Where one event stands with one consumer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Standing {
    /// It is to be handed out, not before this time.
    Waiting { failures: u32, not_before: Option<Timestamp> },
    /// It was handed out, under this epoch, to this instance.
    InFlight { failures: u32, holder: InstanceId, epoch: u64 },
    /// It is done: acknowledged or dead.
    Done,
}

/// Where each event of its subjects stands with one consumer, by sequence.
#[derive(Default, Debug)]
pub(super) struct Progress {
    standings: BTreeMap<u64, Standing>,
}

impl Progress {
    /// This event is to be handed out, for the first time or again, with no failures.
    pub(super) fn add(&mut self, sequence: u64) {
        self.standings.insert(sequence, Standing::Waiting { failures: 0, not_before: None });
    }

    /// Marks what is handed out now: sequence, failures so far and epoch of each.
    pub(super) fn hand_out(
        &mut self,
        place: &Place,
        holder: InstanceId,
        max: usize,
        epochs: &mut u64,
    ) -> Vec<(u64, u32, u64)> {
        let now = place.now();
        let mut handed = Vec::new();
        for (&sequence, standing) in &mut self.standings {
            let failures = match *standing {
                Standing::Waiting { failures, not_before } if not_before.is_none_or(|at| at <= now) => {
                    failures
                }
                Standing::Waiting { .. } if place.is(Defect::StopsAtDelays) => break,
                Standing::InFlight { failures, .. } if place.is(Defect::HandsOutTwice) => failures,
                Standing::Waiting { .. } | Standing::InFlight { .. } | Standing::Done => continue,
            };
            if handed.len() == max {
                break;
            }
            *epochs += 1;
            handed.push((sequence, failures, *epochs));
            *standing = if place.is(Defect::AcksOnPull) {
                Standing::Done
            } else {
                Standing::InFlight { failures, holder, epoch: *epochs }
            };
        }
        handed
    }

    /// The failures of a delivery that this receipt may speak for, and the receipt's event marked as done.
    pub(super) fn settle(&mut self, place: &Place, holder: InstanceId, receipt: Receipt) -> Option<u32> {
        let standing = self.standings.get_mut(&receipt.sequence)?;
        let failures = match *standing {
            Standing::InFlight { failures, holder: its, epoch }
                if (its, epoch) == (holder, receipt.epoch) =>
            {
                failures
            }
            Standing::InFlight { failures, .. } | Standing::Waiting { failures, .. }
                if place.is(Defect::TakesStaleReceipts) =>
            {
                failures
            }
            Standing::Done if place.is(Defect::AcksOnPull) => 0,
            Standing::InFlight { .. } | Standing::Waiting { .. } | Standing::Done => return None,
        };
        *standing = Standing::Done;
        Some(failures)
    }

    /// Puts a settled delivery back.
    pub(super) fn put_back(&mut self, place: &Place, sequence: u64, failures: u32, nak: &Nak) {
        let after = if place.is(Defect::IgnoresDelays) { Duration::ZERO } else { nak.after };
        let counts = nak.failure.is_some() || place.is(Defect::CountsEveryNak);
        let standing = Standing::Waiting {
            failures: failures + u32::from(counts),
            not_before: Some(place.now().plus(after)),
        };
        self.standings.insert(sequence, standing);
    }

    /// Gives back what this instance holds; that is nobody's failure.
    pub(super) fn give_back(&mut self, gone: InstanceId, place: &Place) {
        for standing in self.standings.values_mut() {
            if matches!(standing, Standing::Done) && place.is(Defect::LosesAcks) {
                *standing = Standing::Waiting { failures: 0, not_before: None };
            }
            if let Standing::InFlight { failures, holder, .. } = *standing
                && holder == gone
            {
                let failures = failures + u32::from(place.is(Defect::CountsCrashes));
                *standing = Standing::Waiting { failures, not_before: None };
            }
        }
    }

    /// Whether this event is still to be handled.
    pub(super) fn is_open(&self, sequence: u64) -> bool {
        self.standings.get(&sequence).is_some_and(|standing| !matches!(standing, Standing::Done))
    }

    /// How many events are still to be handled.
    pub(super) fn lag(&self, place: &Place) -> u64 {
        let to_do = self.standings.values().filter(|standing| match standing {
            Standing::Waiting { .. } => true,
            Standing::InFlight { .. } => !place.is(Defect::CountsOnlyWaiting),
            Standing::Done => false,
        });
        to_do.count() as u64
    }
}
