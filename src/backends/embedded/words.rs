//! How the closed sets of words, ids and numbers stand in columns.

use tracerail_actors::port::Consumer;
use tracerail_schemas::Timestamp;
use tracerail_schemas::content::Outcome;
use tracerail_schemas::dead_letter::DeadLetterStatus;
use tracerail_schemas::task::{Priority, SlaState, Status};
use uuid::Uuid;

use super::failure::Failure;

/// A word of a closed set, as a column holds it.
pub(super) trait Word: Sized + Copy + 'static {
    /// What the set is called in an error.
    const SET: &'static str;
    /// The whole set.
    fn all() -> &'static [Self];
    /// The word.
    fn word(self) -> &'static str;

    /// Reads a column.
    fn read(text: &str) -> Result<Self, Failure> {
        Self::all()
            .iter()
            .copied()
            .find(|word| word.word() == text)
            .ok_or_else(|| Failure::Word { what: Self::SET, found: text.chars().take(60).collect() })
    }
}

macro_rules! word {
    ($type:ty, $set:literal, $all:expr) => {
        impl Word for $type {
            const SET: &'static str = $set;

            fn all() -> &'static [Self] {
                &$all
            }

            fn word(self) -> &'static str {
                self.as_str()
            }
        }
    };
}

word!(Status, "status", Status::ALL);
word!(Priority, "priority", Priority::ALL);
word!(Outcome, "outcome", Outcome::ALL);
word!(DeadLetterStatus, "dead-letter status", [Self::Held, Self::Replayed]);

impl Word for SlaState {
    const SET: &'static str = "SLA state";

    fn all() -> &'static [Self] {
        &Self::ALL
    }

    fn word(self) -> &'static str {
        self.as_str()
    }
}

/// One of something for each consumer.
#[derive(Debug, Default)]
pub(super) struct PerConsumer<T>([T; Consumer::ALL.len()]);

impl<T> PerConsumer<T> {
    pub(super) fn get(&self, consumer: Consumer) -> &T {
        let [llm, router, task, command, escalation] = &self.0;
        match consumer {
            Consumer::Llm => llm,
            Consumer::Router => router,
            Consumer::Task => task,
            Consumer::Command => command,
            Consumer::Escalation => escalation,
        }
    }

    pub(super) fn get_mut(&mut self, consumer: Consumer) -> &mut T {
        let [llm, router, task, command, escalation] = &mut self.0;
        match consumer {
            Consumer::Llm => llm,
            Consumer::Router => router,
            Consumer::Task => task,
            Consumer::Command => command,
            Consumer::Escalation => escalation,
        }
    }
}

/// A sequence, version or number as SQLite's signed integer.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The same, back.
pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// A count that a caller limits, as SQLite's `LIMIT`.
pub(super) fn limit(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// An instant of a column.
pub(super) fn instant(micros: Option<i64>) -> Option<Timestamp> {
    micros.map(Timestamp::from_micros)
}

/// An id of a column.
pub(super) fn id(bytes: &[u8]) -> Result<Uuid, Failure> {
    Uuid::from_slice(bytes).map_err(|_| Failure::Word { what: "id", found: format!("{} bytes", bytes.len()) })
}
