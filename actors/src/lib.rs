//! What happens in TraceRail.
//!
//! Five actors, each a room with the same furniture: what it promises (`mod.rs`), what it decides (`decide.rs`, pure), and
//! the actor itself (`actor.rs`: load, decide, commit). They meet the world only through `port`.
//!
//! Deliberately absent: any name of a database, a message bus, a model vendor or HTTP.

mod deliver;
pub mod effect;
pub mod escalation;
pub mod failpoint;
pub mod llm;
pub mod meters;
pub mod port;
mod pump;
pub mod relay;
pub mod router;
pub mod settings;
pub mod sla;
mod story;
pub mod system;
pub mod task;

pub use settings::{AssignmentStrategy, Settings, TaskPolicy};
