//! Looking after what is kept: what ended long ago goes, and what is personal.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tracerail_schemas::hash::hex;
use tracerail_schemas::{ContentKey, PersonId, Timestamp};

use super::error::PortError;

/// Looking after what store and log keep, beside whatever processes work on them.
///
/// Obligations, each with a test in `conformance::upkeep`:
/// - `retain` takes out an item that ended before its limit as a whole: its record, its task, the answers to its commands. What is open,
///   ended later or has still to be read by an actor stays whole. With `dry` nothing changes, and the counts are the same.
/// - What a log apart from the store still tells of stays, whatever `retain` is asked: made again from it, it would stand in the way of
///   what has come since under its name.
/// - What was counted since the store began stays counted; tasks by status are those that are there.
/// - `erase` refuses while the person has open tasks or the item is open, and then changes nothing.
/// - After it, what was to be erased is in no record, no list, no answer and no event; every event keeps its id, subject, time and cause,
///   every task its version, and the chain of hashes that its events are is whole.
/// - A tombstone says what was erased, by whom and why (as a hash). Doing it again finds nothing, and leaves no second tombstone.
#[async_trait]
pub trait Upkeep: Send + Sync {
    /// Takes out what ended longer ago than this; with `dry`, only counts it. `tell` hears how many were looked at.
    async fn retain(&self, older_than: Duration, dry: bool, tell: Heard<'_>) -> Result<Removed, PortError>;

    /// How long what has ended is kept at the least, whatever `retain` is asked; `None` is for ever.
    async fn kept_at_least(&self) -> Result<Option<Duration>, PortError>;

    /// Takes out a person or what an item says, and leaves what happened. `tell` hears how many places were looked at. What was
    /// interrupted is finished by doing it again.
    async fn erase(&self, erasure: Erasure, tell: Heard<'_>) -> Result<Erasing, PortError>;

    /// What was erased, oldest first.
    async fn tombstones(&self) -> Result<Vec<Tombstone>, PortError>;
}

/// Who hears how far it is.
pub type Heard<'a> = &'a (dyn Fn(u64) + Send + Sync);

/// What came of asking to erase.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Erasing {
    /// It is done, or counted.
    Done(Erased),
    /// The person has so many open tasks: nothing was done.
    HasTasks(u64),
    /// The item is still open: nothing was done.
    IsOpen,
    /// There is no such item.
    Unknown,
}

/// What is taken out of a store because it ended long ago.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Removed {
    /// Items, each with its record and its text.
    pub items: u64,
    /// Tasks.
    pub tasks: u64,
    /// Events.
    pub events: u64,
    /// Answers to commands, and what else was remembered so that it would not be done twice.
    pub answers: u64,
    /// Dead letters that were handed out again.
    pub dead_letters: u64,
}

impl Removed {
    /// With this besides.
    pub fn add(&mut self, more: Self) {
        let Self { items, tasks, events, answers, dead_letters } = more;
        self.items += items;
        self.tasks += tasks;
        self.events += events;
        self.answers += answers;
        self.dead_letters += dead_letters;
    }
}

/// What is to be erased.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ToErase {
    /// Every mention of a person.
    Person(PersonId),
    /// What an item says, and what was said of it.
    Content(ContentKey),
}

/// An erasure somebody asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Erasure {
    /// What.
    pub what: ToErase,
    /// Who asks.
    pub by: PersonId,
    /// Why; only its hash is kept.
    pub reason: Option<String>,
    /// Only count what would be rewritten.
    pub dry_run: bool,
}

impl Erasure {
    /// Who asks, as the tombstone names them: whoever erases themself stands there under their pseudonym.
    pub fn signed(&self) -> String {
        match &self.what {
            ToErase::Person(id) if *id == self.by => pseudonym(id),
            ToErase::Person(_) | ToErase::Content(_) => self.by.to_string(),
        }
    }
}

/// What an erasure did.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Erased {
    /// `person` or `content`.
    pub kind: &'static str,
    /// The pseudonym that stands in the person's place, or the name of the item.
    pub name: String,
    /// The number of the tombstone; none where nothing was found.
    pub number: Option<u64>,
    /// How many records were rewritten.
    pub records: u64,
    /// Items that have the person's id in their own name, which stays.
    pub left_in_names: u64,
    /// Whether it was only counted.
    pub dry_run: bool,
}

/// What is left of something that was erased.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Tombstone {
    /// Its number.
    pub number: u64,
    /// `person` or `content`.
    pub kind: String,
    /// The pseudonym, or the name of the item.
    pub name: String,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// SHA-256 of the reason that was given, in hexadecimal digits.
    pub reason_hash: Option<String>,
    /// How many records were rewritten.
    pub records: u64,
    /// Whether it came to its end: what was interrupted is finished by erasing again.
    pub finished: bool,
}

/// What stands in a person's place: the same for the same id, everywhere and always.
pub fn pseudonym(id: &PersonId) -> String {
    let hash = Sha256::new().chain_update("tracerail person ").chain_update(id.as_str()).finalize();
    let digits = hex(&hash);
    format!("erased-{}", digits.get(..8).unwrap_or(&digits))
}
