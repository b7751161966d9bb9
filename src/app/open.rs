//! Opening: the parts of the edition that was asked for, put together.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tracerail_actors::port::{Analyst, Clock, HandedOn, LlmProvider, Ports, Tracing};
use tracerail_actors::system::{Role, StartError, Thread};
use tracerail_schemas::Code;

use super::edition::Backend;
use super::own::Own;
use super::parts::{actor_settings, llm_settings, telemetry};
use super::rules::Rules;
use crate::client::TraceRail;
use crate::config::{Config, Provider};
use crate::error::{Error, chain};
use crate::llm::{analyst_from, analyst_over, provider_from};
use crate::routing::LiveRules;
use crate::telemetry::Telemetry;

/// What is to be opened.
pub struct Opening {
    /// The configuration.
    pub config: Config,
    /// The actors this process runs; none for one that only submits, commands and looks.
    pub roles: BTreeSet<Role>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Whether the store is only read, for looking at what cannot or must not be written.
    pub read_only: bool,
    /// How long to wait for servers that do not answer; `None` is until they do.
    pub patience: Option<Duration>,
}

/// A TraceRail with its parts.
#[derive(Debug)]
pub struct App {
    /// The front door.
    pub rail: TraceRail,
    /// The language model.
    pub llm: Llm,
    backend: Backend,
    telemetry: Option<Telemetry>,
    rules: Rules,
    /// The actors live there, and the connections they use.
    thread: Thread,
}

/// A language model, and which of its models is asked.
#[derive(Clone)]
pub struct Llm {
    /// The provider.
    pub provider: Arc<dyn LlmProvider>,
    /// The model.
    pub model: String,
}

impl App {
    /// Makes the parts the configuration asks for, and starts the actors.
    pub async fn open(opening: Opening) -> Result<Self, Error> {
        Self::open_with(opening, Own::default()).await
    }

    /// The same with parts of one's own.
    pub async fn open_with(opening: Opening, own: Own) -> Result<Self, Error> {
        let config = &opening.config;
        let asks_model = own.llm.is_some() || config.llm.provider != Provider::Lexical;
        let (routing, rules) = Rules::open(config, own.routing, opening.roles.contains(&Role::Router))?;
        let llm = llm(config, own.llm)?;
        let analyst = own.analyst.map_or_else(|| analyst_of(config, &llm, asks_model), Ok)?;
        let mut settings = actor_settings(config);
        if let Some(assignment) = own.assignment {
            settings.tasks.assignment = assignment;
        }
        settings.tasks.escalation = own.escalation;
        let thread = Thread::start().map_err(StartError::Thread)?;
        let mut backend = Backend::open(&opening, &thread).await?;
        let telemetry = telemetry(&config.otlp)?;
        let ports = Ports {
            log: backend.log(),
            store: backend.store(),
            commands: backend.commands(),
            analyst,
            routing,
            directory: own.directory.unwrap_or_else(|| Arc::new(config.directory())),
            clock: Arc::clone(&opening.clock),
            tracing: telemetry
                .as_ref()
                .map_or_else(|| Arc::new(HandedOn) as Arc<dyn Tracing>, Telemetry::tracing),
        };
        let answers = opening.roles.contains(&Role::Task);
        let rail = TraceRail::start_on(&thread, ports, settings, opening.roles).await?;
        if answers {
            backend.serve(rail.commander());
        }
        Ok(Self { rail, llm, backend, telemetry, rules, thread })
    }

    /// Where events and tasks are kept, in words.
    pub fn place(&self) -> &str {
        self.backend.place()
    }

    /// The rules that decide here, unless an engine of somebody's own does.
    pub fn rules(&self) -> Option<&Arc<LiveRules>> {
        self.rules.live()
    }

    /// Rules follow their file from now on, as they do where items are routed: for whoever asks them here without that.
    pub fn follow_rules(&mut self) {
        self.rules.follow();
    }

    /// The servers behind it, where there are any.
    pub(super) fn servers(&self) -> Option<&super::distributed::Servers> {
        self.backend.servers()
    }

    /// Stops the actors in order, closes the store and sends the last spans.
    pub async fn close(self) -> Result<(), Error> {
        drop(self.rules);
        self.rail.stop().await;
        self.backend.close().await;
        if let Some(telemetry) = self.telemetry {
            telemetry.stop().await;
        }
        drop(self.thread);
        Ok(())
    }
}

fn llm(config: &Config, own: Option<Arc<dyn LlmProvider>>) -> Result<Llm, Error> {
    if let Some(provider) = own {
        let first = || provider.supported_models().first().cloned();
        let model = config.llm.model.clone().or_else(first).unwrap_or_default();
        return Ok(Llm { provider, model });
    }
    let made = provider_from(&llm_settings(&config.llm));
    let (provider, model) = made.map_err(|error| Error::new(Code::ConfigInvalid, chain(&error)))?;
    Ok(Llm { provider, model })
}

fn analyst_of(config: &Config, llm: &Llm, asks_model: bool) -> Result<Arc<dyn Analyst>, Error> {
    let settings = llm_settings(&config.llm);
    let made = if asks_model {
        analyst_over(Arc::clone(&llm.provider), llm.model.clone(), &settings)
    } else {
        analyst_from(&settings)
    };
    made.map_err(|error| Error::new(Code::ConfigInvalid, chain(&error)))
}

impl std::fmt::Debug for Llm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Llm").field("provider", &self.provider.name()).field("model", &self.model).finish()
    }
}

impl std::fmt::Debug for Opening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opening")
            .field("roles", &self.roles)
            .field("read_only", &self.read_only)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}
