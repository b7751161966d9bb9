//! The composition root: makes the parts and puts them together. The only file that knows which backend there is.

use std::collections::BTreeSet;
use std::sync::Arc;

use tracerail_actors::port::{Clock, Directory, HandedOn, Ports, Tracing};
use tracerail_actors::system::Role;
use tracerail_actors::{AssignmentStrategy, Settings, TaskPolicy};
use tracerail_schemas::Code;

use crate::backends::embedded::{Access, Embedded, Settings as StoreSettings};
use crate::client::TraceRail;
use crate::config::{self, Config, OnExhausted, Provider};
use crate::error::Error;
use crate::llm::{LlmSettings, Vendor, analyst_from};
use crate::routing::{RoutingSettings, RulesEngine, engine_from};
use crate::telemetry::{Telemetry, TelemetrySettings};

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
}

/// A TraceRail with its parts.
#[derive(Debug)]
pub struct App {
    /// The front door.
    pub rail: TraceRail,
    store: Embedded,
    telemetry: Option<Telemetry>,
}

impl App {
    /// Makes the parts the configuration asks for, and starts the actors.
    pub async fn open(opening: Opening) -> Result<Self, Error> {
        let Opening { config, roles, clock, read_only } = opening;
        let directory = config.directory();
        let routing = engine_from(&RoutingSettings { rules_file: config.routing.rules_file.clone() })
            .map_err(|error| Error::new(Code::RulesInvalid, chain(&error)))?;
        check_names(&routing, &config)?;
        let analyst = analyst_from(&llm_settings(&config.llm))
            .map_err(|error| Error::new(Code::ConfigInvalid, chain(&error)))?;
        let store =
            Embedded::open(&config.store.path, store_settings(&config, read_only), Arc::clone(&clock))?;
        let telemetry = telemetry(&config.otlp)?;
        let ports = Ports {
            log: Arc::new(store.clone()),
            store: Arc::new(store.clone()),
            analyst,
            routing,
            directory: Arc::new(directory),
            clock,
            commands: None,
            tracing: telemetry
                .as_ref()
                .map_or_else(|| Arc::new(HandedOn) as Arc<dyn Tracing>, Telemetry::tracing),
        };
        let rail = TraceRail::start(ports, actor_settings(&config), roles).await?;
        Ok(Self { rail, store, telemetry })
    }

    /// Stops the actors in order, closes the store and sends the last spans.
    pub async fn close(self) -> Result<(), Error> {
        self.rail.stop().await;
        self.store.close().await;
        if let Some(telemetry) = self.telemetry {
            telemetry.stop().await;
        }
        Ok(())
    }
}

/// Rules name groups and people. One that nobody knows would leave its tasks without anybody to work them.
fn check_names(rules: &RulesEngine, config: &Config) -> Result<(), Error> {
    let directory = config.directory();
    // The built-in rules cannot know anybody's groups. What they offer to a group that is not there goes to the default groups.
    if directory.is_open() || config.routing.rules_file.is_none() {
        return Ok(());
    }
    let unknown_group = rules.groups().into_iter().find(|group| !directory.has_group(group));
    let unknown_person = rules.people().into_iter().find(|person| !directory.knows(person));
    let unknown = unknown_group
        .map(|group| format!("the group {group:?}"))
        .or_else(|| unknown_person.map(|person| format!("the person {person:?}")));
    match unknown {
        None => Ok(()),
        Some(unknown) => Err(Error::new(
            Code::RulesInvalid,
            format!(
                "the rules name {unknown}, which the configuration does not know: add it, or change the rules"
            ),
        )),
    }
}

fn telemetry(otlp: &config::OtlpConfig) -> Result<Option<Telemetry>, Error> {
    let Some(endpoint) = &otlp.endpoint else { return Ok(None) };
    let settings = TelemetrySettings {
        endpoint: endpoint.clone(),
        headers: otlp.headers.as_ref().map(|headers| headers.expose().to_owned()).unwrap_or_default(),
        service_name: otlp.service_name.clone(),
        sample_ratio: otlp.sample_ratio,
        timeout: otlp.timeout,
    };
    let started = Telemetry::start(&settings);
    started.map(Some).map_err(|error| Error::new(Code::ConfigInvalid, chain(&error)))
}

fn llm_settings(llm: &config::LlmConfig) -> LlmSettings {
    let provider = match llm.provider {
        Provider::Lexical => Vendor::Lexical,
        Provider::DeepSeek => Vendor::DeepSeek,
        Provider::OpenAi => Vendor::OpenAi,
        Provider::Custom => Vendor::Custom,
    };
    LlmSettings {
        provider,
        base_url: llm.base_url.clone(),
        api_key: llm.api_key.as_ref().map(|key| key.expose().into()),
        model: llm.model.clone(),
        max_tokens: llm.max_tokens,
        temperature: llm.temperature,
        timeout: llm.timeout,
        retries: llm.retries,
        content_chars_max: llm.content_chars_max,
        ..LlmSettings::default()
    }
}

fn store_settings(config: &Config, read_only: bool) -> StoreSettings {
    StoreSettings {
        access: if read_only { Access::ReadOnly } else { Access::ReadWrite },
        group_commit_max: config.store.group_commit_max,
        busy_timeout: config.store.busy_timeout,
        lease_duration: config.store.lease,
        limits: config.limits.codec(),
        ..StoreSettings::default()
    }
}

fn actor_settings(config: &Config) -> Settings {
    let actors = &config.actors;
    Settings {
        limits: config.limits.codec(),
        content_bytes_max: config.limits.content_bytes_max,
        in_flight_max: actors.in_flight,
        batch_max: actors.batch,
        attempts_max: actors.attempts_max,
        retry_base: actors.retry_base,
        retry_max: actors.retry_max,
        sla_tick: actors.sla_tick,
        stop_within: actors.stop_within,
        tasks: task_policy(config),
        ..Settings::default()
    }
}

fn task_policy(config: &Config) -> TaskPolicy {
    let tasks = &config.tasks;
    TaskPolicy {
        default_sla_hours: tasks.default_sla_hours,
        escalation_hours: tasks.escalation_hours,
        assignment: match tasks.assignment_strategy {
            config::AssignmentStrategy::RoundRobin => AssignmentStrategy::RoundRobin,
            config::AssignmentStrategy::Manual => AssignmentStrategy::Manual,
        },
        auto_escalation: tasks.enable_auto_escalation,
        expire_at_sla_times: match tasks.on_exhausted {
            OnExhausted::Hold => None,
            // The hours hold for the default SLA; a task with an SLA of its own expires in the same proportion.
            OnExhausted::Expire => Some(tasks.expire_hours.get() / tasks.default_sla_hours.get()),
        },
        candidate_groups: config.routing.candidate_groups.clone(),
    }
}

/// An error with all that is underneath.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

impl std::fmt::Debug for Opening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opening")
            .field("roles", &self.roles)
            .field("read_only", &self.read_only)
            .finish_non_exhaustive()
    }
}
