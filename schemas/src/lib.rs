//! The words of TraceRail: what is said on the bus, in the store and at the edges.
//!
//! Promises: every type here encodes to MessagePack with named fields and to JSON, and bytes written by an older
//! version decode for ever (the golden files in `golden/` prove it).
//!
//! Deliberately absent: I/O, async, clocks, randomness. Whoever needs an id or a time brings it along.

pub mod analysis;
pub mod code;
pub mod codec;
pub mod content;
pub mod dead_letter;
pub mod envelope;
pub mod event;
#[cfg(test)]
mod golden;
pub mod hash;
pub mod ids;
pub mod intake;
pub mod llm;
pub mod principal;
pub mod redact;
pub mod routing;
#[cfg(feature = "schema")]
pub mod schema;
pub mod subject;
pub mod task;
pub mod time;

pub use code::Code;
pub use envelope::{EncodedEvent, Envelope, Filling};
pub use event::Event;
pub use ids::{CommandId, ContentKey, EventId, GroupId, PersonId, TaskId, TenantId};
pub use principal::Principal;
pub use subject::Subject;
pub use time::Timestamp;
