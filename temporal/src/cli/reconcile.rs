//! `reconcile`: compares everything, and mends.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use tracerail_temporal::connect::connect;
use tracerail_temporal::keeper::Keeper;
use tracerail_temporal::mirror::Mirror;
use tracerail_temporal::reconcile::{Report, reconcile};
use tracerail_temporal::worker;

use super::args::{Globals, ReconcileArgs};
use super::open::{PATIENCE, configuration, open};
use super::output::Output;

pub(crate) async fn run(globals: &Globals, output: &Output, args: ReconcileArgs) -> Result<ExitCode> {
    let config = configuration(globals, false)?;
    let client = connect(&config.temporal).await?;
    let keeper = Keeper::of(&config, client);
    keeper.begin().await?;
    let app = open(&config, BTreeSet::new(), PATIENCE).await?;
    // A shard answers through a worker, and there may be no other.
    let worker = match keeper {
        Keeper::PerTask(_) => None,
        Keeper::Managed { .. } => Some(worker::start_for_queries(&config)?),
    };
    let compared = reconcile(&Mirror::new(app.rail.ports().clone(), keeper), args.age).await;
    if let Some(worker) = worker {
        worker.stop().await?;
    }
    app.close().await?;
    let report = compared?;
    output.answer(&serde_json::to_value(&report)?, &text(&report))?;
    let left = report.differences.len() as u64 - report.mended;
    Ok(if left == 0 { ExitCode::SUCCESS } else { ExitCode::from(super::FAILURE) })
}

fn text(report: &Report) -> String {
    let Report { open_tasks, open_waits, differences, mended } = report;
    let found = differences.len();
    let mut text = format!("{open_tasks} open tasks, {open_waits} waits: {found} differ, {mended} mended");
    for difference in differences {
        // A text grows without fail.
        write!(text, "\n  {} {:?}", difference.task_id, difference.what).unwrap_or_default();
    }
    text
}
