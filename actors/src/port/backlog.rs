//! How far behind a consumer is.

use tracerail_schemas::Timestamp;

/// What a consumer has still to handle. What a log cannot tell is `None`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Backlog {
    /// Events nobody was handed yet.
    pub waiting: u64,
    /// Events that were handed out and are not settled.
    pub in_flight: Option<u64>,
    /// Events that were given back, and are or will be handed out again.
    pub redelivered: Option<u64>,
    /// When the oldest of all of them was published.
    pub oldest_at: Option<Timestamp>,
}
