//! The long runs, each on real servers and real processes: `scripts/endurance` builds what they need and starts this.
//!
//! A run ends with one line, `PASS` or `FAIL`, and says what it counted. What it checks with is the test kit's checker, which
//! knows nothing of the product but its words.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test: a failure here ends the run, its report goes to standard output, and it waits and looks at the clock"
)]

mod power_cut;
mod report;
mod shell;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use power_cut::PowerCutArgs;

/// The long runs.
#[derive(Parser, Debug)]
#[command(name = "scripts/endurance", disable_version_flag = true)]
struct Args {
    #[command(subcommand)]
    run: Run,
}

#[derive(Subcommand, Debug)]
enum Run {
    /// Cuts the power under the event log: every acknowledged event is there afterwards. Needs root and loop devices
    PowerCut(PowerCutArgs),
}

fn main() -> ExitCode {
    let report = match Args::parse().run {
        Run::PowerCut(args) => power_cut::run(&args),
    };
    report.end()
}
