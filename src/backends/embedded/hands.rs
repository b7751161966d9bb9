//! What this process has in its hands: its ownership of the consumers, and which events it has handed out.
//!
//! The file knows a consumer's position as "everything up to `scanned` has passed, but for the `open` ones". A transaction
//! that settles deliveries writes that one row, whatever their number. What was handed out after it was written is above
//! `scanned`, so a process that dies loses nothing: whoever comes next starts at the row.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use tracerail_actors::port::Consumer;

use super::words::PerConsumer;

/// What this process has in its hands.
#[derive(Debug, Default)]
pub(super) struct Hands {
    ownership: Option<Ownership>,
    consumers: PerConsumer<Position>,
    /// The ownership was given back: this opening of the file hands out nothing any more.
    retired: bool,
}

/// The right to hand out events.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ownership {
    /// Which ownership it is, counted in the file.
    pub(super) epoch: u64,
    /// Until when nobody else can have it.
    pub(super) until: Instant,
}

/// How far a consumer is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Position {
    /// Everything up to here was handed out, has passed, or is in `returned`.
    pub(super) scanned: u64,
    /// To be handed out before anything after `scanned`: an earlier owner had them in its hands.
    pub(super) returned: BTreeSet<u64>,
    /// Handed out and not settled.
    pub(super) handed: BTreeMap<u64, Handed>,
}

/// One event that was handed out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Handed {
    /// How often a handler failed on it.
    pub(super) failures: u32,
    /// Whether it has a row in `redelivery`, which keeps it instead of the position.
    pub(super) redelivered: bool,
}

impl Hands {
    /// The ownership, while it is certain.
    pub(super) fn ownership(&self, now: Instant) -> Option<Ownership> {
        self.ownership.filter(|ownership| now < ownership.until)
    }

    /// The last known epoch, also when it may have been lost since.
    pub(super) fn epoch(&self) -> Option<u64> {
        self.ownership.map(|ownership| ownership.epoch)
    }

    pub(super) fn position(&self, consumer: Consumer) -> &Position {
        self.consumers.get(consumer)
    }

    pub(super) fn position_mut(&mut self, consumer: Consumer) -> &mut Position {
        self.consumers.get_mut(consumer)
    }

    /// The ownership was taken, or renewed. In a new one, everything begins at what the file says.
    pub(super) fn own(&mut self, ownership: Ownership, positions: PerConsumer<Position>) {
        if self.epoch() != Some(ownership.epoch) {
            self.consumers = positions;
        }
        self.ownership = Some(ownership);
    }

    /// The ownership was renewed.
    pub(super) fn renewed(&mut self, until: Instant) {
        if let Some(ownership) = &mut self.ownership {
            ownership.until = until;
        }
    }

    /// The ownership is gone, and everything that was handed out with it.
    pub(super) fn drop_all(&mut self) {
        self.ownership = None;
        self.consumers = PerConsumer::default();
    }

    /// The ownership was given back, for good.
    pub(super) fn retire(&mut self) {
        self.drop_all();
        self.retired = true;
    }

    /// Whether the ownership was given back.
    pub(super) fn retired(&self) -> bool {
        self.retired
    }

    /// These deliveries are settled.
    pub(super) fn settled(&mut self, consumer: Consumer, sequences: &[u64]) {
        let position = self.consumers.get_mut(consumer);
        for sequence in sequences {
            position.handed.remove(sequence);
        }
    }
}

impl Position {
    /// The row of the file once `settled` are settled.
    pub(super) fn row(&self, settled: &[u64]) -> (u64, Vec<u8>) {
        let settled: BTreeSet<_> = settled.iter().collect();
        let handed =
            self.handed.iter().filter(|(_, handed)| !handed.redelivered).map(|(sequence, _)| sequence);
        let open = self.returned.iter().chain(handed).filter(|sequence| !settled.contains(sequence));
        (self.scanned, open.flat_map(|sequence| sequence.to_be_bytes()).collect())
    }

    /// What a row of the file says.
    pub(super) fn from_row(scanned: u64, open: &[u8]) -> Self {
        let (sequences, _) = open.as_chunks::<8>();
        let returned = sequences.iter().map(|bytes| u64::from_be_bytes(*bytes)).collect();
        Self { scanned, returned, handed: BTreeMap::new() }
    }
}
