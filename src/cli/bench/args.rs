//! What can be measured, and how much of it.

use clap::{Args, Subcommand};

/// What can be measured.
#[derive(Clone, Copy, Subcommand, Debug)]
pub(crate) enum BenchCommand {
    /// Measure items per second through the whole pipeline, and one item alone
    #[command(
        after_help = "Examples:\n  tracerail bench pipeline --store ./bench.db\n  tracerail bench pipeline -c bench.yaml --processes 2 --json\n\nThe store and log must be empty: use servers, a subject prefix or a store file of their own."
    )]
    Pipeline(PipelineArgs),
    /// Measure open tasks and their deadlines
    #[command(
        after_help = "Examples:\n  tracerail bench sla --store ./bench.db --open 10000 --due 1000\n  tracerail bench sla -c bench.yaml\n\nThe store and log must be empty: use servers, a subject prefix or a store file of their own."
    )]
    Sla(SlaArgs),
}

/// Measuring the pipeline.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct PipelineArgs {
    /// Items of one round, of 600 bytes; every other one is for people
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(2..))]
    pub(super) items: u32,
    /// Rounds
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) rounds: u32,
    /// Items that are sent one at a time, to see how long one takes
    #[arg(long, default_value_t = 200)]
    pub(super) lone: u32,
    /// Processes that share the work, this one included (edition: distributed)
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(super) processes: u32,
    /// Publish the items as a program on the bus does, instead of submitting them
    #[arg(long)]
    pub(super) publish: bool,
}

/// Measuring deadlines.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct SlaArgs {
    /// Open tasks that are not due
    #[arg(long, default_value_t = 1_000_000)]
    pub(super) open: u32,
    /// Deadlines within one second
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) due: u32,
}
