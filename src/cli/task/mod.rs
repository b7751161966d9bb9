//! `tracerail task`: looking at tasks, and working them through commands like everybody else.

mod args;
mod details;
mod command;
pub(crate) mod find;
mod list;
mod next;
mod show;
mod verb;

pub(crate) use args::TaskCommand;

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;

/// Looks, or gives a command.
pub(super) async fn run(context: &Context, command: TaskCommand) -> Result<Exit, Failure> {
    match command {
        TaskCommand::List(args) => Box::pin(list::run(context, args)).await,
        TaskCommand::Show { task } => Box::pin(show::run(context, &task)).await,
        TaskCommand::Next { look } => Box::pin(next::run(context, look)).await,
        TaskCommand::Work(work) => Box::pin(command::run(context, work)).await,
    }
}

#[cfg(test)]
mod tests;
