//! `tracerail task list`.

use serde_json::{Value, json};
use tracerail_actors::port::{TaskFilter, TaskSummary};
use tracerail_schemas::Timestamp;
use tracerail_schemas::task::{SlaState, Status};

use super::args::ListArgs;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::output::clean::clean_line;
use crate::cli::output::table::table;
use crate::cli::output::{short, when};

/// How much of the text is shown.
const EXCERPT_CHARS_MAX: usize = 34;

/// Prints the list.
pub(super) async fn run(context: &Context, args: ListArgs) -> Result<Exit, Failure> {
    let app = Box::pin(context.visit()).await?;
    let now = app.rail.now().await?;
    let page = app.rail.tasks(filter(context, args, now)?).await?;
    app.close().await?;
    let value = || json!({"tasks": page.tasks.iter().map(json_of).collect::<Vec<_>>(), "more": page.more});
    context.console.answer(value, || {
        if page.tasks.is_empty() {
            return "no such tasks".to_owned();
        }
        let headings = ["task", "status", "prio", "assignee", "due", "esc", "what"];
        table(&headings, page.tasks.iter().map(|task| row(task, now)))
    })?;
    if page.more {
        context.console.note("there are more; --limit shows them");
    }
    Ok(Exit::Ok)
}

fn filter(context: &Context, args: ListArgs, now: Timestamp) -> Result<TaskFilter, Failure> {
    let open = || Status::ALL.into_iter().filter(|status| status.is_open()).collect();
    let statuses = if args.status.is_empty() && (args.open || args.overdue) { open() } else { args.status };
    let assignee = if args.mine { Some(context.principal()?.id) } else { args.assignee };
    Ok(TaskFilter {
        tenant: context.globals.tenant.clone(),
        statuses,
        assignee,
        due_before: args.overdue.then_some(now),
        after: None,
        limit: args.limit,
    })
}

fn row(task: &TaskSummary, now: Timestamp) -> Vec<String> {
    let due = match task.sla {
        SlaState::Met => "met".to_owned(),
        SlaState::Missed => "missed".to_owned(),
        SlaState::Paused => "stands still".to_owned(),
        SlaState::Running | SlaState::Breached => {
            task.due_at.map_or("-".to_owned(), |due| when::relative(due, now))
        }
    };
    let level = task.escalation_level;
    vec![
        short::task(task.id),
        task.status.to_string(),
        task.priority.to_string(),
        task.assignee.as_ref().map_or("-".to_owned(), ToString::to_string),
        due,
        if level == 0 { "-".to_owned() } else { format!("L{level}") },
        clean_line(&task.excerpt, EXCERPT_CHARS_MAX),
    ]
}

fn json_of(task: &TaskSummary) -> Value {
    json!({
        "id": task.id, "version": task.version, "status": task.status, "priority": task.priority,
        "assignee": task.assignee, "due_at": task.due_at, "escalation_level": task.escalation_level,
        "sla": task.sla, "created_at": task.created_at, "task_type": task.task_type,
        "content": task.content_key, "excerpt": task.excerpt,
    })
}
