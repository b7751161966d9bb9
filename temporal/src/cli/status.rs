//! `status`: how many wait, or how one wait stands.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use serde_json::json;
use tracerail::config::TemporalConfig;
use tracerail_temporal::keeper::Keeper;
use tracerail_temporal::managed::words::Counts;
use tracerail_temporal::words::TaskStatus;

use super::args::{Globals, StatusArgs};
use super::open::{configuration, keeper};
use super::output::Output;

/// No such wait.
const NOT_FOUND: u8 = 4;

pub(crate) async fn run(globals: &Globals, output: &Output, args: StatusArgs) -> Result<ExitCode> {
    let config = configuration(globals, false)?;
    let keeper = keeper(&config).await?;
    let Some(task) = args.task else {
        return all(&config.temporal, &keeper, output).await;
    };
    let Some(status) = keeper.status(task).await? else {
        let value = json!({"task_id": task, "wait": null});
        output.answer(&value, &format!("nobody waits for task {task}, and nobody has"))?;
        return Ok(ExitCode::from(NOT_FOUND));
    };
    output.answer(&serde_json::to_value(&status)?, &text(&status))?;
    Ok(ExitCode::SUCCESS)
}

async fn all(temporal: &TemporalConfig, keeper: &Keeper, output: &Output) -> Result<ExitCode> {
    let (host, namespace) = (&temporal.host, &temporal.namespace);
    let (open, shards) = match keeper {
        Keeper::PerTask(_) => (keeper.count().await?, None),
        Keeper::Managed { shards, .. } => {
            let shards = Keeper::counts(shards).await?;
            (shards.iter().map(|shard| shard.open).sum(), Some(shards))
        }
    };
    let mode = temporal.mode.as_str();
    let value =
        json!({"host": host, "namespace": namespace, "mode": mode, "open_waits": open, "shards": shards});
    let mut text = format!("{open} waits on {host} ({namespace})");
    for shard in shards.iter().flatten() {
        // A text grows without fail.
        write!(text, "\n  {}", of_shard(shard)).unwrap_or_default();
    }
    output.answer(&value, &text)?;
    Ok(ExitCode::SUCCESS)
}

fn of_shard(shard: &Counts) -> String {
    let Counts { shard: number, shards, open, overdue, unanswered, turned_away, .. } = shard;
    let why = shard.unanswered_because.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
    let parts = [
        Some(format!("shard {number} of {shards}: {open} open")),
        (*overdue > 0).then(|| format!("{overdue} overdue: does a process with the actor sla run?")),
        (*unanswered > 0).then(|| format!("{unanswered} not answered yet{why}")),
        (*turned_away > 0).then(|| format!("full, {turned_away} times a task found no room")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn text(status: &TaskStatus) -> String {
    let TaskStatus { task_id, level, refused, ending, .. } = status;
    let stands = level.as_ref().map_or_else(
        || "nobody waits for it".to_owned(),
        |level| {
            let due = level.due_at.map(|at| format!(", due {at}")).unwrap_or_default();
            format!("{} (version {}){due}", level.status, level.version)
        },
    );
    let refused = refused.as_ref().map(|it| format!("\nrefused: {}: {}", it.code, it.message));
    let ended = ending.as_ref().map(|it| format!("\nended: {}", it.outcome));
    let first = format!("task {task_id}: {stands}");
    [Some(first), refused, ended].into_iter().flatten().collect()
}
