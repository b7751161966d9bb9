//! What happens in TraceRail.
//!
//! Five actors, each a room with the same furniture: what it promises (`mod.rs`), what it decides (`decide.rs`, pure), and
//! the actor itself (`actor.rs`: load, decide, commit). They meet the world only through `port`.
//!
//! Deliberately absent: any name of a database, a message bus, a model vendor or HTTP.

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub mod port;
