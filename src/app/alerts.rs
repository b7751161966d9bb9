//! What a running process warns of by itself: events that wait too long, a disk that fills up.
//!
//! Each is said once when it begins and once when it is over; `/metrics` has how many stand.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracerail_actors::meters::Meters;
use tracerail_actors::port::{Consumer, PortError, Ports};
use tracerail_actors::system::Role;
use tracerail_schemas::Code;

use crate::backends::embedded::free_bytes;
use crate::config::{AlertsConfig, Config};

/// What is warned of: a name, and what is seen where it stands.
type Found = (String, Option<Warning>);

/// Something that should not be.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Warning {
    code: Code,
    seen: String,
    cure: String,
}

/// What a process warns of: of its own actors' events, and of its own disk.
#[derive(Clone, Debug)]
pub(crate) struct Alerts {
    settings: AlertsConfig,
    /// Whose events may not wait.
    consumers: Vec<Consumer>,
    /// The store's file, where there is one.
    file: Option<PathBuf>,
}

/// Whoever looks, until it is stopped.
#[derive(Debug)]
pub(crate) struct Watching {
    task: JoinHandle<()>,
    stop: watch::Sender<bool>,
}

/// What is looked at, and what stands.
struct Watchman {
    alerts: Alerts,
    ports: Ports,
    meters: Arc<Meters>,
    standing: BTreeMap<String, Warning>,
}

impl Alerts {
    /// For a process with this configuration and these roles.
    pub(crate) fn of(config: &Config, roles: &BTreeSet<Role>) -> Self {
        let consumers = Consumer::ALL.into_iter().filter(|consumer| roles.contains(&Role::of(*consumer)));
        Self {
            settings: config.alerts.clone(),
            consumers: consumers.collect(),
            file: (!config.edition.has_servers()).then(|| config.store.path.clone()),
        }
    }

    /// Looks from now on.
    pub(crate) fn start(self, ports: &Ports, meters: &Arc<Meters>) -> Watching {
        let (stop, stopped) = watch::channel(false);
        let (ports, meters) = (ports.clone(), Arc::clone(meters));
        let watchman = Watchman { alerts: self, ports, meters, standing: BTreeMap::new() };
        Watching { task: tokio::spawn(watchman.watch(stopped)), stop }
    }
}

impl Watching {
    /// Stops looking.
    pub(crate) async fn stop(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.task.await {
            tracing::warn!(%error, "whoever warns has ended in a panic");
        }
    }
}

impl Watchman {
    /// Looks until it is told to stop.
    async fn watch(mut self, mut stopped: watch::Receiver<bool>) {
        let mut ticks = tokio::time::interval(self.alerts.settings.look_every);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                _ = stopped.wait_for(|stopped| *stopped) => return,
            }
            match self.look().await {
                Ok(found) => self.tell(found),
                // Store or log are away, and whoever needs them says so.
                Err(error) => tracing::debug!(error = error.chain(), "nothing could be looked at"),
            }
        }
    }

    async fn look(&self) -> Result<Vec<Found>, PortError> {
        let now = self.ports.store.now().await?;
        // Only who takes in is allowed to ask.
        let takes_in = self.alerts.consumers.contains(&Consumer::Llm);
        let paused = takes_in && self.ports.log.intake_pause().await?.is_some();
        let mut found = Vec::new();
        for consumer in &self.alerts.consumers {
            let backlog = self.ports.log.backlog(*consumer).await?;
            let waits = backlog.oldest_at.map(|at| now.since(at)).unwrap_or_default();
            // What waits because somebody wants it to is nothing to warn of.
            let wanted = paused && *consumer == Consumer::Llm;
            let late = waits >= self.alerts.settings.oldest_waiting && !wanted;
            let warning = late.then(|| Warning {
                code: Code::EventsWait,
                seen: format!("{} events wait, the oldest for {} s", backlog.waiting, waits.as_secs()),
                cure: format!("see what its actor says, or start another: tracerail run --actors {consumer}"),
            });
            found.push((format!("lag of {consumer}"), warning));
        }
        if let Some(free) = self.alerts.file.as_ref().and_then(|file| free_bytes(file).ok()) {
            let low = free < self.alerts.settings.disk_bytes_free;
            let warning = low.then(|| Warning {
                code: Code::DiskLow,
                seen: format!("{} MiB are free on the disk of the store", free / (1024 * 1024)),
                cure: "make room, or move the store: a full disk stops everything, and loses nothing"
                    .to_owned(),
            });
            found.push(("disk space".to_owned(), warning));
        }
        Ok(found)
    }

    fn tell(&mut self, found: Vec<Found>) {
        for (what, warning) in found {
            match (self.standing.contains_key(&what), warning) {
                (false, Some(warning)) => {
                    let Warning { code, seen, cure } = &warning;
                    tracing::warn!(%code, what, seen, cure, "something needs a look");
                    self.standing.insert(what, warning);
                }
                (true, None) => {
                    tracing::info!(what, "it is well again");
                    self.standing.remove(&what);
                }
                (true, Some(_)) | (false, None) => {}
            }
        }
        self.meters.set_alerts(self.standing.len());
    }
}
