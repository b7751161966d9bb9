//! The steps as Rust functions, for workflows of any type: `Toolkit::default().process_with_llm(ctx, ...)`.
//!
//! A crate with a workflow of its own needs `futures`, `temporalio-macros`, `temporalio-sdk` and `temporalio-workflow` beside this one: the
//! macros name them.

use std::time::Duration;

use serde::Serialize;
use temporalio_common::data_converters::{PayloadConverter, RawValue};
use temporalio_sdk::{
    ActivityOptions, ChildWorkflowOptions, ParentClosePolicy, WorkflowContext, WorkflowResult,
};
use tracerail_schemas::analysis::AnalysisRecord;
use tracerail_schemas::routing::RouteRecord;

use super::activities::Steps;
use super::names::TASK_QUEUE;
use super::wait::WaitForHumanDecision;
use super::words::{Content, Escalation, HumanTask, Question};
use crate::words::{Answer, Ending};

/// How long one try may take: the seed's times. A model may be slow.
const MODEL_WITHIN: Duration = Duration::from_mins(5);
const RULES_WITHIN: Duration = Duration::from_secs(30);
const RAISED_WITHIN: Duration = Duration::from_mins(2);

/// The steps on a TraceRail's task queue.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Toolkit {
    task_queue: String,
}

impl Default for Toolkit {
    fn default() -> Self {
        Self::on(TASK_QUEUE)
    }
}

impl Toolkit {
    /// Those on this task queue: `temporal.task_queue` of the configuration, behind `nats.subject_prefix` where there is one.
    pub fn on(task_queue: impl Into<String>) -> Self {
        Self { task_queue: task_queue.into() }
    }

    /// What the configured model says of content.
    pub async fn process_with_llm<W>(
        &self,
        ctx: &WorkflowContext<W>,
        content: Content,
    ) -> WorkflowResult<AnalysisRecord> {
        let asked = ctx.execute_activity(Steps::process_with_llm, raw(&content), self.within(MODEL_WITHIN));
        Ok(asked.await?)
    }

    /// What the configured rules would do with it.
    pub async fn route_decision<W>(
        &self,
        ctx: &WorkflowContext<W>,
        question: Question,
    ) -> WorkflowResult<RouteRecord> {
        let asked = ctx.execute_activity(Steps::route_decision, raw(&question), self.within(RULES_WITHIN));
        Ok(asked.await?)
    }

    /// Opens a task and waits until it is closed, however long that takes. If the workflow is cancelled or ends, so does the task.
    pub async fn wait_for_human_decision<W>(
        &self,
        ctx: &WorkflowContext<W>,
        task: HumanTask,
    ) -> WorkflowResult<Ending> {
        let options = ChildWorkflowOptions::builder()
            .task_queue(self.task_queue.clone())
            .parent_close_policy(ParentClosePolicy::RequestCancel)
            .build();
        let child = ctx.start_child_workflow(WaitForHumanDecision::run, raw(&task), options).await?;
        Ok(child.result().await?)
    }

    /// Raises a task. A refusal is an answer.
    pub async fn escalate_task<W>(
        &self,
        ctx: &WorkflowContext<W>,
        escalation: Escalation,
    ) -> WorkflowResult<Answer> {
        let asked = ctx.execute_activity(Steps::escalate_task, raw(&escalation), self.within(RAISED_WITHIN));
        Ok(asked.await?)
    }

    fn within(&self, time: Duration) -> ActivityOptions {
        ActivityOptions::with_start_to_close_timeout(time).task_queue(self.task_queue.clone()).build()
    }
}

/// Words of ours as JSON.
pub(crate) fn raw<T: Serialize + 'static>(said: &T) -> RawValue {
    RawValue::from_value(said, &PayloadConverter::default())
}
