//! `tracerail completions`: what a shell needs to complete our commands.

use clap::CommandFactory as _;

use super::args::{Cli, CompletionArgs};
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;

/// Prints the script.
pub(super) fn run(context: &Context, args: &CompletionArgs) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "tracerail", &mut script);
    context.console.text(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Ok)
}
