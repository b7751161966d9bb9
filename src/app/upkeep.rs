//! Looking after what an installation keeps: copies of it, and what is taken out of it.
//!
//! It works on the file itself, beside whatever processes have it open; servers are looked after with their own tools.

use std::path::Path;
use std::time::Duration;

use tracerail_actors::port::SystemClock;
use tracerail_schemas::Code;

use super::embedded;
use crate::backends;
use crate::backends::embedded::Begun;
use crate::config::{Config, Edition};
use crate::error::Error;
use crate::upkeep::{CopyStep, Erased, Erasure, Removed, Restored, StoreCopy, Tombstone};

/// Between two transactions whoever else writes comes first.
const OTHERS_TURN: Duration = Duration::from_millis(10);

/// How often it is tried to empty the log: for half a minute. Whoever reads that long has forgotten about it.
const LOG_TRIES: u32 = 3000;

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
pub async fn retain(config: &Config, older_than: Option<Duration>, dry: bool) -> Result<Removed, Error> {
    has_a_file(
        config,
        "the streams keep events for `nats.max_age`, and Redis what has ended until `tracerail rebuild`",
    )?;
    let Some(older_than) = older_than.or(config.retention.ended_items.duration()) else {
        let message = "`retention.ended_items` is `forever`: say --older-than";
        return Err(Error::new(Code::UsageInvalid, message));
    };
    let settings = embedded::settings(config, false);
    let mut walk = backends::embedded::retain(&config.store.path, &settings, &SystemClock, older_than, dry)?;
    while walk.go_on()? {
        tokio::time::sleep(OTHERS_TURN).await;
    }
    Ok(walk.removed())
}

/// Whether anything can be erased there at all.
pub fn can_erase(config: &Config) -> Result<(), Error> {
    let instead =
        "nothing was erased: what is in JetStream and Redis goes with `nats.max_age` and `tracerail rebuild`";
    has_a_file(config, instead)
}

/// Takes out a person or what an item says, and leaves what happened.
pub async fn erase(config: &Config, erasure: Erasure) -> Result<Erased, Error> {
    can_erase(config)?;
    let settings = embedded::settings(config, false);
    let dry_run = erasure.dry_run;
    let mut erasing = match backends::embedded::erase(&config.store.path, &settings, &SystemClock, erasure)? {
        Begun::Ready(erasing) => erasing,
        Begun::HasTasks(open) => {
            let message = format!(
                "they have {open} open tasks: release or reassign them first (`tracerail task list --assignee ID`), and take the person out of the configuration, so that they get no new ones"
            );
            return Err(Error::new(Code::CommandIllegal, message));
        }
        Begun::IsOpen => {
            let message = "the item is still open: decide or cancel its task first, so that nobody works on a text that is gone";
            return Err(Error::new(Code::CommandIllegal, message));
        }
        Begun::Unknown => return Err(Error::new(Code::ContentUnknown, "there is no such content")),
    };
    while erasing.go_on()? {
        tokio::time::sleep(OTHERS_TURN).await;
    }
    let erased = erasing.finish()?;
    if !dry_run {
        let mut tries = 0;
        while !erasing.empty_log()? {
            tries += 1;
            if tries == LOG_TRIES {
                let message = "it is erased, but a process reads an old state of the store and keeps it in the log: end `sqlite3` shells and backups, and erase again";
                return Err(Error::new(Code::StoreUnavailable, message));
            }
            tokio::time::sleep(OTHERS_TURN).await;
        }
    }
    Ok(erased)
}

/// What was erased, oldest first.
pub fn tombstones(config: &Config) -> Result<Vec<Tombstone>, Error> {
    can_erase(config)?;
    Ok(backends::embedded::tombstones(&config.store.path, &embedded::settings(config, false))?)
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
