//! What the actors need from the world. Each port is a promise; `conformance` holds the suites that prove it.
//!
//! Promises common to all: a call that returns `Ok` has happened and survives a crash from then on, where the port says so;
//! a call that returns `Err` may or may not have happened, and repeating it is safe.
//!
//! Deliberately absent: any word about where things are kept or sent. Backends and edges stand in other crates.

mod analyst;
mod assignment;
mod backlog;
mod batch;
mod clock;
mod commands;
mod directory;
mod error;
mod escalation;
mod event_log;
mod position;
mod routing;
mod store;
mod trace;
mod upkeep;

pub use analyst::{Analyst, AnalystAnswer, AnalystError, LlmError, LlmProvider};
pub use assignment::{Assigner, AssignmentStrategy, Candidate, Choice};
pub use backlog::Backlog;
pub use batch::{Admission, Batch, Cause, Committed, ContentWrite, Guard, TaskWrite};
pub use clock::{Clock, SystemClock};
pub use commands::{CommandError, Commands};
pub use directory::{Absence, Directory, Presence, Profile, StaticDirectory};
pub use error::{PortError, PortErrorKind, Retry};
pub use escalation::{EscalationStrategy, Escalator, Rise};
pub use event_log::{Consumer, DeadLetterFilter, Delivery, EventLog, Giveup, LoggedEvent, Nak, Receipt};
pub use position::{NoPosition, Place, Position, Published};
pub use routing::{RoutingEngine, RoutingError};
pub use store::{Armed, QueuePlace, Store, StoredAnswer, TaskFilter, TaskPage, TaskSummary, Totals};
pub use trace::{Ending, HandedOn, OpenSpan, Traced, Tracing, Work};
pub use upkeep::{Erased, Erasing, Erasure, Heard, Removed, ToErase, Tombstone, Upkeep, pseudonym};

use std::sync::Arc;

/// The ports an actor is given.
#[derive(Clone)]
pub struct Ports {
    /// Events, durable and in order.
    pub log: Arc<dyn EventLog>,
    /// Tasks, content records, answers and timers.
    pub store: Arc<dyn Store>,
    /// Who says what an item is about.
    pub analyst: Arc<dyn Analyst>,
    /// Who says what is to be done with it.
    pub routing: Arc<dyn RoutingEngine>,
    /// People and groups.
    pub directory: Arc<dyn Directory>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where commands go from a process without the task actor; `None` where every process may decide them itself.
    pub commands: Option<Arc<dyn Commands>>,
    /// To which trace a piece of work belongs.
    pub tracing: Arc<dyn Tracing>,
}

impl std::fmt::Debug for Ports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ports").finish_non_exhaustive()
    }
}
