//! What happens in TraceRail.
//!
//! Five actors, each a room with the same furniture: what it promises (`mod.rs`), what it decides (`decide.rs`, pure), and
//! the actor itself (`actor.rs`: load, decide, commit). They meet the world only through `port`.
//!
//! Deliberately absent: any name of a database, a message bus, a model vendor or HTTP.

pub mod port;
pub mod policy;
pub mod settings;
mod deliver;
mod story;
pub mod failpoint;
pub mod effect;
pub mod llm;
pub mod router;
pub mod task;
pub mod sla;
pub mod escalation;
pub mod relay;
pub mod preview;
pub mod audit;
pub mod restore;
mod pump;
pub mod meters;
pub mod system;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;

pub use policy::{EscalationPolicy, Level, TaskPolicy};
pub use settings::Settings;
