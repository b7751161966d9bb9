//! An exporter that says when it cannot send, once, and when it can again.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

/// An exporter that says when it cannot send.
#[derive(Debug)]
pub(super) struct Telling<E> {
    inner: E,
    endpoint: String,
    failing: AtomicBool,
}

impl<E> Telling<E> {
    pub(super) fn new(inner: E, endpoint: String) -> Self {
        Self { inner, endpoint, failing: AtomicBool::new(false) }
    }
}

impl<E: SpanExporter> SpanExporter for Telling<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let sent = self.inner.export(batch).await;
        let (endpoint, failed) = (&self.endpoint, sent.is_err());
        match (&sent, self.failing.swap(failed, Relaxed)) {
            (Err(error), false) => {
                tracing::warn!(endpoint, spans, %error, "traces cannot be sent and are dropped; trying on");
            }
            (Ok(()), true) => tracing::info!(endpoint, "traces are sent again"),
            (Err(_), true) | (Ok(()), false) => {}
        }
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}
