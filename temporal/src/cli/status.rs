//! `status`: how many wait, or how one wait stands.

use std::process::ExitCode;

use anyhow::Result;
use futures::TryStreamExt as _;
use serde_json::json;
use tracerail_temporal::waits::Waits;
use tracerail_temporal::words::TaskStatus;

use super::args::{Globals, StatusArgs};
use super::open::{configuration, waits};
use super::output::Output;

/// No such wait.
const NOT_FOUND: u8 = 4;

pub(crate) async fn run(globals: &Globals, output: &Output, args: StatusArgs) -> Result<ExitCode> {
    let config = configuration(globals, false)?;
    let waits = waits(&config).await?;
    let Some(task) = args.task else {
        let temporal = &config.temporal;
        let open = count(&waits).await?;
        let value = json!({"host": temporal.host, "namespace": temporal.namespace, "open_waits": open});
        output.answer(&value, &format!("{open} waits on {} ({})", temporal.host, temporal.namespace))?;
        return Ok(ExitCode::SUCCESS);
    };
    let Some(status) = waits.status(task).await? else {
        let value = json!({"task_id": task, "wait": null});
        output.answer(&value, &format!("nobody waits for task {task}, and nobody has"))?;
        return Ok(ExitCode::from(NOT_FOUND));
    };
    output.answer(&serde_json::to_value(&status)?, &text(&status))?;
    Ok(ExitCode::SUCCESS)
}

async fn count(waits: &Waits) -> Result<u64> {
    Ok(waits.all().try_fold(0, |count, _| async move { Ok(count + 1) }).await?)
}

fn text(status: &TaskStatus) -> String {
    let TaskStatus { task_id, level, refused, ending, .. } = status;
    let due = level.due_at.map(|at| format!(", due {at}")).unwrap_or_default();
    let refused = refused.as_ref().map(|it| format!("\nrefused: {}: {}", it.code, it.message));
    let ended = ending.as_ref().map(|it| format!("\nended: {}", it.outcome));
    let first = format!("task {task_id}: {} (version {}){due}", level.status, level.version);
    [Some(first), refused, ended].into_iter().flatten().collect()
}
