//! `tracerail bench`: what this installation does on this machine, in figures.
//!
//! Promises: it measures the product through its front door, on the configured edition and servers; it puts nothing into a store or log
//! that holds anything; every figure that depends on the machine stands beside what the machine did meanwhile.
//!
//! Deliberately absent: a judgement. Figures of a shared machine vary; whoever reads them judges.

mod args;
mod pipeline;
mod round;
mod lone;
mod sla;
mod deadlines;
mod looks;
mod place;
mod crew;
mod servers;
mod figures;

pub(crate) use args::BenchCommand;

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;

/// Measures.
pub(super) async fn run(context: &Context, command: BenchCommand) -> Result<Exit, Failure> {
    match command {
        BenchCommand::Pipeline(args) => Box::pin(pipeline::run(context, args)).await,
        BenchCommand::Sla(args) => Box::pin(sla::run(context, args)).await,
    }
}
