//! `tracerail content show`: an item and its whole trail.

use serde_json::{Value, json};
use tracerail_actors::port::LoggedEvent;
use tracerail_schemas::content::ContentRecord;
use tracerail_schemas::{Code, ContentKey, TaskId};

use super::args::ContentCommand;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::output::table::{pairs, table};
use super::output::{event, short, story, when};
use crate::TraceRail;

/// How much of the text is shown.
const EXCERPT_CHARS_MAX: usize = 600;

/// Prints the item.
pub(super) async fn run(context: &Context, command: ContentCommand) -> Result<Exit, Failure> {
    let ContentCommand::Show { id } = command;
    let app = Box::pin(context.visit()).await?;
    let key = find(context, &app.rail, &id).await?;
    let record = app.rail.content(&key).await?;
    let trail = app.rail.trail(&key).await?;
    let task = app.rail.task(TaskId::of_content(&key)).await?;
    app.close().await?;
    let record = record.ok_or_else(|| unknown(&id))?;
    let value = || {
        let events: Vec<_> = trail.iter().map(event::json_of).collect();
        json!({"content": json_of(&record), "task": task, "events": events})
    };
    context.console.answer(value, || text_of(&record, &trail))?;
    Ok(Exit::Ok)
}

/// The item with this name. An id may hold slashes, so the whole text is tried as an id first.
pub(super) async fn find(context: &Context, rail: &TraceRail, text: &str) -> Result<ContentKey, Failure> {
    let tenant = context.tenant();
    let mut found = rail.find_content(&tenant, text).await?;
    match (found.pop(), found.is_empty()) {
        (Some(key), true) => return Ok(key),
        (Some(key), false) => {
            found.push(key);
            let names: Vec<_> = found.iter().map(ToString::to_string).collect();
            return Err(Failure::usage(format!("{text} is the id of several: {}", names.join(", "))));
        }
        (None, _) => {}
    }
    let parts: Vec<&str> = text.splitn(3, '/').collect();
    let whole = match parts.as_slice() {
        [tenant, source, id] => tracerail_schemas::TenantId::new(*tenant)
            .and_then(|tenant| ContentKey::new(tenant, *source, *id))
            .ok(),
        _ => None,
    };
    let rest = text.split_once('/').and_then(|(source, id)| ContentKey::new(tenant, source, id).ok());
    for key in [whole, rest].into_iter().flatten() {
        if rail.content(&key).await?.is_some() {
            return Ok(key);
        }
    }
    Err(unknown(text))
}

fn unknown(id: &str) -> Failure {
    Failure::new(Code::ContentUnknown, format!("there is no content {id}"))
}

fn json_of(record: &ContentRecord) -> Value {
    json!({
        "key": record.key,
        "submitted_id": record.submitted_id,
        "submitted_at": record.submitted_at,
        "body": record.body,
        "analysis": record.analysis,
        "route": record.route,
        "terminal": record.terminal,
        "task_id": TaskId::of_content(&record.key),
        "trail": record.trail,
    })
}

fn text_of(record: &ContentRecord, trail: &[LoggedEvent]) -> String {
    let mut rows = vec![
        ("content", record.key.to_string()),
        ("came in", when::exact(record.submitted_at)),
        ("metadata", serde_json::to_string(&record.body.metadata).unwrap_or_default()),
    ];
    if let Some(by) = &record.body.submitted_by {
        rows.push(("from", by.clone()));
    }
    if let Some(analysis) = &record.analysis {
        rows.push(("analysis", story::analysis(analysis)));
        rows.push(("by", format!("{} ({})", analysis.provider, analysis.model)));
        if let Some(said) = analysis.analysis() {
            rows.push(("summary", said.summary.clone()));
        }
    }
    if let Some(route) = &record.route {
        rows.push(("route", story::route(route)));
    }
    match &record.terminal {
        Some(end) => {
            rows.push(("end", format!("{} by {} at {}", end.outcome, end.decided_by, when::exact(end.at))));
        }
        None => rows.push(("end", "still open".to_owned())),
    }
    if trail.iter().any(|logged| logged.event.envelope.subject == tracerail_schemas::Subject::TaskCreated) {
        rows.push(("task", short::task(TaskId::of_content(&record.key))));
    }
    let excerpt: String = record.body.content.chars().take(EXCERPT_CHARS_MAX).collect();
    let more = if excerpt.len() < record.body.content.len() { "\n[...]" } else { "" };
    let events = table(&["time", "event", "who", "what"], trail.iter().map(event::row_of));
    format!("{}\n\n{}{more}\n\n{events}", pairs(rows), excerpt.trim_end())
}
