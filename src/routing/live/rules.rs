//! The running rules, and what became of the last change.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use async_trait::async_trait;
use tracerail_actors::port::{RoutingEngine, RoutingError};
use tracerail_schemas::routing::{RoutingContext, RoutingResult};

use crate::routing::RulesEngine;

/// Says why rules do not fit this installation although they are right in themselves: a group nobody knows, for example.
pub type Accept = Box<dyn Fn(&RulesEngine) -> Result<(), String> + Send + Sync>;

/// Rules that can be replaced while they decide.
pub struct LiveRules {
    running: ArcSwap<RulesEngine>,
    accept: Accept,
    taken: AtomicU64,
    refused: AtomicU64,
    problem: Mutex<Option<String>>,
}

/// How the rules stand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RulesStatus {
    /// The version that decides.
    pub version: String,
    /// How many changes were taken over since the start.
    pub taken: u64,
    /// How many changes were refused since the start.
    pub refused: u64,
    /// Why the file as it stands does not decide, if it does not.
    pub problem: Option<String>,
}

impl LiveRules {
    /// Begins with these rules; later ones have to be accepted.
    pub fn new(first: Arc<RulesEngine>, accept: Accept) -> Self {
        Self {
            running: ArcSwap::new(first),
            accept,
            taken: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            problem: Mutex::new(None),
        }
    }

    /// The rules that decide now.
    pub fn running(&self) -> Arc<RulesEngine> {
        self.running.load_full()
    }

    /// How the rules stand.
    pub fn status(&self) -> RulesStatus {
        RulesStatus {
            version: self.running.load().version().to_owned(),
            taken: self.taken.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            problem: self.problem.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// Takes this text over as the running rules, if it is right as a whole; else nothing changes. Whatever comes of it is logged.
    pub(super) fn offer(&self, name: &str, text: &str) {
        let read = RulesEngine::from_yaml(name, text).map_err(|error| error.to_string());
        match read.and_then(|rules| (self.accept)(&rules).map(|()| rules)) {
            Ok(rules) => self.take(name, rules),
            Err(problem) => self.refuse(name, problem),
        }
    }

    /// Says that the running rules stay, and why.
    pub(super) fn refuse(&self, name: &str, problem: String) {
        self.refused.fetch_add(1, Ordering::Relaxed);
        let version = self.running.load().version().to_owned();
        tracing::error!(
            file = name,
            running = version,
            problem,
            "the changed rules are refused; the running ones stay"
        );
        *self.problem.lock().unwrap_or_else(PoisonError::into_inner) = Some(problem);
    }

    fn take(&self, name: &str, rules: RulesEngine) {
        *self.problem.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let before = self.running.load().version().to_owned();
        if before == rules.version() {
            tracing::info!(
                file = name,
                version = before,
                "the rules file says again what the running rules say"
            );
            return;
        }
        let (version, count) = (rules.version().to_owned(), rules.rule_count());
        self.running.store(Arc::new(rules));
        self.taken.fetch_add(1, Ordering::Relaxed);
        tracing::info!(file = name, before, version, rules = count, "the changed rules decide from now on");
    }
}

impl fmt::Debug for LiveRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveRules").field("status", &self.status()).finish_non_exhaustive()
    }
}

#[async_trait]
impl RoutingEngine for LiveRules {
    async fn route(&self, context: &RoutingContext) -> Result<RoutingResult, RoutingError> {
        // One guard for the whole decision: a swap in the middle of it changes the next one.
        self.running().route(context).await
    }

    async fn explain(&self, context: &RoutingContext) -> Result<serde_json::Value, RoutingError> {
        self.running().explain(context).await
    }
}
