//! The one integration binary: the product through its edges, on real parts.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests: a failure ends the test"
)]

mod bad_input;
mod conformance;
mod model_server;
mod stage;
mod stories;

use tracerail_testkit::{Program, Scratch};

/// The product, in a folder of its own.
fn program(scratch: &Scratch) -> Program {
    Program::new(env!("CARGO_BIN_EXE_tracerail"), scratch.path())
}
