//! When a running process warns.

use std::time::Duration;

use tracerail_schemas::time::duration_text;

use super::scalar::section;

section! {
    /// Warnings of `tracerail run`: `alerts`.
    AlertsConfig {
        /// How often it looks.
        #[serde(with = "duration_text")]
        look_every: Duration = Duration::from_secs(10),
        /// An event that waits longer than this for one of its actors.
        #[serde(with = "duration_text")]
        oldest_waiting: Duration = Duration::from_mins(5),
        /// Less than this free on the disk of the store, in bytes (edition: embedded).
        disk_bytes_free: u64 = 1_073_741_824,
    }
}
