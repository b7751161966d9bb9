//! What the actors count.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::port::Consumer;

/// Counts since the start of this process.
#[derive(Debug, Default)]
pub struct Meters {
    counts: [Counts; Consumer::ALL.len()],
    fired: AtomicU64,
}

/// The counts of one consumer.
#[derive(Debug, Default)]
struct Counts {
    handled: AtomicU64,
    failed: AtomicU64,
    panicked: AtomicU64,
    dead: AtomicU64,
}

/// The counts of one consumer at one moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Reading {
    /// Events handled.
    pub handled: u64,
    /// Tries that failed.
    pub failed: u64,
    /// Tries that panicked.
    pub panicked: u64,
    /// Events that became dead letters.
    pub dead: u64,
}

impl Meters {
    /// The counts of this consumer now.
    pub fn read(&self, consumer: Consumer) -> Reading {
        let counts = self.of(consumer);
        Reading {
            handled: counts.handled.load(Relaxed),
            failed: counts.failed.load(Relaxed),
            panicked: counts.panicked.load(Relaxed),
            dead: counts.dead.load(Relaxed),
        }
    }

    /// Deadlines fired and suspensions ended.
    pub fn fired(&self) -> u64 {
        self.fired.load(Relaxed)
    }

    pub(crate) fn handled(&self, consumer: Consumer) {
        self.of(consumer).handled.fetch_add(1, Relaxed);
    }

    pub(crate) fn failed(&self, consumer: Consumer) {
        self.of(consumer).failed.fetch_add(1, Relaxed);
    }

    pub(crate) fn panicked(&self, consumer: Consumer) {
        self.of(consumer).panicked.fetch_add(1, Relaxed);
    }

    pub(crate) fn dead(&self, consumer: Consumer) {
        self.of(consumer).dead.fetch_add(1, Relaxed);
    }

    pub(crate) fn add_fired(&self, count: usize) {
        self.fired.fetch_add(count as u64, Relaxed);
    }

    fn of(&self, consumer: Consumer) -> &Counts {
        let [llm, router, task, command, escalation] = &self.counts;
        match consumer {
            Consumer::Llm => llm,
            Consumer::Router => router,
            Consumer::Task => task,
            Consumer::Command => command,
            Consumer::Escalation => escalation,
        }
    }
}
