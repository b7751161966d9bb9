//! What every command starts from: configuration, logs, an opened TraceRail, a client of Temporal.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tracerail::app::{App, Opening};
use tracerail::config::{Config, LoadOptions, LogFormat, LogLevel};
use tracerail_actors::port::SystemClock;
use tracerail_actors::system::Role;
use tracerail_temporal::keeper::Keeper;
use tracing_subscriber::EnvFilter;

use super::args::Globals;

/// The variable with a filter such as `info,tracerail_temporal=debug`.
const FILTER_VARIABLE: &str = "TRACERAIL_LOG";

/// What the SDK logs of each retry of a poll is not for whoever runs it.
const OTHERS: &str = ",temporalio_client=error,temporalio_sdk_core=error,temporalio_sdk=warn";

/// How long a command waits for servers that do not answer: somebody sits in front of it.
pub(crate) const PATIENCE: Option<Duration> = Some(Duration::from_secs(5));

/// The effective configuration; and logs begin.
pub(crate) fn configuration(globals: &Globals, goes_on: bool) -> Result<Config> {
    let mut options = LoadOptions::from_process().with_file(globals.config.clone());
    if let Some(store) = &globals.store {
        let path = store.to_str().context("the path of --store is not UTF-8")?;
        options = options.with_override("store.path", path);
    }
    let config = Config::load(options)?;
    logs(globals, &config, goes_on);
    Ok(config)
}

/// Opens TraceRail with these actors. Waits this long for its servers, or until they answer.
pub(crate) async fn open(config: &Config, roles: BTreeSet<Role>, patience: Option<Duration>) -> Result<App> {
    let clock = Arc::new(SystemClock);
    let opening = Opening { config: config.clone(), roles, clock, read_only: false, patience };
    Ok(Box::pin(App::open(opening)).await?)
}

/// Who keeps the waits, for a command that ends: Temporal has to answer now.
pub(crate) async fn keeper(config: &Config) -> Result<Keeper> {
    let client = tracerail_temporal::connect::connect(&config.temporal).await?;
    Ok(Keeper::of(config, client))
}

fn logs(globals: &Globals, config: &Config, goes_on: bool) {
    let configured = match config.log.level {
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
        LogLevel::Trace => "trace",
    };
    let usual = match (globals.quiet, globals.verbose) {
        (true, _) => "error",
        (false, 0) if goes_on => configured,
        (false, 0) => "warn",
        (false, 1) => "debug",
        (false, _) => "trace",
    };
    let filter = EnvFilter::try_from_env(FILTER_VARIABLE)
        .unwrap_or_else(|_| EnvFilter::new(format!("{usual}{OTHERS}")));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let started = match config.log.format {
        LogFormat::Text => logs.with_ansi(false).try_init(),
        LogFormat::Json => logs.json().try_init(),
    };
    // Somebody else has started them: the SDK, if it ever does.
    started.unwrap_or_default();
}
