//! What looking after a store tells of itself: copies of it, and what is taken out of it.

use std::path::PathBuf;

use serde::Serialize;
use tracerail_schemas::Timestamp;

pub use tracerail_actors::port::{Erased, Erasing, Erasure, Removed, ToErase, Tombstone, Upkeep, pseudonym};

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
