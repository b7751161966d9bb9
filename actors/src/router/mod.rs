//! `RouterActor`: consumes `content.analyzed`, emits `content.routed`, and `content.completed` where no person is needed.
//!
//! Promises: the engine's decision can only be raised (`scrutiny`), by what the analysis says or fails to say; an engine that fails
//! sends the item to a person. Route and, for `auto` and `reject`, the terminal record are written in one commit.
//!
//! Deliberately absent: rules. They are an engine's, behind the port.

mod actor;
pub(crate) mod decide;
pub mod scrutiny;
#[cfg(test)]
mod tests;

pub(crate) use actor::RouterActor;
