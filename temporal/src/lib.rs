//! Durable waits for TraceRail's tasks in Temporal.
//!
//! TraceRail is the authority; Temporal is a durable mirror of what waits for a person, and a second way in. Each open task has one
//! workflow, [`HumanTaskWorkflow`]: a decision signalled to it becomes a command of TraceRail, its timers ring at the task's deadlines,
//! and it ends when the task is closed, wherever that was done. Or a few workflows, [`TaskManagementWorkflow`], do the same for many tasks
//! each.
//!
//! Promises: no wait is lost, whichever side was away, for however long: the mirror begins with a look at everything and only then
//! follows what happens. A decision counts once, as its command has an id made of the run and the signal. What TraceRail refuses
//! leaves the wait open, and its query says why.
//!
//! Deliberately absent: decisions about tasks, and a clock of its own. It talks to the rest through events, reads and commands alone.

mod limits;
mod ring;
pub mod words;
pub mod per_task;
pub mod managed;
pub mod activities;
mod decide;
pub mod names;
pub mod codec;
pub mod connect;
pub mod error;
pub mod waits;
pub mod keeper;
pub mod toolkit;
pub mod mirror;
pub mod reconcile;
pub mod rebuild;
pub mod worker;

pub use error::Error;
pub use managed::TaskManagementWorkflow;
pub use per_task::HumanTaskWorkflow;
