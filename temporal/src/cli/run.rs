//! `run`: the mirror and the worker, until somebody asks them to stop.

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::Result;
use serde_json::json;
use tokio::sync::watch;
use tracerail::app::App;
use tracerail::config::Config;
use tracerail_actors::system::Role;
use tracerail_temporal::activities::Activities;
use tracerail_temporal::connect::connect_patiently;
use tracerail_temporal::mirror::Mirror;
use tracerail_temporal::names::Names;
use tracerail_temporal::waits::Waits;
use tracerail_temporal::worker;

use super::args::Globals;
use super::open::{configuration, open};
use super::output::Output;

pub(crate) async fn run(globals: &Globals, output: &Output) -> Result<ExitCode> {
    let config = configuration(globals, true)?;
    let stop = stop();
    // A deadline that rings here is fired by whoever sweeps; so that somebody does, this process does too.
    let app = open(&config, BTreeSet::from([Role::Sla]), None).await?;
    let ran = perform(&config, &app, output, stop).await;
    app.close().await?;
    ran?;
    Ok(ExitCode::SUCCESS)
}

async fn perform(config: &Config, app: &App, output: &Output, stop: watch::Receiver<bool>) -> Result<()> {
    let client = tokio::select! {
        client = connect_patiently(&config.temporal) => client?,
        () = come(stop.clone()) => return Ok(()),
    };
    let names = Names::of(config);
    let mut worker = worker::start(client.clone(), names.clone(), Activities::of(&app.rail))?;
    let mirror = Mirror::new(app.rail.ports().clone(), Waits::new(client, names.clone()));
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

/// Ctrl-C or SIGTERM.
fn stop() -> watch::Receiver<bool> {
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        signal().await;
        stop.send_replace(true);
        // It must outlive whoever listens.
        stop.closed().await;
    });
    stopped
}

async fn come(mut stop: watch::Receiver<bool>) {
    stop.wait_for(|stopped| *stopped).await.map(drop).unwrap_or_default();
}

async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        }
        Err(error) => {
            tracing::warn!(%error, "SIGTERM cannot be listened for");
            drop(tokio::signal::ctrl_c().await);
        }
    }
}
