//! The library as programs use it: one client with the language model, the routing engine, the tasks and their deadlines.
//!
//! Promises: what it does goes through the same actors, rules and permissions as everything else; what returns `Ok` has happened and
//! survives a crash.
//!
//! `TraceRail::from_env()`, `from_file(path)`, `create_client` and `Builder` open it. In the embedded edition the actors run in this
//! process, on a thread of their own; in the distributed edition they run in the role processes, and this process submits, commands
//! and looks, unless `Builder::roles` says otherwise.
//!
//! Deliberately absent: streaming, machine-learnt and DMN engines, Temporal.

mod builder;
mod manager;
mod outcome;
mod process;
mod sla;
mod tasks;

use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use tracerail_actors::port::{LlmProvider, RoutingEngine};

pub use builder::Builder;
pub use manager::{Result as TaskManagerResult, SlaManager, SlaStatus, TaskManager, TaskResult};
pub use process::Processed;
pub use sla::Sla;
pub use tasks::Tasks;

use crate::TraceRail;
use crate::app::App;
use crate::config::{Config, ConfigError, LoadOptions};
use crate::error::Error;

/// A client. Everything of [`TraceRail`] is there as well: `submit`, `content`, `command`, `task`, `events`...
#[derive(Debug)]
pub struct Client {
    app: App,
}

/// A client for this file, or for what the environment and `tracerail.yaml` in the current folder say.
pub async fn create_client(config: Option<&Path>) -> Result<Client, Error> {
    match config {
        Some(path) => TraceRail::from_file(path).await,
        None => TraceRail::from_env().await,
    }
}

impl TraceRail {
    /// A client for what the environment says: the variables of `docs/configuration.md`, and the file that `TRACERAIL_CONFIG` names or
    /// that lies in the current folder.
    pub async fn from_env() -> Result<Client, Error> {
        Builder::new(Config::load(LoadOptions::from_process())?).start().await
    }

    /// A client for this file, YAML or JSON; the environment overrules it.
    pub async fn from_file(path: impl AsRef<Path>) -> Result<Client, Error> {
        let file = Some(path.as_ref().to_owned());
        Builder::new(Config::load(LoadOptions::from_process().with_file(file))?).start().await
    }
}

impl Client {
    /// A client with parts of one's own.
    pub fn builder(config: Config) -> Builder {
        Builder::new(config)
    }

    /// The language model. `lexical`, which is none, answers with its analysis as JSON.
    pub fn llm(&self) -> &Arc<dyn LlmProvider> {
        &self.app.llm.provider
    }

    /// The model it is asked for.
    pub fn model(&self) -> &str {
        &self.app.llm.model
    }

    /// What decides between auto, human, escalate and reject.
    pub fn routing(&self) -> &dyn RoutingEngine {
        &*self.ports().routing
    }

    /// The tasks.
    pub fn tasks(&self) -> Tasks<'_> {
        Tasks::of(self)
    }

    /// Their deadlines.
    pub fn sla(&self) -> Sla<'_> {
        Sla::of(self)
    }

    /// Stops what runs in this process, in order, and closes everything.
    pub async fn close(self) -> Result<(), Error> {
        self.app.close().await
    }
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl Deref for Client {
    type Target = TraceRail;

    fn deref(&self) -> &TraceRail {
        &self.app.rail
    }
}
