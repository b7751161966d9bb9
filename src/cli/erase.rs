//! `tracerail erase`: what is personal goes, what happened stays.

use clap::{Args, Subcommand};
use serde_json::json;
use tracerail_schemas::PersonId;

use super::content;
use super::context::{Context, must_exist, person};
use super::exit::Exit;
use super::failure::Failure;
use super::output::table::table;
use super::output::when::exact;
use crate::app;
use crate::config::{Config, Group};
use crate::upkeep::{Erased, Erasure, ToErase, Tombstone};

/// Erasing.
#[derive(Subcommand, Debug)]
pub(crate) enum EraseCommand {
    /// Put a pseudonym wherever a person is named
    #[command(
        after_help = "Examples:\n  tracerail erase person ada --dry-run\n  tracerail erase person ada --yes --reason 'request 2026-17'\n\nTake the person out of the configuration first. Refused (exit code 3) while they have open tasks. A store that is a file is written anew as a whole, and whoever writes meanwhile waits; on servers nats.user has to be `admin`. Backups hold what they held."
    )]
    Person {
        /// The person's id, as tasks and commands have it
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        how: How,
    },
    /// Take out what an item says, and what was said of it
    #[command(
        after_help = "Examples:\n  tracerail erase content post-0002 --dry-run\n  tracerail erase content default/forum/post-0002 --yes --json\n\nRefused (exit code 3) while the item is open. Its name stays, and so do its events, their ids, times and kinds: another content under its name is refused."
    )]
    Content {
        /// The item: its id, SOURCE/ID or TENANT/SOURCE/ID
        #[arg(value_name = "KEY")]
        key: String,
        #[command(flatten)]
        how: How,
    },
    /// List what was erased, when and by whom
    #[command(after_help = "Example:\n  tracerail erase list --json")]
    List,
}

/// What is not done when the command is.
const IN_FILES: &str = "note: Redis' own files hold it until Redis writes them anew: run `BGREWRITEAOF`, and `BGSAVE` if it makes snapshots, as an administrator of Redis";

/// How it is done.
#[derive(Args, Debug)]
pub(crate) struct How {
    /// Do it: without this, or --dry-run, nothing is done
    #[arg(long)]
    yes: bool,
    /// Only count the records that would be rewritten
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Why; only its SHA-256 is kept
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

/// Erases, or lists.
pub(super) async fn run(context: &Context, command: EraseCommand) -> Result<Exit, Failure> {
    let config = context.config()?;
    if !config.edition.has_servers() {
        must_exist(&config.store.path)?;
    }
    let (what, how) = match command {
        EraseCommand::List => {
            let tombstones = app::tombstones(&config).await?;
            context.console.answer(|| json!({"erased": tombstones}), || list(&tombstones))?;
            return Ok(Exit::Ok);
        }
        EraseCommand::Person { id, how } => (ToErase::Person(person(&id)?), how),
        EraseCommand::Content { key, how } => {
            let app = Box::pin(context.visit()).await?;
            let found = content::find(context, &app.rail, &key).await;
            app.close().await?;
            (ToErase::Content(found?), how)
        }
    };
    if !how.yes && !how.dry_run {
        let message = "this cannot be undone: say --yes, or see with --dry-run what it would rewrite";
        return Err(Failure::usage(message));
    }
    if let ToErase::Person(id) = &what
        && names(&config, id)
    {
        let warning =
            "warning: the configuration still names this person: take them out, or they get new tasks";
        context.console.note(warning);
    }
    let erasure = Erasure { what, by: context.principal()?.id, reason: how.reason, dry_run: how.dry_run };
    let bar = context.console.counter("looked at");
    let erased = app::erase(&config, erasure, &|looked_at| bar.set_position(looked_at)).await;
    bar.finish_and_clear();
    let erased = erased?;
    context.console.answer(|| json!(erased), || text(&erased))?;
    if config.edition.has_servers() && !how.dry_run {
        context.console.note(IN_FILES);
    }
    Ok(Exit::Ok)
}

fn names(config: &Config, id: &PersonId) -> bool {
    let in_group = |group: &Group| group.members.contains(id) || group.leads.contains(id);
    config.people.contains_key(id) || config.groups.values().any(in_group)
}

fn text(erased: &Erased) -> String {
    let Erased { kind, name, number, records, left_in_names, dry_run } = erased;
    let text = match (dry_run, number) {
        (true, _) => format!("{records} records would be rewritten"),
        (false, Some(number)) => format!("{kind} {name}: {records} records rewritten (tombstone {number})"),
        (false, None) => "nothing was found".to_owned(),
    };
    if *left_in_names == 0 {
        return text;
    }
    format!("{text}\nthe names of {left_in_names} items hold the id, and stay")
}

fn list(tombstones: &[Tombstone]) -> String {
    if tombstones.is_empty() {
        return "nothing was erased".to_owned();
    }
    let row = |it: &Tombstone| {
        let reason = it.reason_hash.as_deref().and_then(|hash| hash.get(..8)).unwrap_or("-");
        let records =
            if it.finished { it.records.to_string() } else { "interrupted: erase again".to_owned() };
        let number = it.number.to_string();
        vec![
            number,
            exact(it.at),
            it.by.clone(),
            it.kind.clone(),
            it.name.clone(),
            records,
            reason.to_owned(),
        ]
    };
    table(&["no", "at", "by", "kind", "name", "records", "reason"], tombstones.iter().map(row))
}
