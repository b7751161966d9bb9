//! The HTTP edge for machines that watch: `/healthz`, `/readyz`, `/metrics`.
//!
//! Promises: whoever asks gets an answer within a limit, also while the store does not answer or the process is still starting;
//! asking costs the actors nothing, and the store at most one look a second, however many ask; there is nothing to send, so a
//! request with a body is refused; nothing of a content, a person or a key is ever shown.
//!
//! Deliberately absent: any name of a backend, any way to change something, and users: it listens on the loopback address unless
//! told otherwise, and what it tells are counts.

mod answer;
mod cache;
pub mod metrics;
mod probe;
mod server;

pub use probe::{Probe, ProbeLimits};
pub use server::{ListenError, Server, ServerSettings};
