//! The embedded edition: event log and store in one SQLite file, no server.
mod commit;
mod connection;
mod embedded;
mod event_log;
mod failure;
mod group;
mod hands;
mod lease;
mod migrations;
mod pull;
mod read_content;
mod read_events;
mod read_tasks;
mod readers;
mod rows;
mod settings;
mod settle;
mod shared;
mod store;
mod tally;
mod words;
mod writer;

pub use embedded::Embedded;
pub use settings::{Access, Settings};

#[cfg(test)]
mod tests;
