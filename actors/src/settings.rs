//! How the actors are set. The values and the reason for each stand in the default configuration file.

use std::time::Duration;

use tracerail_schemas::codec::Limits;

use crate::policy::TaskPolicy;

/// How the actors are set.
#[derive(Clone, PartialEq, Debug)]
pub struct Settings {
    /// What an event's body may cost.
    pub limits: Limits,
    /// The longest text of a content item, in bytes.
    pub content_bytes_max: usize,
    /// Events one actor works on at once.
    pub in_flight_max: usize,
    /// Events an actor is handed at once.
    pub batch_max: usize,
    /// How often a handler may fail on an event before something else is done with it.
    pub attempts_max: u32,
    /// The first delay before a failed event is tried again; it doubles.
    pub retry_base: Duration,
    /// The longest such delay.
    pub retry_max: Duration,
    /// How long an event waits that only a newer process understands.
    pub park_after: Duration,
    /// How often deadlines are looked for.
    pub sla_tick: Duration,
    /// How long stopping may take before what is in flight is left to be handed out again.
    pub stop_within: Duration,
    /// What holds for tasks.
    pub tasks: TaskPolicy,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            content_bytes_max: 256 * 1024,
            in_flight_max: 256,
            batch_max: 128,
            attempts_max: 5,
            retry_base: Duration::from_millis(200),
            retry_max: Duration::from_secs(30),
            park_after: Duration::from_mins(1),
            sla_tick: Duration::from_millis(500),
            stop_within: Duration::from_secs(10),
            tasks: TaskPolicy::default(),
        }
    }
}
