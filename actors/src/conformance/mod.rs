//! The suites a backend runs to prove the ports, and the in-memory fake they are themselves tested with.
//!
//! The docs of a port state obligations; here each obligation is an exported test. A backend implements [`Harness`], lists the
//! names in [`conformance_tests!`](crate::conformance_tests), and has one `#[test]` for each. A name that is missing from the list turns a test
//! red, so that no obligation can be forgotten, neither by a backend nor when the suites grow.
//!
//! The suites look only through the ports. Where editions differ by design they accept both: a store that is also the log
//! acknowledges with the commit and has nothing unsent; a log in a file hands out to one process at a time, a server to many.
//! They set no clock either: they ask the store for its time and let time pass ([`Bench::pass`]), so that a backend whose server
//! keeps the time can run them.
//!
//! That the suites can fail is proved in `tests/defects.rs`: the fake is broken on purpose, one [`memory::Defect`] at a time, and the test named
//! for that obligation must turn red.
//!
//! Deliberately absent: speed, and whatever only one backend promises.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "these are tests, exported: they say by a panic which obligation broke"
)]

mod bench;
mod clock;
mod run;
pub mod sample;
mod steps;

// What the log promises.
pub mod event_log;

pub mod dead_letters;
pub mod ownership;
pub mod reading;

// What the store promises.
pub mod commit;

pub mod outbox;
pub mod races;
pub mod receipts;

pub mod contents;
pub mod queues;
pub mod tasks;
pub mod timers;

// What looking after both promises.
pub mod upkeep;

pub mod memory;

pub use bench::{Bench, Harness, Instance};
pub use clock::TestClock;
pub use run::run;
pub use steps::{carry_out, relay};

/// The suites, by name.
pub const SUITES: &[&str] = &[
    "event_log",
    "ownership",
    "dead_letters",
    "reading",
    "commit",
    "receipts",
    "races",
    "outbox",
    "contents",
    "tasks",
    "queues",
    "timers",
    "upkeep",
];

#[cfg(test)]
pub(crate) mod tests;
