//! What looking after a store tells of itself: copies of it, and what is taken out of it.

use std::path::PathBuf;

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tracerail_schemas::{ContentKey, PersonId, Timestamp};

use tracerail_schemas::hash::hex;

/// How far a copy is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CopyStep {
    /// So many bytes of so many are written.
    Written {
        /// Bytes that are there.
        bytes: u64,
        /// Bytes it will have.
        of: u64,
    },
    /// Every page of the copy is read and compared with what SQLite knows of it.
    Checking,
}

/// A copy of a store, whole and checked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct StoreCopy {
    /// Where it is.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// The format it has; a newer TraceRail brings it up to date when it opens it.
    pub format: i64,
    /// How many events it holds.
    pub events: u64,
    /// When the last of them was told; it holds everything up to there, and nothing of what came later.
    pub newest_event_at: Option<Timestamp>,
}

/// What restoring a store did.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Restored {
    /// The store as it is now.
    #[serde(flatten)]
    pub copy: StoreCopy,
    /// Where the store is that was there before, if one was.
    pub kept: Option<PathBuf>,
    /// What had been erased from that one and is there again: it has to be erased again.
    pub erased_since: Vec<Tombstone>,
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
    pub(crate) fn add(&mut self, more: Self) {
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
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
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
}

/// What stands in a person's place: the same for the same id, everywhere and always.
pub fn pseudonym(id: &PersonId) -> String {
    let hash = Sha256::new().chain_update("tracerail person ").chain_update(id.as_str()).finalize();
    let digits = hex(&hash);
    format!("erased-{}", digits.get(..8).unwrap_or(&digits))
}
