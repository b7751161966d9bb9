//! `tracerail run`: the actors, until somebody asks them to stop.

use std::collections::BTreeSet;
use std::time::Instant;

use clap::Args;
use serde_json::json;
use tracerail_actors::system::Role;

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::logging::{self, Kind};
use super::signals::Stop;

/// Running actors.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  tracerail run\n  tracerail run --actors llm,router\n  tracerail run -c /etc/tracerail.yaml -v\n\nCtrl-C or SIGTERM stops in order; a second one ends the process at once, which loses nothing either."
)]
pub(crate) struct RunArgs {
    /// Which actors: llm, router, task, sla, escalation
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = role)]
    pub(crate) actors: Vec<Role>,
}

/// Opens, says that it is ready, waits, closes.
pub(super) async fn run(context: &Context, args: RunArgs) -> Result<Exit, Failure> {
    let began = Instant::now();
    let stop = Stop::listen();
    let config = context.config()?;
    logging::start(context, &config, Kind::Service);
    let roles: BTreeSet<Role> =
        if args.actors.is_empty() { Role::ALL.into() } else { args.actors.into_iter().collect() };
    let names: Vec<_> = roles.iter().map(|role| role.as_str()).collect();
    let app = Box::pin(context.open(config, roles, None)).await?;
    let place = app.place();
    let took = began.elapsed();
    context.console.answer(
        || json!({"ready": {"actors": names, "store": place, "pid": std::process::id(), "took_ms": took.as_millis()}}),
        || {
            let pid = std::process::id();
            format!("ready: {} on {place} (pid {pid}, {} ms)", names.join(", "), took.as_millis())
        },
    )?;
    stop.come().await;
    tracing::info!("stopping: what is in flight is finished first");
    app.close().await?;
    tracing::info!("stopped");
    Ok(Exit::Ok)
}

fn role(name: &str) -> Result<Role, String> {
    Role::from_name(name.trim()).ok_or_else(|| {
        let all = Role::ALL.map(Role::as_str).join(", ");
        format!("no such actor (there are {all})")
    })
}
