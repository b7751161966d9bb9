//! The distributed edition: events in NATS JetStream, state in Redis, any number of processes.

pub mod nats;
pub mod redis;
pub mod yardstick;
