//! The one integration binary: the product through its edges, on real parts.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests: a failure ends the test, and a seed is said aloud"
)]

mod checker;
mod conformance;
mod corpus;
mod crash_matrix;
mod place;
mod story;
mod two_processes;
