//! The steps as activities: what they ask of TraceRail. Whoever calls one says how long it may take.

#![expect(missing_docs, missing_debug_implementations, reason = "the macros make items for activities")]

use std::sync::Arc;

use temporalio_common::data_converters::RawValue;
use temporalio_common::error::ApplicationFailure;
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use tracerail::TraceRail;
use tracerail_actors::port::{Commands as _, Ports};
use tracerail_actors::preview;
use tracerail_actors::system::Commander;
use tracerail_schemas::ContentKey;
use tracerail_schemas::TaskId;
use tracerail_schemas::analysis::AnalysisRecord;
use tracerail_schemas::content::ContentBody;
use tracerail_schemas::routing::RouteRecord;
use tracerail_schemas::task::{Command, CommandOutcome, Refusal, Verb};

use super::opening::{Call, by, commands};
use super::words::{Content, Escalation, HumanTask, Opened, Question};
use crate::error::Error;
use crate::per_task::workflow::read;
use crate::words::{Answer, Seen};

/// The steps, answered by an open TraceRail.
#[derive(Clone)]
pub struct Steps {
    ports: Ports,
    commander: Commander,
    content_bytes_max: usize,
}

#[activities]
impl Steps {
    /// What the configured model says of content.
    #[activity(name = super::names::PROCESS_WITH_LLM)]
    pub async fn process_with_llm(
        self: Arc<Self>,
        ctx: ActivityContext,
        said: RawValue,
    ) -> Result<AnalysisRecord, ActivityError> {
        let (key, body) = self.admitted(&ctx, read(said).map_err(for_good)?).map_err(for_good)?;
        Ok(preview::analysis(&self.ports, &key, &body).await?)
    }

    /// What the configured rules would do with it.
    #[activity(name = super::names::ROUTE_DECISION)]
    pub async fn route_decision(
        self: Arc<Self>,
        ctx: ActivityContext,
        said: RawValue,
    ) -> Result<RouteRecord, ActivityError> {
        let Question { content, analysis } = read(said).map_err(for_good)?;
        let (key, body) = self.admitted(&ctx, content).map_err(for_good)?;
        Ok(preview::route(&self.ports, key, body, analysis).await?)
    }

    /// Opens a task for people.
    #[activity(name = super::names::CREATE_HUMAN_TASK)]
    pub async fn create_human_task(
        self: Arc<Self>,
        ctx: ActivityContext,
        said: RawValue,
    ) -> Result<Opened, ActivityError> {
        let call = call(&ctx);
        let task_id = call.task();
        let wish: HumanTask = read(said).map_err(for_good)?;
        for command in commands(&call, wish).map_err(for_good)? {
            let is_create = matches!(command.verb, Verb::Create(_));
            match self.given(command).await? {
                None => {}
                // Raising comes too late where somebody was faster.
                Some(refusal) if is_create => return Err(for_good(refusal.to_string()).into()),
                Some(refusal) => tracing::info!(task = %task_id, %refusal, "the new task is not raised"),
            }
        }
        Ok(Opened { task_id, seen: self.look(task_id).await? })
    }

    /// Raises a task.
    #[activity(name = super::names::ESCALATE_TASK)]
    pub async fn escalate_task(
        self: Arc<Self>,
        ctx: ActivityContext,
        said: RawValue,
    ) -> Result<Answer, ActivityError> {
        let wish: Escalation = read(said).map_err(for_good)?;
        let verb = Verb::Escalate { reason: wish.reason.clone() };
        self.asked(&call(&ctx), wish, verb).await
    }

    /// Gives a task up.
    #[activity(name = super::names::CANCEL_HUMAN_TASK)]
    pub async fn cancel_human_task(
        self: Arc<Self>,
        ctx: ActivityContext,
        said: RawValue,
    ) -> Result<Answer, ActivityError> {
        let wish: Escalation = read(said).map_err(for_good)?;
        let verb = Verb::Cancel { reason: wish.reason.clone() };
        self.asked(&call(&ctx), wish, verb).await
    }
}

impl Steps {
    /// Answered by this TraceRail, which must outlive them.
    pub fn of(rail: &TraceRail) -> Self {
        let (ports, commander) = (rail.ports().clone(), rail.commander());
        Self { ports, commander, content_bytes_max: rail.content_bytes_max() }
    }

    /// What would be taken in of this content. Nothing is.
    fn admitted(&self, ctx: &ActivityContext, content: Content) -> Result<(ContentKey, ContentBody), String> {
        let id = call(ctx).command("content").to_string();
        content.admit(&id, self.content_bytes_max).map_err(|error| error.to_string())
    }

    async fn asked(&self, call: &Call, wish: Escalation, verb: Verb) -> Result<Answer, ActivityError> {
        let (id, by) = (call.command("ask"), by(wish.user).map_err(for_good)?);
        let task_id = wish.task_id;
        let command = Command { id, task_id, by, expected_version: None, verb, traceparent: None };
        let refusal = self.given(command).await?;
        Ok(Answer { refusal, seen: self.look(task_id).await? })
    }

    async fn given(&self, command: Command) -> Result<Option<Refusal>, Error> {
        Ok(match self.commander.command(command).await?.outcome {
            CommandOutcome::Done { .. } => None,
            CommandOutcome::Refused(refusal) => Some(refusal),
        })
    }

    async fn look(&self, task_id: TaskId) -> Result<Seen, Error> {
        let task = self.ports.store.task(task_id).await?;
        Ok(Seen::of(task.as_ref(), self.ports.store.now().await?))
    }
}

fn call(ctx: &ActivityContext) -> Call {
    let info = ctx.info();
    let run = info.workflow_run_id.as_ref().or(info.activity_run_id.as_ref());
    Call {
        workflow_id: info.workflow_id.clone().unwrap_or_default(),
        run_id: run.cloned().unwrap_or_default(),
        workflow_type: info.workflow_type.clone().unwrap_or_default(),
        activity_id: info.activity_id.clone(),
    }
}

/// A failure that another try does not change.
pub(crate) fn for_good(why: String) -> ApplicationFailure {
    ApplicationFailure::non_retryable(why)
}

impl std::fmt::Debug for Steps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Steps").finish_non_exhaustive()
    }
}
