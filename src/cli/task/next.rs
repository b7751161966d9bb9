//! `tracerail task next`: the most urgent task one may take.

use serde_json::json;
use tracerail_schemas::task::Task;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::output::short;
use crate::cli::output::when;

/// Takes it, or shows it.
pub(super) async fn run(context: &Context, look: bool) -> Result<Exit, Failure> {
    let by = context.principal()?;
    let app =
        if look { Box::pin(context.visit()).await? } else { Box::pin(context.visit_to_change()).await? };
    let tenant = context.tenant();
    let found = if look {
        app.rail.next_task(&tenant, &by.id).await
    } else {
        app.rail.claim_next(&tenant, &by).await
    };
    let now = app.rail.now().await;
    app.close().await?;
    let (found, now) = (found?, now?);
    let value = || json!({"task_id": found.as_ref().map(|task| task.id), "task": found});
    context.console.answer(value, || match &found {
        None => format!("nothing waits for {}", by.id),
        Some(task) => told(task, look, &when_due(task, now)),
    })?;
    Ok(if found.is_some() { Exit::Ok } else { Exit::NotFound })
}

fn told(task: &Task, look: bool, due: &str) -> String {
    let (id, priority) = (short::task(task.id), task.state.priority);
    let excerpt = task.data.content.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let done = if look { "waits" } else { "is yours" };
    format!("{id} {done} ({priority}{due}): {}", excerpt.trim())
}

fn when_due(task: &Task, now: tracerail_schemas::Timestamp) -> String {
    task.state.due_at.map(|at| format!(", due {}", when::relative(at, now))).unwrap_or_default()
}
