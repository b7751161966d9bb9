//! The event log on a real nats-server.

mod server;
mod stage;

pub(crate) use server::{NatsServer, shared};
pub(crate) use stage::{Scan, Stage, settings};
