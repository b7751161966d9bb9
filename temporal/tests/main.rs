//! Waits on a real Temporal server, by the program `tracerail-temporal`, whoever speaks only Temporal, and TraceRail itself.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests: a failure here ends the test"
)]

mod keyed;
mod stage;
mod voice;

mod conformance;
mod decisions;
mod encrypted;
mod front;
mod lost;
mod managed;
mod toolkit;
mod replay;
