//! The embedded edition: event log and store in one SQLite file, no server.
//!
//! Promises, beside those of the ports: a commit, its events and the acknowledgement of what caused it are one transaction, synced
//! to the disk; a process that is killed at any moment leaves a file that the next one goes on with at once; several
//! processes may open the file, all may commit and read, and one at a time is handed events.
//!
//! A commit walks like this: `store` -> `rows` (encoded where it is asked for) -> `writer` (one thread, one transaction for all
//! that wait) -> `group`, `commit`, `settle` (the statements) -> the reply. A delivery: `event_log` -> `pull` (who may: `lease`; what is
//! in whose hands: `hands`). Reads: `readers` and `read_*`.
//!
//! Three decisions keep a commit at a handful of statements:
//! - A consumer's position is one row a transaction, however many deliveries the transaction settles (`hands`).
//! - The trail of an item is a column that grows with the very row that a commit writes anyway; the armed timer is a column of
//!   the task. So there is no table to join, and none to diverge.
//! - Counts over everything are kept by the transactions that change them (`tally`), not counted.
//!
//! Beside the work: `copy` and `restore` for backups, `retention` for what ended long ago, `erase` for what is personal.
//!
//! Deliberately absent: an outbox (the store is the log, so `unsent` is empty), and any word of SQL outside this folder.

mod backlog;
mod checkup;
mod commit;
mod commit_task;
mod connection;
mod copy;
mod erase;
mod event_log;
mod failure;
mod files;
mod group;
mod handle;
mod hands;
mod lease;
mod migrations;
mod pull;
mod queue;
mod read_content;
mod read_events;
mod read_tasks;
mod readers;
mod restore;
mod retention;
mod rows;
mod settings;
mod settle;
mod shared;
mod store;
mod tally;
mod upkeep;
mod words;
mod writer;

pub use checkup::checkup;
pub(crate) use checkup::free_bytes;
pub use copy::backup;

pub use handle::Embedded;
pub use restore::restore;

pub use settings::{Access, Settings};
pub use upkeep::FileUpkeep;

#[cfg(test)]
mod tests;
