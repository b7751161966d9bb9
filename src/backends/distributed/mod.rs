//! The distributed edition: the event log on NATS JetStream, the store on Redis, any number of processes.
//!
//! Promises: each half keeps its port; together they are what the actors were made for. The store is a projection of the log, and asks
//! it for what it has lost ([`redis::History`]); the log asks the store where the events about an item are ([`nats::Places`]).

pub mod nats;
pub mod redis;

mod edition;
mod snapshots;

mod target;
mod erase;
mod retention;
mod upkeep;

mod tls;

pub mod yardstick;

pub use edition::{Distributed, OpenError, Opening};
pub use snapshots::{Snapshots, SnapshotsTold};
pub use upkeep::ServerUpkeep;
