//! Looking after what an installation keeps: copies of it, and what is taken out of it.
//!
//! It works on the file itself, or on the servers, beside whatever processes use them. Copies of servers are made with their own tools.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tracerail_actors::port::{Heard, SystemClock};
use tracerail_schemas::Code;
use tracerail_schemas::time::duration_text;

use super::{distributed, embedded};
use crate::backends;
use crate::backends::embedded::FileUpkeep;
use crate::config::{Config, Edition};
use crate::error::Error;
use crate::upkeep::{CopyStep, Erased, Erasing, Erasure, Removed, Restored, StoreCopy, Tombstone, Upkeep};

/// Copies the store to this file, while it is in use or not. What is there already is replaced when the copy is whole.
pub fn backup(config: &Config, to: &Path, tell: &dyn Fn(CopyStep)) -> Result<StoreCopy, Error> {
    has_a_file(config, "back up the event log with `nats stream backup`; Redis can be made again from it")?;
    Ok(backends::embedded::backup(&config.store.path, to, &embedded::settings(config, true), tell)?)
}

/// Makes the store what this copy holds. The store that is there is kept beside it; nobody may have it open.
pub fn restore(config: &Config, from: &Path, tell: &dyn Fn(CopyStep)) -> Result<Restored, Error> {
    has_a_file(config, "restore the event log with `nats stream restore`, then run `tracerail rebuild`")?;
    Ok(backends::embedded::restore(from, &config.store.path, &embedded::settings(config, false), tell)?)
}

/// Takes out what ended longer ago than this, or than the configuration says; with `dry`, only counts it.
pub async fn retain(
    config: &Config,
    older_than: Option<Duration>,
    dry: bool,
    tell: Heard<'_>,
) -> Result<Removed, Error> {
    let Some(age) = older_than.or(config.retention.ended_items.duration()) else {
        let message = "`retention.ended_items` is `forever`: say --older-than";
        return Err(Error::new(Code::UsageInvalid, message));
    };
    let upkeep = upkeep(config).await?;
    let least = upkeep.kept_at_least().await?.ok_or_else(kept_for_ever)?;
    if older_than.is_some_and(|asked| asked < least) {
        return Err(still_told(least));
    }
    Ok(upkeep.retain(age, dry, tell).await?)
}

fn kept_for_ever() -> Error {
    let message = "the streams of the event log keep events for ever, and what the log still tells of cannot go: made again from it, it would stand \
                   in the way of what has come since under its name. Let them forget in time (`nats stream edit NAME --max-age 30d`, each of them; \
                   not below `nats.max_age`)";
    Error::new(Code::UsageInvalid, message)
}

fn still_told(least: Duration) -> Error {
    let least = duration_text::format(least);
    let message = format!(
        "what ended more recently than {least} is still told of by the event log: made again from it, it would stand in the way of what has come \
         since under its name. Say --older-than {least} or more, or let the log forget earlier (`nats.max_age`, and then `nats stream edit NAME \
         --max-age ...` for each stream)"
    );
    Error::new(Code::UsageInvalid, message)
}

/// Takes out a person or what an item says, and leaves what happened.
pub async fn erase(config: &Config, erasure: Erasure, tell: Heard<'_>) -> Result<Erased, Error> {
    match upkeep(config).await?.erase(erasure, tell).await? {
        Erasing::Done(erased) => Ok(erased),
        Erasing::HasTasks(open) => {
            let message = format!(
                "they have {open} open tasks: release or reassign them first (`tracerail task list --assignee ID`), and take the person out of the configuration, so that they get no new ones"
            );
            Err(Error::new(Code::CommandIllegal, message))
        }
        Erasing::IsOpen => {
            let message = "the item is still open: decide or cancel its task first, so that nobody works on a text that is gone";
            Err(Error::new(Code::CommandIllegal, message))
        }
        Erasing::Unknown => Err(Error::new(Code::ContentUnknown, "there is no such content")),
    }
}

/// What was erased, oldest first.
pub async fn tombstones(config: &Config) -> Result<Vec<Tombstone>, Error> {
    Ok(upkeep(config).await?.tombstones().await?)
}

/// Looking after what the edition keeps.
async fn upkeep(config: &Config) -> Result<Arc<dyn Upkeep>, Error> {
    match config.edition {
        Edition::Embedded => {
            let (path, settings) = (config.store.path.clone(), embedded::settings(config, false));
            Ok(Arc::new(FileUpkeep::new(path, settings, Arc::new(SystemClock))))
        }
        Edition::Distributed => distributed::upkeep(config).await,
    }
}

fn has_a_file(config: &Config, instead: &str) -> Result<(), Error> {
    match config.edition {
        Edition::Embedded => Ok(()),
        Edition::Distributed => {
            let message =
                format!("`edition: distributed` has no store file: {instead}; docs/operations.md says how");
            Err(Error::new(Code::ConfigInvalid, message))
        }
    }
}
