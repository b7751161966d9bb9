//! What a running process warns of by itself: events that wait too long, a disk that fills up.
//!
//! Each is said once when it begins and once when it is over; `/metrics` has how many stand.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::watch;
use tracerail_actors::meters::Meters;
use tracerail_actors::port::{Consumer, PortError, Ports};
use tracerail_schemas::Code;

use crate::backends::embedded::free_bytes;
use crate::config::AlertsConfig;

/// What is warned of: a name, and what is seen where it stands.
type Found = (String, Option<Warning>);

/// Something that should not be.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Warning {
    code: Code,
    seen: String,
    cure: String,
}

/// Looks, and warns.
#[derive(Debug)]
pub(crate) struct Alerts {
    settings: AlertsConfig,
    ports: Ports,
    meters: Arc<Meters>,
    /// Whose events may not wait: those of the actors of this process.
    consumers: Vec<Consumer>,
    /// The store's file, where there is one.
    file: Option<PathBuf>,
    /// What stands, by its name.
    standing: BTreeMap<String, Warning>,
}

impl Alerts {
    /// Warnings for a process with the actors of these consumers, and a store in this file.
    pub(crate) fn new(
        settings: AlertsConfig,
        ports: Ports,
        meters: Arc<Meters>,
        consumers: Vec<Consumer>,
        file: Option<PathBuf>,
    ) -> Self {
        Self { settings, ports, meters, consumers, file, standing: BTreeMap::new() }
    }

    /// Looks until it is told to stop.
    pub(crate) async fn watch(mut self, mut stopped: watch::Receiver<bool>) {
        let mut ticks = tokio::time::interval(self.settings.look_every);
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
        let paused = self.ports.store.intake_pause().await?.is_some();
        let mut found = Vec::new();
        for consumer in &self.consumers {
            let backlog = self.ports.log.backlog(*consumer).await?;
            let waits = backlog.oldest_at.map(|at| now.since(at)).unwrap_or_default();
            // What waits because somebody wants it to is nothing to warn of.
            let wanted = paused && *consumer == Consumer::Llm;
            let late = waits >= self.settings.oldest_waiting && !wanted;
            let warning = late.then(|| Warning {
                code: Code::EventsWait,
                seen: format!("{} events wait, the oldest for {} s", backlog.waiting, waits.as_secs()),
                cure: format!("see what its actor says, or start another: tracerail run --actors {consumer}"),
            });
            found.push((format!("lag of {consumer}"), warning));
        }
        if let Some(free) = self.file.as_ref().and_then(|file| free_bytes(file).ok()) {
            let low = free < self.settings.disk_bytes_free;
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
