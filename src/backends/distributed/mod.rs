//! The distributed edition: events in NATS JetStream, state in Redis, any number of processes.

pub mod redis;
