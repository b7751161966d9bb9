//! The distributed edition: the event log on NATS JetStream, the store apart from it.

pub mod nats;
pub mod yardstick;
