//! Looking after the file, beside whatever processes have it open.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tracerail_actors::port::{
    Clock, Erasing as Outcome, Erasure, Heard, PortError, PortErrorKind, Removed, Tombstone, Upkeep,
};

use super::erase::{Begun, erase, tombstones};
use super::retention::retain;
use super::settings::Settings;

/// Between two transactions whoever else writes comes first.
const OTHERS_TURN: Duration = Duration::from_millis(10);

/// How often it is tried to empty the log: for half a minute. Whoever reads that long has forgotten about it.
const LOG_TRIES: u32 = 3000;

/// Looking after a file.
pub struct FileUpkeep {
    path: PathBuf,
    settings: Settings,
    clock: Arc<dyn Clock>,
}

impl FileUpkeep {
    /// Of this file, by this clock.
    pub fn new(path: PathBuf, settings: Settings, clock: Arc<dyn Clock>) -> Self {
        Self { path, settings, clock }
    }
}

#[async_trait]
impl Upkeep for FileUpkeep {
    async fn retain(&self, older_than: Duration, dry: bool, tell: Heard<'_>) -> Result<Removed, PortError> {
        let mut walk = retain(&self.path, &self.settings, self.clock.as_ref(), older_than, dry)?;
        while walk.go_on()? {
            let Removed { items, tasks, events, .. } = walk.removed();
            tell(items + tasks + events);
            tokio::time::sleep(OTHERS_TURN).await;
        }
        Ok(walk.removed())
    }

    /// The events of an item go with it.
    async fn kept_at_least(&self) -> Result<Option<Duration>, PortError> {
        Ok(Some(Duration::ZERO))
    }

    async fn erase(&self, erasure: Erasure, tell: Heard<'_>) -> Result<Outcome, PortError> {
        let dry_run = erasure.dry_run;
        let mut erasing = match erase(&self.path, &self.settings, self.clock.as_ref(), erasure)? {
            Begun::Ready(erasing) => erasing,
            Begun::HasTasks(open) => return Ok(Outcome::HasTasks(open)),
            Begun::IsOpen => return Ok(Outcome::IsOpen),
            Begun::Unknown => return Ok(Outcome::Unknown),
        };
        while erasing.go_on()? {
            tell(erasing.records());
            tokio::time::sleep(OTHERS_TURN).await;
        }
        let erased = erasing.finish()?;
        // What it was stands in the log of the file until that is emptied.
        let mut tries = 0;
        while !dry_run && !erasing.empty_log()? {
            tries += 1;
            if tries == LOG_TRIES {
                let why = "it is erased, but a process reads an old state of the store and keeps it in the log: end `sqlite3` shells and backups, and erase again";
                return Err(PortError::new("erase", PortErrorKind::Unavailable, why));
            }
            tokio::time::sleep(OTHERS_TURN).await;
        }
        Ok(Outcome::Done(erased))
    }

    async fn tombstones(&self) -> Result<Vec<Tombstone>, PortError> {
        tombstones(&self.path, &self.settings)
    }
}

impl std::fmt::Debug for FileUpkeep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileUpkeep").field("path", &self.path).finish_non_exhaustive()
    }
}
