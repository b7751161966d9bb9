//! The one integration binary: the product through its edges, on real parts.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests: a failure ends the test"
)]

mod checker;
mod conformance;
mod corpus;
mod crash_matrix;
mod place;
mod story;
mod two_processes;
