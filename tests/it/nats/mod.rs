//! The event log on a real nats-server.

pub(crate) mod stage;

mod commands;
mod deliveries;
mod outages;
pub(crate) mod users;

pub(crate) use stage::{Scan, Stage, forget, settings, shared, until_kept};
