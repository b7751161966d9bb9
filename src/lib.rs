//! TraceRail: people in the loop of AI work.
//!
//! Content comes in as events. A model analyses it, policy decides `auto`, `human`, `escalate` or `reject`, people work the
//! tasks that need a person, under an SLA whose clock and escalation cannot be forgotten, and every item ends in exactly one
//! terminal event. `ARCHITECTURE.md` has the map.

pub mod app;
mod audit;
pub mod backends;
pub mod bench;
pub mod checkup;
pub mod cli;
pub mod client;
pub mod config;
pub mod error;
pub mod explain;
pub mod facade;
pub mod http;
pub mod input;
pub mod intake;
pub mod llm;
mod next;
pub mod routing;
pub mod telemetry;
pub mod upkeep;

pub use client::TraceRail;
pub use error::Error;
pub use facade::{Builder, Client, create_client};
