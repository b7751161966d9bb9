//! The event log on NATS JetStream.
//!
//! Promises, beside those of the port: a publish is repeated under its id until the server has it, over outages as well; what this process holds
//! is kept alive however slow its handler, and comes to another within `ack_wait` once this one is dead; a stream or consumer that is missing,
//! shorter than it was or made anew stops loudly and is never silently made again.
//!
//! An event walks like this: `log` -> `publish` (headers, id, repetition) -> the server -> `fetch` (one task a consumer, ahead of
//! need) -> `hands` (what is held) -> `pull` (handed out, settled). Beside it: `streams` is the one table of what is where, `setup` makes and
//! compares it; `read` and `direct` read without a consumer; `notes` and `dead_letters` remember what failed; `keeper` looks after deliveries
//! that kill their process; `commands` asks and answers over the bus.
//!
//! Deliberately absent: a consumer's `backoff` (it replaces `ack_wait`), reliance on order between streams, work-queue retention (twice
//! the server's work for each acknowledgement), and batches that the server commits whole (milliseconds each on files).

// What there is.
mod names;
mod settings;
mod streams;

// The connection, and what the server holds.
mod connect;
mod error;
mod setup;
mod wanted;

// What all parts share.
mod core;
mod headers;

// An event's walk.
mod log;

mod publish;

mod subscription;
mod fetch;
mod hands;
mod pull;

// What failed.
mod dead_letters;
mod keeper;
mod notes;

// Reading.
mod direct;
mod erased;
mod history;
mod read;

// Taking out what is personal.
mod erase;
mod tombstones;

// Letting go of what ended.
mod wants;

// How it is.
mod backlog;
mod checkup;

// Commands.
mod commands;

// What it is measured against.
mod bare;

pub use bare::{BareDelivery, BareEvent, BareStreams};
pub use checkup::checkup;
pub use commands::{NatsCommands, serve_commands};
pub use connect::Connection;
pub use erase::Walked;
pub use error::NatsError;
pub use history::{History, Places};
pub use keeper::keep;
pub use log::NatsLog;
pub use settings::{NatsAuth, NatsSettings};
pub use setup::{StreamSeen, observe, setup, setup_if_fresh, verify};
pub use streams::StreamId;
