//! `tracerail retention`: what ended long ago goes.

use std::time::{Duration, Instant};

use clap::Subcommand;
use serde_json::{Value, json};
use tracerail_schemas::time::duration_text;

use super::context::{Context, must_exist};
use super::exit::Exit;
use super::failure::Failure;
use crate::app;

/// Taking out.
#[derive(Subcommand, Debug)]
pub(crate) enum RetentionCommand {
    /// Take out now what ended longer ago than `retention.ended_items`; `tracerail run` does so by itself
    #[command(
        after_help = "Examples:\n  tracerail retention run --dry-run\n  tracerail retention run --older-than 30d --json\n\nWhat goes: items that have ended, with their text, their tasks, their events and the answers to their commands. What stays: whatever is open, or has still to be read by an actor, or is held as a dead letter. The same content that comes again later is a new item."
    )]
    Run {
        /// Only count it; the few events of refused commands are not counted
        #[arg(long)]
        dry_run: bool,
        /// Another age than the configuration says, for example 30d
        #[arg(long, value_name = "DURATION", value_parser = duration_text::parse)]
        older_than: Option<Duration>,
    },
}

/// Takes out, and says what.
pub(super) async fn run(context: &Context, command: RetentionCommand) -> Result<Exit, Failure> {
    let RetentionCommand::Run { dry_run, older_than } = command;
    let config = context.config()?;
    if !config.edition.has_servers() {
        must_exist(&config.store.path)?;
    }
    let began = Instant::now();
    let bar = context.console.counter("looked at");
    let removed = app::retain(&config, older_than, dry_run, &|looked_at| bar.set_position(looked_at)).await;
    bar.finish_and_clear();
    let removed = removed?;
    let seconds = began.elapsed().as_secs_f64();
    context.console.answer(
        || {
            let mut value = json!(removed);
            if let Value::Object(fields) = &mut value {
                fields.insert("dry_run".to_owned(), json!(dry_run));
                fields.insert("seconds".to_owned(), json!(seconds));
            }
            value
        },
        || {
            let what = if dry_run { "would go" } else { "gone" };
            format!(
                "{what}: {} items, {} tasks, {} events, {} answers, {} dead letters ({seconds:.1} s)",
                removed.items, removed.tasks, removed.events, removed.answers, removed.dead_letters
            )
        },
    )?;
    Ok(Exit::Ok)
}
