//! `tracerail run`: the actors, until somebody asks them to stop.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use serde_json::json;
use tracerail_actors::system::Role;
use tracerail_schemas::Code;

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::logging::{self, Kind};
use super::signals::Stop;
use super::temporal::Companion;
use crate::app::alerts::Alerts;
use crate::config::Config;
use crate::http::{Probe, ProbeLimits, Server, ServerSettings};

/// Where `--http` listens when no address is given.
const HTTP_ADDRESS: &str = "127.0.0.1:8787";

/// The name of the waits in Temporal among the actors.
const TEMPORAL: &str = "temporal";

/// Running actors.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  tracerail run\n  tracerail run --actors llm,router\n  tracerail run --actors task,sla,escalation,temporal\n  tracerail run --http\n  tracerail run -c /etc/tracerail.yaml -v\n\nCtrl-C or SIGTERM stops in order; a second one ends the process at once, which loses nothing either."
)]
pub(crate) struct RunArgs {
    /// Which actors: llm, router, task, sla, escalation; temporal for the waits in Temporal, beside them or alone
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = part)]
    pub(crate) actors: Vec<Part>,
    /// Answer /healthz, /readyz and /metrics here, whatever the configuration says; without an address on 127.0.0.1:8787
    #[arg(long, value_name = "ADDR", num_args = 0..=1, default_missing_value = HTTP_ADDRESS)]
    pub(crate) http: Option<String>,
}

/// What can be run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    /// An actor of this process.
    Actor(Role),
    /// The waits in Temporal, by a process of their own.
    Temporal,
}

/// Opens, says that it is ready, waits, closes.
pub(super) async fn run(context: &Context, args: RunArgs) -> Result<Exit, Failure> {
    let began = Instant::now();
    let stop = Stop::listen();
    let config = context.config_with(args.http.as_ref().map(|listen| ("http.listen", listen.clone())))?;
    logging::start(context, &config, Kind::Service);
    let roles = roles(&args.actors);
    let mut names: Vec<_> = roles.iter().map(|role| role.as_str()).collect();
    let mut companion = None;
    if args.actors.contains(&Part::Temporal) {
        companion = Some(Companion::start(context)?);
        names.push(TEMPORAL);
    }
    // Before anything else, so that whoever watches sees a process that starts.
    let server = server(&config)?;
    let limits = limits(&config);
    let alerts = Alerts::of(&config, &roles);
    let app = Box::pin(context.open(config, roles.clone(), None)).await?;
    let alerts = alerts.start(app.rail.ports(), app.rail.meters());
    if let Some(server) = &server {
        let probe = Probe::new(&app.rail, roles, limits);
        server.watch(probe.with_rules(app.rules().map(Arc::clone)));
    }
    let address = server.as_ref().map(|server| server.address().to_string());
    let took = began.elapsed();
    context.console.answer(
        || json!({"ready": {"actors": names, "store": app.place(), "http": address, "pid": std::process::id(), "took_ms": took.as_millis()}}),
        || {
            let pid = std::process::id();
            let http = address.as_ref().map(|address| format!(", http://{address}")).unwrap_or_default();
            let (names, store, took_ms) = (names.join(", "), app.place(), took.as_millis());
            format!("ready: {names} on {store}{http} (pid {pid}, {took_ms} ms)")
        },
    )?;
    let ended = wait(&stop, &mut companion).await;
    tracing::info!("stopping: what is in flight is finished first");
    alerts.stop().await;
    if let Some(companion) = companion {
        companion.stop().await;
    }
    let closed = app.close().await;
    // Last, so that whoever watches sees a process that stops.
    if let Some(server) = server {
        server.stop().await;
    }
    closed?;
    ended?;
    tracing::info!("stopped");
    Ok(Exit::Ok)
}

/// Waits for a wish to stop, or until something ends that should not.
async fn wait(stop: &Stop, companion: &mut Option<Companion>) -> Result<(), Failure> {
    let Some(companion) = companion else {
        stop.come().await;
        return Ok(());
    };
    tokio::select! {
        () = stop.come() => Ok(()),
        failure = companion.end() => Err(failure),
    }
}

/// Those that were named; all of them, when nothing was.
fn roles(parts: &[Part]) -> BTreeSet<Role> {
    if parts.is_empty() {
        return Role::ALL.into();
    }
    let role = |part: &Part| match part {
        Part::Actor(role) => Some(*role),
        Part::Temporal => None,
    };
    parts.iter().filter_map(role).collect()
}

fn server(config: &Config) -> Result<Option<Server>, Failure> {
    let http = &config.http;
    let Some(listen) = &http.listen else { return Ok(None) };
    let settings = ServerSettings {
        listen: listen.clone(),
        connections_max: http.connections_max,
        request_timeout: http.request_timeout,
        keep_alive: http.keep_alive,
    };
    let started = Server::start(&settings);
    started.map(Some).map_err(|error| Failure::new(Code::ConfigInvalid, error.to_string()))
}

fn limits(config: &Config) -> ProbeLimits {
    ProbeLimits { answer_within: config.http.answer_within, wedged_after: config.http.wedged_after }
}

fn part(name: &str) -> Result<Part, String> {
    if name.trim() == TEMPORAL {
        return Ok(Part::Temporal);
    }
    Role::from_name(name.trim()).map(Part::Actor).ok_or_else(|| {
        let all = Role::ALL.map(Role::as_str).join(", ");
        format!("no such actor (there are {all}; and {TEMPORAL})")
    })
}
