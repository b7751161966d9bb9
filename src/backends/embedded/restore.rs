//! A copy takes the place of the store.
//!
//! Promises: the copy is read from end to end before anything is touched; the store that was there is kept beside it, with its log; at
//! no moment is there a store of two halves. A process that has the store open makes it refuse.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rustix::fs::FlockOperation;

use super::copy::copy;
use super::erase::tombstones;
use super::failure::Failure;
use super::files::{COMPANIONS, beside, remove, synced};
use super::settings::Settings;
use crate::upkeep::{CopyStep, Restored, StoreCopy};

/// Where the store goes that was there before.
const KEPT: &str = ".before-restore";

/// Makes the store at `store` what the copy at `from` holds. What is there already is moved aside.
pub fn restore(
    from: &Path,
    store: &Path,
    settings: &Settings,
    tell: &dyn Fn(CopyStep),
) -> Result<Restored, tracerail_actors::port::PortError> {
    try_restore(from, store, settings, tell)
        .map_err(|failure| failure.during(format!("restore {} to {}", from.display(), store.display())))
}

fn try_restore(
    from: &Path,
    store: &Path,
    settings: &Settings,
    tell: &dyn Fn(CopyStep),
) -> Result<Restored, Failure> {
    // Asked first, so that nobody waits for a copy that cannot be used.
    drop(hold(store)?);
    let coming = beside(store, ".restoring");
    let done = copy(from, &coming, settings, tell).and_then(|copy| {
        // Of a store that cannot be read nobody can say.
        let erased = tombstones(store, settings).unwrap_or_default();
        let known = tombstones(&coming, settings).unwrap_or_default();
        let kept = swap(&coming, store)?;
        let erased_since = erased.into_iter().filter(|stone| !known.contains(stone)).collect();
        Ok(Restored { copy: StoreCopy { path: store.to_owned(), ..copy }, kept, erased_since })
    });
    if done.is_err() {
        // Why it failed is told; the copy it was made from is still there.
        remove(&coming).unwrap_or_default();
    }
    done
}

fn swap(coming: &Path, store: &Path) -> Result<Option<PathBuf>, Failure> {
    let there = store.exists();
    if there {
        settle(store);
    }
    // Whoever opens the store from here on finds it locked, until the other one is there.
    let held = hold(store)?;
    let kept = there.then(|| free_name(store));
    if let Some(kept) = &kept {
        // A log that stayed would be taken for the log of the store that comes.
        for end in COMPANIONS {
            let (log, aside) = (beside(store, end), beside(kept, end));
            if log.exists() {
                rename(&log, &aside)?;
            }
        }
        // Under both names until the new one takes its place, so that there is one at every moment; some disks know no second name.
        std::fs::hard_link(store, kept)
            .or_else(|_| std::fs::rename(store, kept))
            .map_err(|source| Failure::File { doing: "move aside", path: store.to_owned(), source })?;
    }
    rename(coming, store)?;
    synced(store.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")))?;
    drop(held);
    Ok(kept)
}

/// Moves what stands in the log into the store, so that the one file is all of it. A store that is damaged is kept as it is, with
/// its log.
fn settle(store: &Path) {
    let settled = Connection::open(store)
        .and_then(|connection| connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(())));
    if let Err(error) = settled {
        tracing::debug!(%error, "the log of the store that is replaced is kept beside it");
    }
}

/// The lock that nobody gets while a process has the store open: SQLite keeps a shared one as long as it uses a log.
fn hold(store: &Path) -> Result<Option<std::fs::File>, Failure> {
    if !store.exists() {
        return Ok(None);
    }
    let file = OpenOptions::new().read(true).write(true).open(store).map_err(|source| Failure::File {
        doing: "open",
        path: store.to_owned(),
        source,
    })?;
    rustix::fs::fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|_| Failure::InUse)?;
    Ok(Some(file))
}

/// A name nobody has yet: whoever restores twice keeps both.
fn free_name(store: &Path) -> PathBuf {
    let first = beside(store, KEPT);
    let more = (2..).map(|number: u32| beside(store, &format!("{KEPT}-{number}")));
    [first.clone()].into_iter().chain(more).find(|path| !path.exists()).unwrap_or(first)
}

fn rename(from: &Path, to: &Path) -> Result<(), Failure> {
    std::fs::rename(from, to).map_err(|source| Failure::File { doing: "move", path: from.to_owned(), source })
}
