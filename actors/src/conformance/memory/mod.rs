//! A backend in memory: a fake for tests, never an edition.
//!
//! It has the shape of the distributed edition: store and log are two things. A commit acknowledges nothing and leaves its events in
//! an outbox; they are in the log only when somebody has published them. So the way over `unsent`, `publish`, `sent` and `ack` is
//! walked without any server.
//!
//! What it holds survives the death of an instance; what was handed out to that instance is handed out again. It can be told to
//! fail or to crash at any single step ([`FaultPlan`]), so that a test can try them all, and it can be broken on purpose ([`Defect`]), so that
//! the suites can be seen to turn red.
//!
//! Deliberately absent: speed, limits and a lease; several instances share the deliveries of a consumer.

mod commit;
mod contents;
mod dead;
mod defect;
mod fault;
mod harness;
mod log;
mod place;
mod progress;
mod query;
mod store;
mod upkeep;

pub use defect::Defect;
pub use fault::{Fault, FaultPlan, Moment, Step};
pub use harness::MemoryHarness;
pub use log::MemoryLog;
pub use place::MemoryBackend;
pub use store::MemoryStore;
