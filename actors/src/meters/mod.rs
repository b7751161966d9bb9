//! What the actors count: the numbers behind the metrics, without a word about who reads them.
//!
//! Promises: counting costs a few additions, allocates nothing and never waits; what is counted is counted since the start of this
//! process. A reader sees each number whole, and two numbers perhaps at two moments.
//!
//! Deliberately absent: names of metrics and their formats. Those are the edge's.

mod call;
mod histogram;
mod watched;

pub use call::{Call, CallReading};
pub use histogram::{BOUNDS_US, Durations};
pub(crate) use watched::watch;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::port::Consumer;
use call::CallCounts;
use histogram::Histogram;

/// Counts since the start of this process.
#[derive(Debug)]
pub struct Meters {
    since: Instant,
    counts: [Counts; Consumer::ALL.len()],
    calls: [CallCounts; Call::ALL.len()],
    commands: [AtomicU64; Answered::ALL.len()],
    command_took: Histogram,
    fired: AtomicU64,
    breach_late: Histogram,
    beat_us: AtomicU64,
    stopping: AtomicBool,
    intake_stands_still: AtomicBool,
    alerts: AtomicU64,
}

/// The counts of one consumer.
#[derive(Debug, Default)]
struct Counts {
    handled: AtomicU64,
    failed: AtomicU64,
    panicked: AtomicU64,
    retried: AtomicU64,
    dead: AtomicU64,
    in_flight: AtomicU64,
    paused: AtomicBool,
    took: Histogram,
}

/// The counts of one consumer at one moment.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reading {
    /// Events handled.
    pub handled: u64,
    /// Tries that failed, and count against the event.
    pub failed: u64,
    /// Tries that panicked; they count among the failed ones, too.
    pub panicked: u64,
    /// Events given back to come again, for whatever reason.
    pub retried: u64,
    /// Events that became dead letters.
    pub dead: u64,
    /// Events being handled at this moment.
    pub in_flight: u64,
    /// Whether pulling pauses because something the actor needs is away.
    pub paused: bool,
    /// How long the handler took, whatever came of it.
    pub took: Durations,
}

/// How a command was answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answered {
    /// It took effect, now or before.
    Done,
    /// It was refused.
    Refused,
    /// There was no answer.
    Failed,
}

impl Answered {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Done, Self::Refused, Self::Failed];

    /// The name in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

impl Default for Meters {
    fn default() -> Self {
        Self {
            since: Instant::now(),
            counts: Default::default(),
            calls: std::array::from_fn(|_| CallCounts::default()),
            commands: Default::default(),
            command_took: Histogram::default(),
            fired: AtomicU64::default(),
            breach_late: Histogram::default(),
            beat_us: AtomicU64::default(),
            stopping: AtomicBool::default(),
            intake_stands_still: AtomicBool::default(),
            alerts: AtomicU64::default(),
        }
    }
}

impl Meters {
    /// The counts of this consumer now.
    pub fn read(&self, consumer: Consumer) -> Reading {
        let counts = self.of(consumer);
        Reading {
            handled: counts.handled.load(Relaxed),
            failed: counts.failed.load(Relaxed),
            panicked: counts.panicked.load(Relaxed),
            retried: counts.retried.load(Relaxed),
            dead: counts.dead.load(Relaxed),
            in_flight: counts.in_flight.load(Relaxed),
            paused: counts.paused.load(Relaxed),
            took: counts.took.read(),
        }
    }

    /// Deadlines fired and suspensions ended.
    pub fn fired(&self) -> u64 {
        self.fired.load(Relaxed)
    }

    /// How long after its deadline each breach was recorded; their number is the number of breaches.
    pub fn breach_late(&self) -> Durations {
        self.breach_late.read()
    }

    /// Commands that were answered like this.
    pub fn commands(&self, answered: Answered) -> u64 {
        self.commands_of(answered).load(Relaxed)
    }

    /// How long commands took to be answered.
    pub fn command_took(&self) -> Durations {
        self.command_took.read()
    }

    /// The calls of store and log that were made at least once.
    pub fn calls(&self) -> impl Iterator<Item = CallReading> + '_ {
        Call::ALL.into_iter().zip(&self.calls).filter_map(|(call, counts)| counts.read(call))
    }

    /// How long the actors' thread has not said that it lives. It says so several times a second.
    pub fn silent_for(&self) -> Duration {
        self.since.elapsed().saturating_sub(Duration::from_micros(self.beat_us.load(Relaxed)))
    }

    /// How many warnings stand in this process.
    pub fn alerts(&self) -> u64 {
        self.alerts.load(Relaxed)
    }

    /// So many warnings stand.
    pub fn set_alerts(&self, count: usize) {
        self.alerts.store(count as u64, Relaxed);
    }

    /// Whether this process was told to take nothing in.
    pub fn intake_paused(&self) -> bool {
        self.intake_stands_still.load(Relaxed)
    }

    /// Whether the actors were told to stop.
    pub fn stopping(&self) -> bool {
        self.stopping.load(Relaxed)
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

    pub(crate) fn retried(&self, consumer: Consumer) {
        self.of(consumer).retried.fetch_add(1, Relaxed);
    }

    pub(crate) fn dead(&self, consumer: Consumer) {
        self.of(consumer).dead.fetch_add(1, Relaxed);
    }

    pub(crate) fn begun(&self, consumer: Consumer) {
        self.of(consumer).in_flight.fetch_add(1, Relaxed);
    }

    pub(crate) fn ended(&self, consumer: Consumer, took: Duration) {
        let counts = self.of(consumer);
        counts.in_flight.fetch_sub(1, Relaxed);
        counts.took.add(took);
    }

    pub(crate) fn paused(&self, consumer: Consumer, paused: bool) {
        self.of(consumer).paused.store(paused, Relaxed);
    }

    pub(crate) fn intake_stands_still(&self, still: bool) {
        self.intake_stands_still.store(still, Relaxed);
    }

    pub(crate) fn answered(&self, answered: Answered, took: Duration) {
        self.commands_of(answered).fetch_add(1, Relaxed);
        self.command_took.add(took);
    }

    pub(crate) fn add_fired(&self, count: usize) {
        self.fired.fetch_add(count as u64, Relaxed);
    }

    pub(crate) fn breached(&self, late: Duration) {
        self.breach_late.add(late);
    }

    pub(crate) fn called(&self, call: Call, took: Duration, failed: bool) {
        if let Some(counts) = self.calls.get(call as usize) {
            counts.add(took, failed);
        }
    }

    pub(crate) fn beat(&self) {
        self.beat_us.store(u64::try_from(self.since.elapsed().as_micros()).unwrap_or(u64::MAX), Relaxed);
    }

    pub(crate) fn stop(&self) {
        self.stopping.store(true, Relaxed);
    }

    fn commands_of(&self, answered: Answered) -> &AtomicU64 {
        let [done, refused, failed] = &self.commands;
        match answered {
            Answered::Done => done,
            Answered::Refused => refused,
            Answered::Failed => failed,
        }
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
