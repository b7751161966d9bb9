//! `run`: the mirror and the worker, until somebody asks them to stop.

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::Result;
use serde_json::json;
use tokio::sync::watch;
use tracerail::app::App;
use tracerail::config::{Config, Edition};
use tracerail_actors::system::Role;
use tracerail_temporal::connect::connect_patiently;
use tracerail_temporal::keeper::Keeper;
use tracerail_temporal::mirror::Mirror;
use tracerail_temporal::names::Names;
use tracerail_temporal::toolkit::waiters::Waiters;
use tracerail_temporal::worker;

use super::args::{Globals, RunArgs};
use super::open::{configuration, open};
use super::output::Output;
use super::stop::{come, listen};

pub(crate) async fn run(globals: &Globals, output: &Output, args: RunArgs) -> Result<ExitCode> {
    let config = configuration(globals, true)?;
    let stop = listen(args.attached);
    let mut app = open(&config, roles(config.edition), None).await?;
    // Workflows ask them.
    app.follow_rules();
    let ran = perform(&config, &app, output, stop).await;
    app.close().await?;
    ran?;
    Ok(ExitCode::SUCCESS)
}

/// A deadline that rings is fired by whoever sweeps. On a file, so that somebody does, this process does too; on servers there are
/// processes for it, and this one needs no more rights than a command line.
fn roles(edition: Edition) -> BTreeSet<Role> {
    match edition {
        Edition::Embedded => BTreeSet::from([Role::Sla]),
        Edition::Distributed => BTreeSet::new(),
    }
}

async fn perform(config: &Config, app: &App, output: &Output, stop: watch::Receiver<bool>) -> Result<()> {
    let client = tokio::select! {
        client = connect_patiently(&config.temporal) => client?,
        () = come(stop.clone()) => return Ok(()),
    };
    let names = Names::of(config);
    let keeper = Keeper::of(config, client.clone());
    tokio::select! {
        begun = keeper.begin_patiently() => begun?,
        () = come(stop.clone()) => return Ok(()),
    }
    let mut worker = worker::start(config, &app.rail)?;
    let mirror = Mirror::new(app.rail.ports().clone(), keeper).telling(Waiters::new(client, names.clone()));
    let (pid, host, queue) = (std::process::id(), &config.temporal.host, names.task_queue());
    output.answer(
        &json!({"ready": {"temporal": host, "task_queue": queue, "store": app.place(), "pid": pid}}),
        &format!("ready: waits on {host}, task queue {queue}, for {} (pid {pid})", app.place()),
    )?;
    let ended = tokio::select! {
        () = mirror.follow(stop) => {
            tracing::info!("stopping: what is under way is finished first");
            worker.stop().await
        }
        ended = worker.end() => ended,
    };
    Ok(ended?)
}
