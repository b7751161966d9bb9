//! `TaskActor`: consumes `content.routed` (human, escalate) and task commands; owns the life cycle of tasks and their assignment.
//!
//! Promises: a content item has at most one task; every change is one commit with one fold event and the next version; a command
//! takes effect once per id and is answered, with what would be possible instead when it is refused; the deadlines of a task are
//! armed in the commit that writes it; closing a content item's task ends the item, in the same commit.
//!
//! Deliberately absent: time that passes. `sla` looks at deadlines, `escalation` climbs, both through `transition`.

mod actor;
mod assign;
mod strategies;
mod choose;
mod command;
pub(crate) mod change;
pub(crate) mod commit;
pub(crate) mod create;
mod decide;
mod refused;
mod permission;
pub(crate) mod raise;
pub(crate) mod standing;
#[cfg(test)]
pub(crate) mod tests;
mod traced;
pub(crate) mod transition;

pub(crate) use actor::{GiveCommand, TaskActor};
pub(crate) use assign::Chosen;
pub(crate) use change::Change;
pub(crate) use choose::Chooser;
pub(crate) use decide::decide;
pub use strategies::{LeastLoaded, Manual, RoundRobin, Skills, Sticky};
