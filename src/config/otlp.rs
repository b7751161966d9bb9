//! Where traces go.

use std::time::Duration;

use tracerail_schemas::time::duration_text;

use super::scalar::section;
use super::secret::Secret;

section! {
    /// Traces: `otlp`.
    OtlpConfig {
        /// The address of a collector that speaks OTLP over HTTP; none: no traces are sent.
        endpoint: Option<String> = None,
        /// Headers to send along: `name=value`, with commas between them.
        headers: Option<Secret> = None,
        /// What this process is called in traces.
        service_name: String = "tracerail".to_owned(),
        /// The share of new traces that are sent. A trace that comes in is sent if it says so.
        sample_ratio: f64 = 1.0,
        /// How long one batch of spans may take, and a stop for the last of them.
        #[serde(with = "duration_text")]
        timeout: Duration = Duration::from_secs(5),
    }
}
