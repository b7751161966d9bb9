//! The event log on a real nats-server.

mod stage;

pub(crate) use stage::{Stage, settings, shared};
