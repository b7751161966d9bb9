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
