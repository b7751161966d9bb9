//! Logs, to standard error.

use std::io;

use tracing_subscriber::EnvFilter;

use super::context::Context;
use crate::config::{Config, LogFormat, LogLevel};

/// The variable with a filter such as `info,tracerail::llm=debug`.
const FILTER_VARIABLE: &str = "TRACERAIL_LOG";

/// What others log of the HTTP server: how it starts, and every request that is none. Neither is for whoever runs it.
const OTHERS: &str = ",actix_server=warn,actix_http=off";

/// What is logged: what the configuration says for a process that goes on, only what is wrong for a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// A process that goes on.
    Service,
    /// A command that ends.
    Command,
}

/// Starts logging. Only the first call of a process counts.
pub(crate) fn start(context: &Context, config: &Config, kind: Kind) {
    let usual = level(context, config, kind);
    let filter = EnvFilter::try_from_env(FILTER_VARIABLE)
        .unwrap_or_else(|_| EnvFilter::new(format!("{usual}{OTHERS}")));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let started = match config.log.format {
        // Content can stand in fields; escape codes of our own would make it look as if it could use them.
        LogFormat::Text => logs.with_ansi(false).try_init(),
        LogFormat::Json => logs.json().try_init(),
    };
    // Somebody else has started them: a test, or a program that calls us.
    started.unwrap_or_default();
}

fn level(context: &Context, config: &Config, kind: Kind) -> &'static str {
    let globals = &context.globals;
    match (globals.quiet, globals.verbose, kind) {
        (true, _, _) => "error",
        (false, 0, Kind::Service) => match config.log.level {
            LogLevel::Error => "error",
            LogLevel::Warn => "warn",
            LogLevel::Info => "info",
            LogLevel::Debug => "debug",
            LogLevel::Trace => "trace",
        },
        (false, 0, Kind::Command) => "warn",
        (false, 1, Kind::Command) => "info",
        (false, 1, Kind::Service) | (false, 2, _) => "debug",
        (false, _, _) => "trace",
    }
}
