//! What can be typed. The options that `tracerail` knows too have the same names there.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand};
use tracerail_schemas::TaskId;
use tracerail_schemas::time::duration_text;

/// Durable waits of `TraceRail`'s tasks in Temporal.
#[derive(Parser, Debug)]
#[command(name = "tracerail-temporal", version, arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Args, Clone, Default, Debug)]
pub(crate) struct Globals {
    /// The configuration file (else the variable `TRACERAIL_CONFIG`, else tracerail.yaml here)
    #[arg(short, long, global = true, value_name = "PATH")]
    pub(crate) config: Option<PathBuf>,
    /// The store file, whatever the configuration says
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) store: Option<PathBuf>,
    /// Print JSON, errors too
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print only what was asked for, and errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Log more; twice for still more
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// The commands.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Keep waits and tasks in step until Ctrl-C
    #[command(
        after_help = "Example:\n  tracerail temporal run -c all.yaml\n\nBeside `tracerail run`, which has the actors."
    )]
    Run(RunArgs),
    /// Compare all open tasks with all open waits, and mend what differs
    #[command(
        after_help = "Examples:\n  tracerail temporal reconcile\n  tracerail temporal reconcile --json | jq .differences\n\nExit code 1 when a difference is left."
    )]
    Reconcile(ReconcileArgs),
    /// Bring open tasks back from their waits, where NATS and Redis have lost everything
    #[command(
        after_help = "Example:\n  tracerail setup && tracerail temporal rebuild\n\nWhat TraceRail still has stays as it is. Exit code 1 when something could not be brought back whole."
    )]
    Rebuild,
    /// Print how many wait, or how one task's wait stands
    #[command(
        after_help = "Examples:\n  tracerail temporal status\n  tracerail temporal status 0199e2c4-6d1f-7c3e-9a55-0f6f6f0b2a10 --json"
    )]
    Status(StatusArgs),
}

/// Running.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct RunArgs {
    /// End when standard input ends: whoever started this is gone then
    #[arg(long, hide = true)]
    pub(crate) attached: bool,
}

/// Comparing.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct ReconcileArgs {
    /// How long something has to differ before it counts; what is younger is most likely on its way
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration)]
    pub(crate) age: Duration,
}

/// Looking.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct StatusArgs {
    /// The task: its whole id
    pub(crate) task: Option<TaskId>,
}

fn duration(text: &str) -> Result<Duration, String> {
    duration_text::parse(text)
}
