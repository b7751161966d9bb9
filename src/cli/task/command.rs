//! Gives a command, and prints its answer.

use std::collections::BTreeSet;

use serde_json::json;
use tracerail_actors::port::{Clock as _, SystemClock};
use tracerail_schemas::task::{Command, CommandAnswer, CommandOutcome};
use tracerail_schemas::{CommandId, TaskId};
use uuid::Uuid;

use super::args::Work;
use super::find;
use super::verb::{Meant, meant};
use crate::TraceRail;
use crate::app::App;
use crate::cli::context::{Context, PATIENCE};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::output::short;
use crate::client::new_command_id;

/// Gives it.
pub(super) async fn run(context: &Context, work: Work) -> Result<Exit, Failure> {
    let meant = meant(work, context.tenant(), SystemClock.now())?;
    let app = open(context, &meant).await?;
    let answered = give(context, &app.rail, meant).await;
    app.close().await?;
    tell(context, &answered?)
}

/// A task can be made where there is no store yet; everything else needs one.
async fn open(context: &Context, meant: &Meant) -> Result<App, Failure> {
    if meant.task.is_some() {
        return Box::pin(context.visit_to_change()).await;
    }
    let config = context.config()?;
    Box::pin(context.open(config, BTreeSet::new(), PATIENCE)).await
}

async fn give(context: &Context, rail: &TraceRail, meant: Meant) -> Result<CommandAnswer, Failure> {
    let id = meant.options.command_id.unwrap_or_else(new_command_id);
    let task_id = match &meant.task {
        Some(text) => find::id(rail, text).await?,
        None => made_by(id),
    };
    let by = context.principal()?;
    let expected_version = meant.options.expect_version;
    Ok(rail
        .command(Command { id, task_id, by, expected_version, verb: meant.verb, traceparent: None })
        .await?)
}

/// The id of the task that this command makes: a repeated command names the same task.
fn made_by(id: CommandId) -> TaskId {
    TaskId::from_uuid(Uuid::new_v5(&id.uuid(), b"task"))
}

fn tell(context: &Context, answer: &CommandAnswer) -> Result<Exit, Failure> {
    match &answer.outcome {
        CommandOutcome::Done { version, status } => {
            let value = || json!({"task_id": answer.task_id, "command_id": answer.command_id, "version": version, "status": status});
            let text = || format!("{} is {status} now (version {version})", short::task(answer.task_id));
            context.console.answer(value, text)?;
            Ok(Exit::Ok)
        }
        CommandOutcome::Refused(refusal) => Ok(context.console.refused(refusal)),
    }
}
