//! What the benchmarks share: the load they put on, and how time and work are measured.
//!
//! Promises: every benchmark, on every edition, measures the same items; CPU time is that of whole processes, threads that have ended
//! included; what this machine cannot tell is `None`, never a guess.
//!
//! Deliberately absent: any name of a backend, and printing.

mod cpu;
mod disk;
mod listener;
mod load;
mod settle;
mod spread;

pub use cpu::{Work, machine_seconds, process_seconds, resident_bytes, thread_seconds};
pub use disk::syncs;
pub use listener::process_listening_on;
pub use load::{RULES, item, task};
pub use settle::settle;
pub use spread::Spread;
