//! The one integration binary: the product through its edges, on real parts.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests: a failure ends the test"
)]

mod architecture;
mod bad_input;
mod checker;
mod cli;
mod collector;
mod conformance;
mod corpus;
mod crash_matrix;
mod crowds;
mod deadlines_through_a_kill;
mod deploy;
mod examples;
mod four_processes;
mod facade;
mod linearizable;
mod http;
mod in_step;
mod model_server;
mod nats;
mod pair;
mod place;
mod readme;
mod schema;
mod seed_map;
mod servers;
mod stage;
mod stories;
mod story;
mod traces;
mod two_processes;
mod upkeep;

use tracerail_testkit::{Program, Scratch};

/// The product, in a folder of its own.
fn program(scratch: &Scratch) -> Program {
    Program::new(env!("CARGO_BIN_EXE_tracerail"), scratch.path())
}
