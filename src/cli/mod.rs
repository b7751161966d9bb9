//! The command line: an edge like any other. It turns words into calls of [`TraceRail`](crate::TraceRail) and answers into text.
//!
//! Promises: the exit code says what kind of end it was ([`exit::Exit`]); errors go to standard error with their code and
//! what was asked for goes to standard output, with `--json` as one JSON value (or one a line); nothing that came from outside
//! reaches the terminal with control characters in it; a command works beside a running process on the same store.
//!
//! Deliberately absent: any name of a backend, and any decision about tasks. What is refused is refused below.

mod args;
mod audit;
mod backup;
mod bench;
mod completions;
mod config;
mod content;
mod context;
mod demo;
mod dlq;
mod doctor;
mod erase;
mod exit;
mod explain;
mod failure;
mod health;
mod intake;
mod lag;
mod logging;
mod output;
mod rebuild;
mod restore;
mod retention;
mod route;
mod rules;
mod run;
mod schema;
mod setup;
mod signals;
mod sla;
mod status;
mod submit;
mod task;
mod temporal;
mod watch;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use tracerail_schemas::Code;

use crate::error::Error;
use args::{Cli, Command};
use context::Context;
use exit::Exit;
use failure::Failure;
use output::Console;

/// Runs one command line to its end.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let exit = match Cli::try_parse_from(&arguments) {
        Ok(cli) => perform(cli),
        Err(error) => misread(&error, &arguments),
    };
    ExitCode::from(exit as u8)
}

fn perform(cli: Cli) -> Exit {
    let console = Console::new(&cli.globals);
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return console.failed(&Error::new(Code::Internal, error.to_string())),
    };
    let context = Context::new(cli.globals, console);
    let ended = runtime.block_on(Box::pin(dispatch(&context, cli.command)));
    // A reading thread may still wait on standard input; nobody waits for it.
    runtime.shutdown_background();
    match ended {
        Ok(exit) | Err(Failure::Told(exit)) => exit,
        Err(Failure::Error(error)) => context.console.failed(&error),
    }
}

async fn dispatch(context: &Context, command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Demo(args) => Box::pin(demo::run(context, args)).await,
        Command::Run(args) => Box::pin(run::run(context, args)).await,
        Command::Submit(args) => Box::pin(submit::run(context, args)).await,
        Command::Content(command) => Box::pin(content::run(context, command)).await,
        Command::Task(command) => Box::pin(task::run(context, *command)).await,
        Command::Sla(command) => Box::pin(sla::run(context, command)).await,
        Command::Intake(command) => Box::pin(intake::run(context, command)).await,
        Command::Audit(command) => Box::pin(audit::run(context, command)).await,
        Command::Watch(args) => Box::pin(watch::run(context, args)).await,
        Command::Dlq(command) => Box::pin(dlq::run(context, command)).await,
        Command::Route(command) => Box::pin(route::run(context, command)).await,
        Command::Rules(command) => rules::run(context, command),
        Command::Bench(command) => Box::pin(bench::run(context, command)).await,
        Command::Status => Box::pin(status::run(context)).await,
        Command::Temporal(args) => temporal::run(context, args),
        Command::Lag(args) => Box::pin(lag::run(context, args)).await,
        Command::Setup => Box::pin(setup::run(context)).await,
        Command::Rebuild(args) => Box::pin(rebuild::run(context, args)).await,
        Command::Backup(args) => backup::run(context, &args),
        Command::Restore(args) => restore::run(context, &args),
        Command::Retention(command) => Box::pin(retention::run(context, command)).await,
        Command::Erase(command) => Box::pin(erase::run(context, command)).await,
        Command::Doctor => Box::pin(doctor::run(context)).await,
        Command::Health(args) => health::run(context, args).await,
        Command::Config(command) => config::run(context, command),
        Command::Schema(args) => schema::run(context, &args),
        Command::Explain(args) => explain::run(context, &args),
        Command::ExitCodes => exit::run(context),
        Command::Completions(args) => completions::run(context, &args),
    }
}

/// Help and version that were asked for, or a command line that makes no sense.
fn misread(error: &clap::Error, arguments: &[OsString]) -> Exit {
    let console = Console::plain(arguments.iter().any(|argument| argument == "--json"));
    let kind = error.kind();
    if matches!(kind, ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // Clap knows the colours of the terminal and where help goes. A closed pipe is no failure of ours.
        error.print().unwrap_or_default();
        Exit::Ok
    } else if kind == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        error.print().unwrap_or_default();
        Exit::Usage
    } else {
        let text = error.render().to_string();
        let message = text.strip_prefix("error: ").unwrap_or(&text).trim_end();
        console.failed(&Error::new(Code::UsageInvalid, message))
    }
}

#[cfg(test)]
mod tests;
