//! Traces, sent to a collector with OpenTelemetry's OTLP.
//!
//! Promises: one trace from the submission of an item to its end, through every event, task and command; a collector that is away
//! or slow costs spans and nothing else; a span holds names, ids and codes, never a word of a content, an answer or a key; where
//! nothing is sent, the trace an event came with is handed on.
//!
//! Deliberately absent: metrics and logs over OTLP. Metrics are asked for (`http`), logs go to standard error.

mod exporter;
mod spans;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry_otlp::{ExporterBuildError, Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider};
use tracerail_actors::port::Tracing;

use exporter::Telling;
use spans::Spans;

/// Spans that wait to be sent. At five spans an item and a second between two batches this is three thousand items a second; what
/// does not fit is dropped.
const WAITING_MAX: usize = 16_384;

/// Spans sent at once: about a megabyte.
const BATCH_MAX: usize = 2_048;

/// The longest time a span waits for others.
const SENT_AFTER: Duration = Duration::from_secs(1);

/// Where traces go, and how many of them.
#[derive(Clone, PartialEq)]
pub struct TelemetrySettings {
    /// The collector's address, without `/v1/traces`.
    pub endpoint: String,
    /// Headers to send along: `name=value`, with commas between them; values may be percent-encoded.
    pub headers: String,
    /// What this process is called.
    pub service_name: String,
    /// The share of new traces that are sent.
    pub sample_ratio: f64,
    /// How long a batch may take, and the last ones at a stop.
    pub timeout: Duration,
}

/// Spans that are collected and sent.
#[derive(Debug)]
pub struct Telemetry {
    provider: SdkTracerProvider,
    timeout: Duration,
}

/// Traces cannot be sent with these settings.
#[derive(Debug, thiserror::Error)]
#[error("otlp: traces cannot be sent to {endpoint}; correct otlp.endpoint, or leave it out")]
pub struct TelemetryError {
    /// The address.
    pub endpoint: String,
    /// Why.
    #[source]
    pub source: ExporterBuildError,
}

impl Telemetry {
    /// Collects and sends from now on.
    pub fn start(settings: &TelemetrySettings) -> Result<Self, TelemetryError> {
        let endpoint = format!("{}/v1/traces", settings.endpoint.trim_end_matches('/'));
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(&endpoint)
            .with_headers(headers(&settings.headers))
            .with_timeout(settings.timeout)
            .build()
            .map_err(|source| TelemetryError { endpoint: endpoint.clone(), source })?;
        let batches = BatchConfigBuilder::default()
            .with_max_queue_size(WAITING_MAX)
            .with_max_export_batch_size(BATCH_MAX)
            .with_scheduled_delay(SENT_AFTER)
            .build();
        let processor =
            BatchSpanProcessor::builder(Telling::new(exporter, endpoint)).with_batch_config(batches).build();
        let resource = Resource::builder()
            .with_service_name(settings.service_name.clone())
            .with_attribute(opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let new_ones = Sampler::TraceIdRatioBased(settings.sample_ratio);
        let provider = SdkTracerProvider::builder()
            .with_span_processor(processor)
            .with_sampler(Sampler::ParentBased(Box::new(new_ones)))
            .with_resource(resource)
            .build();
        Ok(Self { provider, timeout: settings.timeout })
    }

    /// The port through which the actors tell what they do.
    pub fn tracing(&self) -> Arc<dyn Tracing> {
        Arc::new(Spans::new(&self.provider))
    }

    /// Sends what is left, within the time there is.
    pub async fn stop(self) {
        let stopping = tokio::task::spawn_blocking(move || self.provider.shutdown_with_timeout(self.timeout));
        match stopping.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the last spans were not sent"),
            Err(error) => tracing::error!(%error, "sending the last spans was cut short"),
        }
    }
}

fn headers(list: &str) -> HashMap<String, String> {
    let pairs = list.split(',').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.trim().to_owned(), decoded(value.trim()))).collect()
}

/// A value without its percent-encoding, which OpenTelemetry's variables may have.
fn decoded(value: &str) -> String {
    let mut parts = value.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let code = part.get(..2).and_then(|code| u8::from_str_radix(code, 16).ok());
        if let (Some(byte), Some(rest)) = (code, part.get(2..)) {
            bytes.push(byte);
            bytes.extend_from_slice(rest.as_bytes());
        } else {
            bytes.push(b'%');
            bytes.extend_from_slice(part.as_bytes());
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl std::fmt::Debug for TelemetrySettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TelemetrySettings")
            .field("endpoint", &self.endpoint)
            .field("service_name", &self.service_name)
            .field("sample_ratio", &self.sample_ratio)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_as_the_specification_writes_them() {
        let read = headers("Authorization=Basic%20YWJj, x-team = a=b ,bad,x-half=50%");
        let expected = [("Authorization", "Basic YWJj"), ("x-team", "a=b"), ("x-half", "50%")];
        assert_eq!(
            read,
            expected.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
        );
    }
}
