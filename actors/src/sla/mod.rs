//! `SlaActor`: sweeps what is due, and fires it: `sla.breached`; lets suspended tasks go on when their time has come.
//!
//! Promises: every deadline of an open task whose clock runs is fired exactly once per (task, level, loop), never before it is due
//! by the store's clock, at most a tick after it while a process runs, and at the next start otherwise.
//! A decision that is committed first wins: then nothing is fired.
//!
//! Deliberately absent: input. Even when something is known to be due, the sweep asks the store; so there is nothing that could
//! be lost. What a breach leads to is `escalation`'s.

mod actor;
mod decide;
#[cfg(test)]
pub(crate) mod tests;
pub mod verify;

pub(crate) use actor::{SlaActor, Sweep};
