//! What is still waited for.

use std::collections::BTreeSet;

use rusqlite::Connection;
use tracerail_actors::port::Consumer;
use tracerail_schemas::Subject;
use tracerail_schemas::dead_letter::DeadLetterStatus;

use super::super::failure::Failure;
use super::super::lease;
use super::super::words::{PerConsumer, Word, unsigned};

/// The events somebody has still to read, as the file says. What a process has in its hands stands there as not read.
pub(super) struct Unread {
    consumers: PerConsumer<Behind>,
    /// Given back, or held as dead letters: they may be handed out again.
    again: BTreeSet<u64>,
}

#[derive(Default)]
struct Behind {
    scanned: u64,
    open: BTreeSet<u64>,
}

impl Unread {
    /// As it stands in this transaction.
    pub(super) fn now(connection: &Connection) -> Result<Self, Failure> {
        let mut consumers = PerConsumer::<Behind>::default();
        for consumer in Consumer::ALL {
            let position = lease::position(connection, consumer)?.unwrap_or_default();
            *consumers.get_mut(consumer) = Behind { scanned: position.scanned, open: position.returned };
        }
        let mut again = BTreeSet::new();
        let mut statement = connection.prepare_cached(
            "SELECT seq FROM redelivery UNION SELECT seq FROM dead_letter WHERE status = ?1",
        )?;
        let mut rows = statement.query([DeadLetterStatus::Held.word()])?;
        while let Some(row) = rows.next()? {
            again.insert(unsigned(row.get(0)?));
        }
        Ok(Self { consumers, again })
    }

    /// Whether somebody has still to read this event.
    pub(super) fn has(&self, sequence: u64, subject: Subject) -> bool {
        let behind = |consumer| {
            let consumer = self.consumers.get(consumer);
            sequence > consumer.scanned || consumer.open.contains(&sequence)
        };
        self.again.contains(&sequence) || Consumer::of(subject).is_some_and(behind)
    }
}
