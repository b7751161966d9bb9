//! For tests only: the product as a real process, temporary places, waiting for a condition, and the checker of
//! "none lost, none twice".
//!
//! It depends on nothing of the product but its words, so that what it checks cannot share the product's mistakes.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::disallowed_methods,
    reason = "tests: a failure here ends the test, and waiting is done here so that no test sleeps"
)]

mod checker;
mod linear;
mod program;
mod scratch;
pub mod servers;
mod wait;

pub use checker::{Checked, Expectation, Violation, check};
pub use linear::{Call, judge_order};
pub use program::{Finished, Process, Program, Started};
pub use scratch::Scratch;
pub use wait::wait_until;
