//! The other processes: `tracerail run`, of this same binary, on the same configuration.

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use tracerail_schemas::Code;

use super::place::Place;
use crate::cli::context::Context;
use crate::cli::failure::Failure;

/// Processes that run all actors. They are killed when this is dropped.
#[derive(Debug)]
pub(super) struct Crew(Vec<Child>);

impl Crew {
    /// Starts so many, and waits until they are ready.
    pub(super) async fn start(context: &Context, place: &Place, count: u32) -> Result<Self, Failure> {
        if count > 0 && !place.config.edition.has_servers() {
            let message = "one file has one process that works; --processes is for NATS and Redis (`edition: distributed`)";
            return Err(Failure::usage(message));
        }
        let mut crew = Self(Vec::new());
        for _ in 0..count {
            let started = command(context, place).and_then(|mut command| command.spawn());
            crew.0.push(started.map_err(|error| not_started(&error.to_string()))?);
        }
        for child in &mut crew.0 {
            let stdout = child.stdout.take();
            let said = tokio::task::spawn_blocking(move || {
                let mut line = String::new();
                let read = stdout.map(|stdout| BufReader::new(stdout).read_line(&mut line));
                matches!(read, Some(Ok(bytes)) if bytes > 0)
            });
            if !said.await.unwrap_or(false) {
                return Err(not_started("it ended before it was ready"));
            }
        }
        Ok(crew)
    }

    /// Their ids.
    pub(super) fn pids(&self) -> Vec<u32> {
        self.0.iter().map(Child::id).collect()
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        for child in &mut self.0 {
            // It may have ended by itself.
            child.kill().unwrap_or_default();
            child.wait().map(drop).unwrap_or_default();
        }
    }
}

fn command(context: &Context, place: &Place) -> std::io::Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    if let Some(file) = &context.globals.config {
        command.arg("--config").arg(file);
    }
    command.arg("run").stdin(Stdio::null()).stdout(Stdio::piped());
    command.env("TRACERAIL__ROUTING__RULES_FILE", place.rules()).env("TRACERAIL__LLM__PROVIDER", "lexical");
    Ok(command)
}

fn not_started(why: &str) -> Failure {
    Failure::new(Code::Internal, format!("another process of the benchmark could not be started: {why}"))
}
