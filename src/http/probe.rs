//! What is looked at: the actors of this process, and the store and log they work on.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{join, join_all};
use serde::Serialize;
use tracerail_actors::meters::Meters;
use tracerail_actors::port::{Consumer, PortError, Ports, Totals};
use tracerail_actors::system::Role;

use super::cache::Fresh;
use crate::client::TraceRail;
use crate::routing::{LiveRules, RulesStatus};

/// The outbox is counted up to here: more is as bad, and costs more to count.
const UNSENT_MAX: usize = 1_000;

/// How long an answer is good. People and scrapers ask less often; a loop that asks more often costs nothing.
const GOOD_FOR: Duration = Duration::from_secs(1);

/// How long answers may take, and silence may last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProbeLimits {
    /// How long store and log may take to answer.
    pub answer_within: Duration,
    /// How long the actors' thread may be silent before it counts as wedged.
    pub wedged_after: Duration,
}

/// A running TraceRail, as whoever watches it sees it.
#[derive(Debug)]
pub struct Probe {
    ports: Ports,
    pub(super) meters: Arc<Meters>,
    pub(super) roles: BTreeSet<Role>,
    limits: ProbeLimits,
    ready: Fresh<Vec<String>>,
    counts: Fresh<Counts>,
    rules: Option<Arc<LiveRules>>,
}

/// Whether the process lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub(super) struct Health {
    /// Whether its actors answer.
    pub(super) alive: bool,
    /// For how long they have not.
    pub(super) silent_ms: u128,
}

/// Whether the process does its work.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(super) struct Readiness {
    pub(super) ready: bool,
    /// The actors of this process.
    pub(super) actors: Vec<&'static str>,
    /// What is missing, and why.
    pub(super) missing: Vec<String>,
}

/// What only store and log know. What could not be counted in time is `None`.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Counts {
    pub(super) totals: Option<Totals>,
    pub(super) unsent: Option<usize>,
    pub(super) waiting: Vec<(Consumer, Option<u64>)>,
}

impl Probe {
    /// Watches this TraceRail, whose actors have these roles.
    pub fn new(rail: &TraceRail, roles: BTreeSet<Role>, limits: ProbeLimits) -> Self {
        Self {
            ports: rail.ports().clone(),
            meters: Arc::clone(rail.meters()),
            roles,
            limits,
            ready: Fresh::good_for(GOOD_FOR),
            counts: Fresh::good_for(GOOD_FOR),
            rules: None,
        }
    }

    /// Watches these rules too, where rules decide.
    #[must_use]
    pub fn with_rules(self, rules: Option<Arc<LiveRules>>) -> Self {
        Self { rules, ..self }
    }

    /// How the rules stand, where they are watched.
    pub(super) fn rules(&self) -> Option<RulesStatus> {
        self.rules.as_ref().map(|rules| rules.status())
    }

    /// Whether the actors answer.
    pub(super) fn health(&self) -> Health {
        let silent = self.meters.silent_for();
        Health { alive: silent <= self.limits.wedged_after, silent_ms: silent.as_millis() }
    }

    /// Whether everything is there that the work needs.
    pub(super) async fn readiness(&self) -> Readiness {
        let mut missing = self.ready.get(self.missing()).await;
        let health = self.health();
        if !health.alive {
            missing.push(format!("actors: their thread has not answered for {} ms", health.silent_ms));
        }
        if self.meters.stopping() {
            missing.push("actors: they are stopping".to_owned());
        }
        let actors = self.roles.iter().map(|role| role.as_str()).collect();
        Readiness { ready: missing.is_empty(), actors, missing }
    }

    /// What is counted in store and log.
    pub(super) async fn counts(&self) -> Counts {
        self.counts.get(self.count()).await
    }

    async fn missing(&self) -> Vec<String> {
        let (store, log) =
            join(self.in_time(self.ports.store.now()), self.in_time(self.ports.log.head())).await;
        let why = |what: &str, error: String| format!("{what}: {error}");
        [store.err().map(|error| why("store", error)), log.err().map(|error| why("event log", error))]
            .into_iter()
            .flatten()
            .collect()
    }

    async fn count(&self) -> Counts {
        let Ports { store, log, .. } = &self.ports;
        let consumers =
            Consumer::ALL.into_iter().filter(|consumer| self.roles.contains(&Role::of(*consumer)));
        let waiting =
            consumers.map(|consumer| async move { (consumer, self.in_time(log.lag(consumer)).await.ok()) });
        let (totals, unsent) =
            join(self.in_time(store.totals()), self.in_time(store.unsent(Duration::ZERO, UNSENT_MAX))).await;
        Counts {
            totals: totals.ok(),
            unsent: unsent.ok().map(|events| events.len()),
            waiting: join_all(waiting).await,
        }
    }

    async fn in_time<T>(&self, answer: impl Future<Output = Result<T, PortError>>) -> Result<T, String> {
        in_time(self.limits.answer_within, answer).await
    }
}

/// The answer, if it comes within this time.
async fn in_time<T>(
    within: Duration,
    answer: impl Future<Output = Result<T, PortError>>,
) -> Result<T, String> {
    match tokio::time::timeout(within, answer).await {
        Ok(answer) => answer.map_err(|error| error.chain()),
        Err(_) => Err(format!("no answer within {} ms", within.as_millis())),
    }
}

#[cfg(test)]
mod tests {
    use tracerail_actors::port::PortErrorKind;

    use super::*;

    #[tokio::test]
    async fn nobody_waits_longer_than_the_limit() {
        let within = Duration::from_millis(20);
        let never = in_time::<()>(within, std::future::pending()).await;
        assert_eq!(never, Err("no answer within 20 ms".to_owned()));
        let away = PortError::new("read head", PortErrorKind::Unavailable, "it is away");
        let failed = in_time::<()>(within, async { Err(away) }).await;
        assert_eq!(failed, Err("read head failed: it is away".to_owned()));
    }
}
