//! The HTTP server for probes and scrapers.

use std::time::Duration;

use tracerail_schemas::time::duration_text;

use super::scalar::section;

section! {
    /// Probes and metrics: `http`.
    HttpConfig {
        /// Host and port of `/healthz`, `/readyz` and `/metrics`; none: there is no server.
        listen: Option<String> = None,
        /// Connections at once.
        connections_max: usize = 64,
        /// How long a request may take to arrive.
        #[serde(with = "duration_text")]
        request_timeout: Duration = Duration::from_secs(5),
        /// How long a connection nobody asks on stays open.
        #[serde(with = "duration_text")]
        keep_alive: Duration = Duration::from_secs(75),
        /// How long store and log may take to answer a probe or a scrape.
        #[serde(with = "duration_text")]
        answer_within: Duration = Duration::from_secs(2),
        /// How long the actors' thread may be silent before the process counts as wedged.
        #[serde(with = "duration_text")]
        wedged_after: Duration = Duration::from_secs(10),
    }
}
