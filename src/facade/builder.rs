//! Opening a client, with parts of one's own where one has them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tracerail_actors::port::{
    Analyst, Assigner, AssignmentStrategy, Clock, Directory, EscalationStrategy, Escalator, LlmProvider,
    RoutingEngine, SystemClock,
};
use tracerail_actors::system::Role;

use super::Client;
use crate::app::{App, Opening, Own};
use crate::config::{Config, Edition};
use crate::error::Error;

/// How long servers that do not answer are waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is to be opened.
#[must_use = "nothing is opened before `start`"]
pub struct Builder {
    config: Config,
    roles: Option<BTreeSet<Role>>,
    clock: Arc<dyn Clock>,
    patience: Option<Duration>,
    own: Own,
}

impl Builder {
    /// What this configuration says.
    pub fn new(config: Config) -> Self {
        let (clock, patience) = (Arc::new(SystemClock), Some(PATIENCE));
        Self { config, roles: None, clock, patience, own: Own::default() }
    }

    /// With these actors in this process.
    pub fn roles(mut self, roles: impl IntoIterator<Item = Role>) -> Self {
        self.roles = Some(roles.into_iter().collect());
        self
    }

    /// With this language model: content is put to it with the usual prompt.
    pub fn llm(mut self, provider: impl LlmProvider + 'static) -> Self {
        self.own.llm = Some(Arc::new(provider));
        self
    }

    /// With this analyst in the place of a model and its prompt.
    pub fn analyst(mut self, analyst: impl Analyst + 'static) -> Self {
        self.own.analyst = Some(Arc::new(analyst));
        self
    }

    /// With this routing engine.
    pub fn routing(mut self, engine: impl RoutingEngine + 'static) -> Self {
        self.own.routing = Some(Arc::new(engine));
        self
    }

    /// With these people and groups.
    pub fn directory(mut self, directory: impl Directory + 'static) -> Self {
        self.own.directory = Some(Arc::new(directory));
        self
    }

    /// With this assignment strategy.
    pub fn assignment(mut self, strategy: impl AssignmentStrategy + 'static) -> Self {
        self.own.assignment = Some(Assigner::of(strategy));
        self
    }

    /// With this say in what raising a task does. When it is raised stays the policy's.
    pub fn escalation(mut self, strategy: impl EscalationStrategy + 'static) -> Self {
        self.own.escalation = Some(Escalator::of(strategy));
        self
    }

    /// By this clock; for tests.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// With this patience for servers that do not answer; without any, until they do.
    pub fn patience(mut self, patience: Option<Duration>) -> Self {
        self.patience = patience;
        self
    }

    /// Opens it.
    pub async fn start(self) -> Result<Client, Error> {
        let usual = || match self.config.edition {
            Edition::Embedded => Role::ALL.into_iter().collect(),
            Edition::Distributed => BTreeSet::new(),
        };
        let roles = self.roles.clone().unwrap_or_else(usual);
        let Self { config, clock, patience, own, .. } = self;
        let opening = Opening { config, roles, clock, read_only: false, patience };
        Ok(Client { app: Box::pin(App::open_with(opening, own)).await? })
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").field("roles", &self.roles).field("own", &self.own).finish_non_exhaustive()
    }
}
