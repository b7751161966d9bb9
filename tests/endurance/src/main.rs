//! The long runs, each on real servers and real processes: `scripts/endurance` builds what they need and starts this.
//!
//! A run ends with one line, `PASS` or `FAIL`, and says what it counted. What it checks with is the test kit's checker, which
//! knows nothing of the product but its words.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::needless_pass_by_value,
    clippy::unused_self,
    reason = "a test: a failure here ends the run, its report goes to standard output, and it waits and looks at the clock"
)]

mod clients;
mod faults;
mod installation;
mod judge;
mod load;
mod mails;
mod million;
mod outage;
mod people;
mod power_cut;
mod report;
mod shell;
mod soak;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use million::MillionArgs;
use outage::OutageArgs;
use power_cut::PowerCutArgs;
use soak::SoakArgs;

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
    /// Kills, pauses and empties whatever there is, by a seed, while mails come in: nothing is lost, nothing comes twice
    Soak(SoakArgs),
    /// Redis, then both servers are away for minutes under load: no dead letters, intake pushes back, the backlog drains
    Outage(OutageArgs),
    /// A million open tasks: what they weigh, and that Redis is made again from the log
    Million(MillionArgs),
}

fn main() -> ExitCode {
    let report = match Args::parse().run {
        Run::PowerCut(args) => power_cut::run(&args),
        Run::Soak(args) => soak::run(&args),
        Run::Outage(args) => outage::run(&args),
        Run::Million(args) => million::run(&args),
    };
    report.end()
}
