//! The event log: durable, in order, read by durable consumers.

use std::time::Duration;

use async_trait::async_trait;
use tracerail_schemas::dead_letter::{DeadLetter, DeadLetterStatus};
use tracerail_schemas::intake::IntakePause;
use tracerail_schemas::task::CommandKind;
use tracerail_schemas::{Code, EncodedEvent, Envelope, EventId, Subject};

use super::backlog::Backlog;
use super::error::PortError;
use super::position::{Position, Published};

/// Who reads the log: one of the actors. The position of each is durable.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Consumer {
    /// Analyses content.
    Llm,
    /// Routes it.
    Router,
    /// Makes tasks.
    Task,
    /// Answers the commands that come over the bus.
    Command,
    /// Escalates.
    Escalation,
}

/// An event handed to a consumer.
#[derive(Clone, PartialEq, Debug)]
pub struct Delivery {
    /// What to acknowledge it with.
    pub receipt: Receipt,
    /// How often it was handed out because a handler failed on it; 0 at first. Deliveries after a crash or because
    /// something the handler needs was away do not count.
    pub failures: u32,
    /// Its attributes.
    pub envelope: Envelope,
    /// Its body, as it was published.
    pub data: Vec<u8>,
}

/// What a delivery is acknowledged with. Only the log that made it can read it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Receipt {
    /// Whose delivery it is.
    pub consumer: Consumer,
    /// Which event of the log.
    pub sequence: u64,
    /// Which ownership of the consumer it belongs to: a receipt of an earlier one is refused.
    pub epoch: u64,
}

/// How a delivery is given back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Nak {
    /// When it may be handed out again.
    pub after: Duration,
    /// Why, if a handler failed on it; this counts. `None` when something the handler needs was away.
    pub failure: Option<String>,
}

/// Why a delivery becomes a dead letter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Giveup {
    /// The stable code.
    pub code: Code,
    /// What went wrong, in words.
    pub cause: String,
}

/// An event as it stands in the log.
#[derive(Clone, PartialEq, Debug)]
pub struct LoggedEvent {
    /// Where it stands: reading on from here meets what comes after it. There may be gaps.
    pub position: Position,
    /// The event.
    pub event: EncodedEvent,
}

/// Which dead letters to list.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct DeadLetterFilter {
    /// Only of this consumer.
    pub consumer: Option<Consumer>,
    /// Only with this status.
    pub status: Option<DeadLetterStatus>,
    /// Only after this number.
    pub after: u64,
    /// At most this many.
    pub limit: usize,
}

/// The event log.
///
/// Obligations, each with a test in `conformance::event_log`:
/// - `publish` returns when the events would survive a crash of the process and of the machine; an event that was published
///   before, under the same id, is not added again.
/// - Every event of a consumer's subjects is handed to it at least once, until it is acknowledged, given up, or dead;
///   a crash of the process hands out again what was not acknowledged.
/// - `ack` is durable when it returns; a receipt of an earlier ownership is refused with a conflict and changes nothing.
/// - A delivery given back is handed out again after its delay, and not before; other deliveries pass it.
/// - Where the log is a file, one process at a time is handed a consumer's events. The others get none; they take over when it
///   releases them, or some seconds after it has died. A process that lost them cannot acknowledge any more.
/// - A dead letter keeps the original bytes and can be replayed: its actor then gets the event again, with no failures.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// Adds events: those of committed batches, or content that comes in from outside. The answer says where they are, for
    /// `Store::sent`; a log that is also the store may leave it empty.
    async fn publish(&self, events: Vec<EncodedEvent>) -> Result<Vec<Published>, PortError>;

    /// Adds bytes that somebody published on a subject, whatever they are. What cannot be read becomes a dead letter of
    /// the consumer of that subject.
    async fn publish_raw(&self, subject: Subject, data: Vec<u8>) -> Result<EventId, PortError>;

    /// Hands out up to `max` events that are due for this consumer; waits up to `wait` for the first. No event is handed out
    /// again while it is being handled.
    async fn pull(&self, consumer: Consumer, max: usize, wait: Duration) -> Result<Vec<Delivery>, PortError>;

    /// This delivery is done. Use it only where nothing was committed: a commit takes the receipt along.
    async fn ack(&self, receipt: Receipt) -> Result<(), PortError>;

    /// This delivery is given back.
    async fn nak(&self, receipt: Receipt, nak: Nak) -> Result<(), PortError>;

    /// This delivery becomes a dead letter, status `held`.
    async fn give_up(&self, receipt: Receipt, why: Giveup) -> Result<(), PortError>;

    /// This process pulls no more: what it was handed and has not acknowledged may go to others at once.
    async fn release(&self) -> Result<(), PortError>;

    /// The events after `after`, of these subjects (all, when there are none), at most `limit`: those of one stream in its order,
    /// oldest first.
    async fn read(
        &self,
        after: &Position,
        subjects: &[Subject],
        limit: usize,
    ) -> Result<Vec<LoggedEvent>, PortError>;

    /// The events about this content item and its task, oldest first; those the log no longer has are left out.
    async fn trail(&self, about: &tracerail_schemas::ContentKey) -> Result<Vec<LoggedEvent>, PortError>;

    /// After the newest event of each stream.
    async fn head(&self) -> Result<Position, PortError>;

    /// How many events this consumer has still to handle.
    async fn lag(&self, consumer: Consumer) -> Result<u64, PortError>;

    /// The same in detail, for people who ask why. A log that knows no more says only how many.
    async fn backlog(&self, consumer: Consumer) -> Result<Backlog, PortError>;

    /// Dead letters, oldest first.
    async fn dead_letters(&self, filter: DeadLetterFilter) -> Result<Vec<DeadLetter>, PortError>;

    /// Hands a dead letter to its actor again. `false` when there is none with this number or it was replayed before.
    async fn replay(&self, number: u64) -> Result<bool, PortError>;

    /// Whether intake stands still, for every process on this log.
    async fn intake_pause(&self) -> Result<Option<IntakePause>, PortError>;

    /// Lets intake stand still, or go on. It survives a crash when it returns.
    async fn set_intake_pause(&self, pause: Option<IntakePause>) -> Result<(), PortError>;
}

impl Consumer {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Llm, Self::Router, Self::Task, Self::Command, Self::Escalation];

    /// The actor's name: in configuration, metrics, dead-letter subjects.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Llm => "llm",
            Self::Router => "router",
            Self::Task => "task",
            Self::Command => "command",
            Self::Escalation => "escalation",
        }
    }

    /// What it reads.
    pub const fn subjects(self) -> &'static [Subject] {
        match self {
            Self::Llm => &[Subject::ContentSubmitted],
            Self::Router => &[Subject::ContentAnalyzed],
            Self::Task => &[Subject::ContentRouted],
            Self::Command => CommandKind::SUBJECTS,
            Self::Escalation => &[Subject::SlaBreached, Subject::TaskEscalationRequested],
        }
    }

    /// The consumer of this subject, if it has one.
    pub fn of(subject: Subject) -> Option<Self> {
        Self::ALL.into_iter().find(|consumer| consumer.subjects().contains(&subject))
    }

    /// The consumer of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|consumer| consumer.as_str() == name)
    }
}

impl std::fmt::Display for Consumer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}
