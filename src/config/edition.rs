//! Which edition runs: the choice everything else in the configuration hangs on.

use super::scalar::choice;

choice! {
    /// Where events and tasks are kept.
    Edition {
        /// In one SQLite file, by this process alone or a few on one machine.
        Embedded = "embedded",
        /// Events on NATS JetStream, tasks in Redis, any number of processes anywhere.
        Distributed = "distributed",
    }
}

impl Default for Edition {
    /// Needs nothing but a disk.
    fn default() -> Self {
        Self::Embedded
    }
}

impl Edition {
    /// Whether there are servers, and processes that come and go beside them, instead of one file.
    pub const fn has_servers(self) -> bool {
        match self {
            Self::Embedded => false,
            Self::Distributed => true,
        }
    }
}
