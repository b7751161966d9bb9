//! `tracerail audit`: the proof that histories are what was told.

use serde_json::json;
use tracerail_actors::audit::AuditReport;
use tracerail_schemas::hash;

use super::args::AuditCommand;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::output::table::pairs;
use super::task::find;

/// Follows them, and says what was found.
pub(super) async fn run(context: &Context, command: AuditCommand) -> Result<Exit, Failure> {
    let AuditCommand::Verify { task } = command;
    let app = Box::pin(context.visit()).await?;
    let only = match &task {
        Some(text) => find::id(&app.rail, text).await.map(Some),
        None => Ok(None),
    };
    let bar = context.console.counter("events read");
    let report = match only {
        Ok(only) => app.rail.audit(only, &|events| bar.set_position(events)).await.map_err(Failure::from),
        Err(failure) => Err(failure),
    };
    bar.finish_and_clear();
    app.close().await?;
    let report = report?;
    context.console.answer(|| value(&report), || told(&report))?;
    Ok(if report.broken.is_empty() { Exit::Ok } else { Exit::Failure })
}

fn value(report: &AuditReport) -> serde_json::Value {
    let broken =
        report.broken.iter().map(|it| json!({"task_id": it.task_id, "version": it.version, "what": it.what}));
    json!({
        "ok": report.broken.is_empty(), "tasks": report.tasks, "changes": report.changes,
        "without_beginning": report.without_beginning, "unlinked": report.unlinked, "erased": report.erased,
        "broken": broken.collect::<Vec<_>>(), "head": hash::hex(&report.head),
    })
}

fn told(report: &AuditReport) -> String {
    let counts = pairs([
        ("tasks", report.tasks.to_string()),
        ("changes followed", report.changes.to_string()),
        ("beginnings the log has no more", report.without_beginning.to_string()),
        ("changes from before the chain", report.unlinked.to_string()),
        ("changes with something erased", report.erased.to_string()),
        ("BROKEN", report.broken.len().to_string()),
        ("head", hash::hex(&report.head)),
    ]);
    let broken =
        report.broken.iter().map(|it| format!("\n{} version {}: {}", it.task_id, it.version, it.what));
    let broken: String = broken.collect();
    let verdict = if report.broken.is_empty() {
        "every history is what was told"
    } else {
        "something was changed behind the back of TraceRail"
    };
    format!("{counts}{broken}\n\n{verdict}")
}
