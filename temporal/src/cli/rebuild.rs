//! `rebuild`: brings open tasks back from their waits.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::process::ExitCode;

use anyhow::Result;
use indicatif::ProgressBar;
use tracerail::config::TemporalMode;
use tracerail_temporal::Error;
use tracerail_temporal::connect::connect;
use tracerail_temporal::names::Names;
use tracerail_temporal::rebuild::{Report, rebuild};
use tracerail_temporal::waits::Waits;
use tracerail_temporal::worker;

use super::args::Globals;
use super::open::{PATIENCE, configuration, open};
use super::output::Output;

pub(crate) async fn run(globals: &Globals, output: &Output) -> Result<ExitCode> {
    let config = configuration(globals, false)?;
    if config.temporal.mode == TemporalMode::Managed {
        let why =
            "its waits hold how tasks stand and not what is in them, so none can be brought back from there";
        return Err(Error::Managed { why }.into());
    }
    let client = connect(&config.temporal).await?;
    let names = Names::of(&config);
    let app = open(&config, BTreeSet::new(), PATIENCE).await?;
    // A wait answers through a worker, and there may be no other.
    let worker = worker::start_for_queries(&config)?;
    let bar = if std::io::stderr().is_terminal() && !globals.json && !globals.quiet {
        ProgressBar::new_spinner()
    } else {
        ProgressBar::hidden()
    };
    let told = |seen| bar.set_message(format!("{seen} waits looked at"));
    let looked = rebuild(app.rail.ports(), &Waits::new(client, names), told).await;
    bar.finish_and_clear();
    let stopped = worker.stop().await;
    app.close().await?;
    let report = looked?;
    stopped?;
    output.answer(&serde_json::to_value(&report)?, &text(&report))?;
    let lacking = [&report.content_missing, &report.not_kept, &report.not_answered];
    let whole = lacking.iter().all(|tasks| tasks.is_empty());
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::from(super::FAILURE) })
}

fn text(report: &Report) -> String {
    let Report { open_waits, already_there, restored, content_missing, not_kept, not_answered } = report;
    let mut text = format!("{open_waits} waits: {restored} tasks brought back, {already_there} were there");
    let lacking = [
        (content_missing, "without its content"),
        (not_kept, "not kept by its wait"),
        (not_answered, "not brought back: its wait does not answer, run this again"),
    ];
    for (tasks, what) in lacking {
        for task in tasks {
            // A text grows without fail.
            write!(text, "\n  {task} {what}").unwrap_or_default();
        }
    }
    text
}
