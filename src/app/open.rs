//! Opening: the parts of the edition that was asked for, put together.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tracerail_actors::port::{Clock, HandedOn, Ports, Tracing};
use tracerail_actors::system::{Role, StartError, Thread};
use tracerail_schemas::Code;

use super::edition::Backend;
use super::parts::{actor_settings, check_names, llm_settings, telemetry};
use crate::client::TraceRail;
use crate::config::Config;
use crate::error::{Error, chain};
use crate::llm::analyst_from;
use crate::routing::{RoutingSettings, engine_from};
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
    backend: Backend,
    telemetry: Option<Telemetry>,
    /// The actors live there, and the connections they use.
    thread: Thread,
}

impl App {
    /// Makes the parts the configuration asks for, and starts the actors.
    pub async fn open(opening: Opening) -> Result<Self, Error> {
        let config = &opening.config;
        let routing = engine_from(&RoutingSettings { rules_file: config.routing.rules_file.clone() })
            .map_err(|error| Error::new(Code::RulesInvalid, chain(&error)))?;
        check_names(&routing, config)?;
        let analyst = analyst_from(&llm_settings(&config.llm))
            .map_err(|error| Error::new(Code::ConfigInvalid, chain(&error)))?;
        let thread = Thread::start().map_err(StartError::Thread)?;
        let mut backend = Backend::open(&opening, &thread).await?;
        let telemetry = telemetry(&config.otlp)?;
        let ports = Ports {
            log: backend.log(),
            store: backend.store(),
            commands: backend.commands(),
            analyst,
            routing,
            directory: Arc::new(config.directory()),
            clock: Arc::clone(&opening.clock),
            tracing: telemetry
                .as_ref()
                .map_or_else(|| Arc::new(HandedOn) as Arc<dyn Tracing>, Telemetry::tracing),
        };
        let answers = opening.roles.contains(&Role::Task);
        let rail = TraceRail::start_on(&thread, ports, actor_settings(config), opening.roles).await?;
        if answers {
            backend.serve(rail.commander());
        }
        Ok(Self { rail, backend, telemetry, thread })
    }

    /// Where events and tasks are kept, in words.
    pub fn place(&self) -> &str {
        self.backend.place()
    }

    /// The servers behind it, where there are any.
    pub(super) fn servers(&self) -> Option<&super::distributed::Servers> {
        self.backend.servers()
    }

    /// Stops the actors in order, closes the store and sends the last spans.
    pub async fn close(self) -> Result<(), Error> {
        self.rail.stop().await;
        self.backend.close().await;
        if let Some(telemetry) = self.telemetry {
            telemetry.stop().await;
        }
        drop(self.thread);
        Ok(())
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
