//! Waits on a real Temporal server, by the program `tracerail-temporal`, the command line `temporal` and TraceRail itself.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests: a failure here ends the test"
)]

mod stage;

mod decisions;
mod deadlines;
mod outages;
mod comparison;
mod replay;
