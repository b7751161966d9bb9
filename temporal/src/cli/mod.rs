//! The command line: `run`, `reconcile`, `rebuild`, `status`.

mod args;
mod open;
mod output;
mod rebuild;
mod reconcile;
mod run;
mod stop;
mod status;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Cli, Command};
use output::Output;

/// Not done, or a difference that is left.
const FAILURE: u8 = 1;

/// Runs one command line to its end.
pub(crate) fn main() -> ExitCode {
    let Cli { globals, command } = Cli::parse();
    let output = Output::new(globals.json);
    let ended = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime.block_on(async {
            match command {
                Command::Run(args) => Box::pin(run::run(&globals, &output, args)).await,
                Command::Reconcile(args) => Box::pin(reconcile::run(&globals, &output, args)).await,
                Command::Rebuild => Box::pin(rebuild::run(&globals, &output)).await,
                Command::Status(args) => Box::pin(status::run(&globals, &output, args)).await,
            }
        }),
        Err(error) => Err(error.into()),
    };
    ended.unwrap_or_else(|error| {
        output.failed(&error);
        ExitCode::from(FAILURE)
    })
}
