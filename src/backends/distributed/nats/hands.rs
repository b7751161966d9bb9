//! What this process holds of one consumer: what was fetched and waits, and what was handed out and is not settled.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use async_nats::{Message, Subject};
use tokio::time::Instant;
use tracerail_actors::port::Receipt;

use super::headers::Delivered;
use super::notes::Noted;

/// What this process holds of one consumer, by the number in the stream.
#[derive(Debug)]
pub(super) struct Hands {
    held: HashMap<u64, Held>,
    waiting: VecDeque<u64>,
    /// The last epoch that was given. It begins with a random one, so that the receipts of two processes differ.
    epoch: u64,
    /// How many were handed out since that was last asked.
    handed: usize,
    /// The most that was asked for at once.
    pub(super) demand: usize,
    /// Nothing is handed out any more.
    pub(super) released: bool,
    /// Why nothing can be fetched, if that is known.
    pub(super) broken: Option<String>,
}

/// One delivery.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) message: Arc<Message>,
    /// Where it is answered.
    pub(super) reply: Subject,
    pub(super) delivered: Delivered,
    pub(super) noted: Noted,
    /// Under which it was handed out; `None` while it waits.
    epoch: Option<u64>,
    /// When the server last heard of it.
    signed_at: Instant,
}

/// A delivery that is handed out.
#[derive(Debug)]
pub(super) struct Handed {
    pub(super) epoch: u64,
    pub(super) message: Arc<Message>,
    pub(super) delivered: Delivered,
}

impl Hands {
    pub(super) fn new() -> Self {
        Self {
            held: HashMap::new(),
            waiting: VecDeque::new(),
            epoch: fastrand::u64(..),
            handed: 0,
            demand: 0,
            released: false,
            broken: None,
        }
    }

    /// A delivery came. One that is held already has a new life at the server, and is not handed out twice.
    pub(super) fn receive(&mut self, message: Message, reply: Subject, delivered: Delivered, now: Instant) {
        let sequence = delivered.sequence;
        if let Some(held) = self.held.get_mut(&sequence) {
            (held.reply, held.delivered, held.signed_at) = (reply, delivered, now);
            return;
        }
        let message = Arc::new(message);
        let held = Held { message, reply, delivered, noted: Noted::default(), epoch: None, signed_at: now };
        self.held.insert(sequence, held);
        self.waiting.push_back(sequence);
    }

    /// Hands out up to `max`.
    pub(super) fn hand_out(&mut self, max: usize) -> Vec<Handed> {
        self.demand = self.demand.max(max);
        let mut all = Vec::with_capacity(max.min(self.waiting.len()));
        while all.len() < max {
            let Some(sequence) = self.waiting.pop_front() else { break };
            let Some(held) = self.held.get_mut(&sequence) else { continue };
            self.epoch = self.epoch.wrapping_add(1);
            held.epoch = Some(self.epoch);
            all.push(Handed { epoch: self.epoch, message: held.message.clone(), delivered: held.delivered });
        }
        self.handed += all.len();
        all
    }

    /// What is noted about a delivery that is held.
    pub(super) fn note(&mut self, receipt: Receipt, noted: Noted) {
        if let Some(held) = self.holding(receipt) {
            held.noted = noted;
        }
    }

    /// The delivery of this receipt, if it is still held under it.
    pub(super) fn holding(&mut self, receipt: Receipt) -> Option<&mut Held> {
        self.held.get_mut(&receipt.sequence).filter(|held| held.epoch == Some(receipt.epoch))
    }

    /// Lets go of the delivery of this receipt.
    pub(super) fn let_go(&mut self, receipt: Receipt) -> Option<Held> {
        self.holding(receipt)?;
        self.held.remove(&receipt.sequence)
    }

    /// Puts a delivery that was handed out back, to be handed out again.
    pub(super) fn put_back(&mut self, sequence: u64) {
        if let Some(held) = self.held.get_mut(&sequence) {
            held.epoch = None;
            self.waiting.push_front(sequence);
        }
    }

    /// Lets go of everything.
    pub(super) fn let_go_of_all(&mut self) -> Vec<Subject> {
        self.waiting.clear();
        self.held.drain().map(|(_, held)| held.reply).collect()
    }

    /// Those of which the server has not heard for this long; it will now.
    pub(super) fn unsigned(&mut self, since: Duration, now: Instant) -> Vec<Subject> {
        let late = self.held.values_mut().filter(|held| now.duration_since(held.signed_at) >= since);
        late.map(|held| {
            held.signed_at = now;
            held.reply.clone()
        })
        .collect()
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// How many were handed out since this was last asked.
    pub(super) fn handed_since(&mut self) -> usize {
        std::mem::take(&mut self.handed)
    }
}
