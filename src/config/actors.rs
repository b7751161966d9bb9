//! How much the actors do at once, how often they try, and how often they look.

use std::time::Duration;

use tracerail_schemas::time::duration_text;

use super::scalar::section;

section! {
    /// The actors: `actors`.
    ActorsConfig {
        /// Events one actor works on at a time.
        in_flight: usize = 256,
        /// Events pulled at once.
        batch: usize = 128,
        /// Failures of a handler on one event before the event becomes a human task or a dead letter.
        attempts_max: u32 = 5,
        /// Pause after the first failure; doubled after each more.
        #[serde(with = "duration_text")]
        retry_base: Duration = Duration::from_millis(200),
        /// The longest pause.
        #[serde(with = "duration_text")]
        retry_max: Duration = Duration::from_secs(30),
        /// How often due SLA timers are looked for.
        #[serde(with = "duration_text")]
        sla_tick: Duration = Duration::from_millis(500),
        /// How long a stop waits for what is in flight.
        #[serde(with = "duration_text")]
        stop_within: Duration = Duration::from_secs(10),
    }
}
