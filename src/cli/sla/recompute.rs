//! `tracerail sla recompute`: the clocks of tasks, wound up anew.

use serde_json::json;
use tracerail_actors::port::TaskFilter;
use tracerail_schemas::task::{Command, CommandOutcome, Refusal, Status, Verb};
use tracerail_schemas::{Code, TaskId};

use crate::TraceRail;
use crate::cli::args::RecomputeArgs;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::output::short;
use crate::cli::task::find;
use crate::client::new_command_id;

/// Tasks in a page.
const PAGE: usize = 500;

/// Gives each task the command, and says how many were done and which were refused.
pub(super) async fn run(context: &Context, args: RecomputeArgs) -> Result<Exit, Failure> {
    let app = Box::pin(context.visit_to_change()).await?;
    let done = all(context, &app.rail, &args).await;
    app.close().await?;
    let (done, refused) = done?;
    let value = || {
        let each = refused.iter().map(|(task, refusal)| json!({"task_id": task, "error": refusal}));
        json!({"recomputed": done, "refused": each.collect::<Vec<_>>()})
    };
    context.console.answer(value, || {
        let mut lines = vec![format!("{done} clocks wound up anew")];
        lines.extend(refused.iter().map(|(task, refusal)| format!("{}: {refusal}", short::task(*task))));
        lines.join("\n")
    })?;
    Ok(if refused.is_empty() { Exit::Ok } else { Exit::Refused })
}

type Refused = Vec<(TaskId, Refusal)>;

async fn all(context: &Context, rail: &TraceRail, args: &RecomputeArgs) -> Result<(u64, Refused), Failure> {
    let tasks = if args.all { open(context, rail).await? } else { named(rail, &args.tasks).await? };
    let by = context.principal()?;
    let bar = context.console.bar(tasks.len() as u64, "clocks");
    let (mut done, mut refused) = (0, Vec::new());
    for task_id in tasks {
        let command = Command {
            id: new_command_id(),
            task_id,
            by: by.clone(),
            expected_version: None,
            verb: Verb::RecomputeSla { escalation_policy: args.policy.clone() },
            traceparent: None,
        };
        match rail.command(command).await?.outcome {
            CommandOutcome::Done { .. } => done += 1,
            // Among all open ones, one may have been closed meanwhile: it needs no clock any more.
            CommandOutcome::Refused(refusal) if args.all && refusal.code == Code::CommandIllegal => {}
            CommandOutcome::Refused(refusal) => refused.push((task_id, refusal)),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok((done, refused))
}

async fn named(rail: &TraceRail, texts: &[String]) -> Result<Vec<TaskId>, Failure> {
    let mut ids = Vec::with_capacity(texts.len());
    for text in texts {
        ids.push(find::id(rail, text).await?);
    }
    Ok(ids)
}

async fn open(context: &Context, rail: &TraceRail) -> Result<Vec<TaskId>, Failure> {
    let statuses = Status::ALL.into_iter().filter(|status| status.is_open()).collect();
    let tenant = context.globals.tenant.clone();
    let mut filter = TaskFilter { tenant, statuses, limit: PAGE, ..TaskFilter::default() };
    let mut ids = Vec::new();
    loop {
        let page = rail.tasks(filter.clone()).await?;
        ids.extend(page.tasks.iter().map(|task| task.id));
        filter.after = ids.last().copied();
        if !page.more {
            return Ok(ids);
        }
    }
}
