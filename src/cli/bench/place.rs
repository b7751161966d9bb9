//! Where it is measured: the configured edition with the load's rules, on a store and log that are empty.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tracerail_actors::port::{Position, SystemClock};
use tracerail_actors::system::Role;
use tracerail_schemas::Code;

use crate::app::{App, Opening};
use crate::bench::RULES;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::config::{Config, Provider};

/// The configuration of the measurement, and a folder for what it needs beside the servers; the folder goes with it.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) config: Config,
    folder: PathBuf,
}

impl Place {
    /// Takes the configuration, with the load's rules and the built-in analyser. Refuses a store or log that holds anything.
    pub(super) async fn prepare(context: &Context) -> Result<Self, Failure> {
        let mut config = context.config()?;
        let folder = PathBuf::from(format!("tracerail-bench-{}", std::process::id()));
        let folder = std::path::absolute(&folder).unwrap_or(folder);
        fs::create_dir(&folder).map_err(|error| unwritable(&folder, &error))?;
        let rules = folder.join("rules.yaml");
        let written = fs::write(&rules, RULES);
        config.routing.rules_file = Some(rules.clone());
        config.llm.provider = Provider::Lexical;
        let place = Self { config, folder };
        written.map_err(|error| unwritable(&rules, &error))?;
        place.must_be_empty().await?;
        Ok(place)
    }

    /// Opens it with these actors. The answer says how long that took, too.
    pub(super) async fn open(&self, roles: BTreeSet<Role>) -> Result<(App, Duration), Failure> {
        let began = Instant::now();
        let config = self.config.clone();
        let clock = Arc::new(SystemClock);
        let opening = Opening { config, roles, clock, read_only: false, patience: None };
        let app = Box::pin(App::open(opening)).await?;
        Ok((app, began.elapsed()))
    }

    /// The load's rules.
    pub(super) fn rules(&self) -> PathBuf {
        self.folder.join("rules.yaml")
    }

    /// A file to measure the disk with: in the current folder, where servers that were started from here keep theirs.
    pub(super) fn probe(&self) -> PathBuf {
        self.folder.join("probe")
    }

    async fn must_be_empty(&self) -> Result<(), Failure> {
        let (app, _) = self.open(BTreeSet::new()).await?;
        let seen = async {
            let totals = app.rail.totals().await?;
            let tasks: u64 = totals.tasks.iter().map(|(_, count)| count).sum();
            Ok::<_, Failure>((totals.contents, tasks, app.rail.head().await?))
        };
        let seen = seen.await;
        app.close().await?;
        let (contents, tasks, head) = seen?;
        if contents == 0 && tasks == 0 && head == Position::start() {
            return Ok(());
        }
        let events: u64 = head.sequences().iter().sum();
        let message = format!(
            "there are {contents} content items, {tasks} tasks and {events} events already: a benchmark goes only where nothing is. Use a \
             new store file (--store), or servers or a subject prefix (nats.subject_prefix) of its own"
        );
        Err(Failure::usage(message))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What cannot be removed is a small file that says in its name what it is.
        fs::remove_dir_all(&self.folder).unwrap_or_default();
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    let message = format!("{} cannot be written: {error}; run it in a folder that can be", path.display());
    Failure::new(Code::StoreUnavailable, message)
}
