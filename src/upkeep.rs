//! What looking after a store tells of itself: copies of it, and what is taken out of it.

use std::path::PathBuf;

use serde::Serialize;
use tracerail_schemas::Timestamp;

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
