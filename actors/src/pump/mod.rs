//! Moves events from the log into an actor: batches, a limit on what is in flight, retries, dead letters.
//!
//! Promises: at most `in_flight_max` events are worked on at once, and that is the only back-pressure there is (an actix mailbox does not
//! bound asynchronous handlers); a panic in a handler costs the process nothing and the event one try; an event whose handler
//! keeps failing is handled without the part that fails, so that a person gets it, and only when that fails too becomes a
//! dead letter; while something an actor needs is away, pulling pauses and nothing is counted.
//!
//! Deliberately absent: what is in the events.

mod breaker;
mod intake;
mod runner;
#[cfg(test)]
mod tests;
mod verdict;

pub(crate) use runner::{Pump, PumpSettings};
