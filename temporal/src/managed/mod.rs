//! A few workflows that keep many waits each: their state, pure, the workflow around it, and how the mirror speaks to them.

pub mod words;
mod line;
mod pending;
mod memory;
mod intake;
mod open;
pub mod shard;
mod handing_on;
#[cfg(test)]
mod tests;
pub mod workflow;
pub mod activities;
pub mod shards;
pub(crate) mod follow;

pub use shard::Shard;
pub use shards::Shards;
pub use workflow::TaskManagementWorkflow;
