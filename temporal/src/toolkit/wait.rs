//! `WaitForHumanDecision`: opens a task and waits until it is closed. A child of somebody's own workflow, or a workflow by itself.
//!
//! The deadlines are the task's: TraceRail escalates it and, if its policy says so, ends it. This workflow waits to be told.

#![expect(
    missing_docs,
    missing_debug_implementations,
    reason = "the macros make items for signals and queries"
)]

use std::time::Duration;

use temporalio_client::RetryPolicy;
use temporalio_common::data_converters::RawValue;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, MemoValue, SyncWorkflowContext, WorkflowCancellationToken, WorkflowContext,
    WorkflowContextView, WorkflowResult, WorkflowTermination,
};
use tracerail_schemas::TaskId;
use tracerail_schemas::content::Outcome;

use super::activities::{Steps, for_good};
use super::steps::raw;
use super::words::{Escalation, HumanTask, Opened, WaitStatus};
use crate::names::MEMO;
use crate::per_task::workflow::read;
use crate::words::{Ending, Seen};

/// How long one try to open a task may take.
const TRY_WITHIN: Duration = Duration::from_secs(30);
/// Between two tries, while TraceRail is away.
const TRIES_EVERY_MAX: Duration = Duration::from_secs(10);

/// Why a task is cancelled when its workflow is.
const GIVEN_UP: &str = "the workflow that asked for it was cancelled";

/// What whoever lists workflows sees of it.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Note {
    /// The task that is waited for.
    pub(crate) task_id: TaskId,
}

/// Opens a task and waits until it is closed.
#[workflow]
#[derive(Default, Debug)]
pub struct WaitForHumanDecision {
    status: WaitStatus,
    /// Endings told before the task was known here: the mirror may be faster than the answer.
    told: Vec<Ending>,
}

#[workflow_methods]
impl WaitForHumanDecision {
    /// Opens the task and waits.
    #[run(name = super::names::WAIT_FOR_HUMAN_DECISION)]
    pub async fn run(ctx: &mut WorkflowContext<Self>, said: RawValue) -> WorkflowResult<Ending> {
        let wish: HumanTask = read(said).map_err(for_good)?;
        let opened = ctx.execute_activity(Steps::create_human_task, raw(&wish), to_the_end()).await?;
        let Opened { task_id, seen } = opened;
        ctx.state_mut(|it| it.opened(task_id, seen));
        ctx.upsert_memo([(MEMO, Some(MemoValue::new(Note { task_id })))])?;
        if ctx.wait_condition(|it| it.status.ending.is_some()).await.is_err() {
            give_up(ctx, task_id).await?;
        }
        ctx.state(|it| it.status.ending.clone()).ok_or_else(WorkflowTermination::cancelled)
    }

    /// The task is closed. From the mirror.
    #[signal]
    pub fn task_closed(&mut self, _ctx: &mut SyncWorkflowContext<Self>, said: RawValue) {
        if let Ok(ending) = read::<Ending>(said) {
            self.closed(ending);
        }
    }

    /// Which task it waits for, and how that ended.
    #[query]
    pub fn get_task_status(&self, _ctx: &WorkflowContextView) -> WaitStatus {
        self.status.clone()
    }
}

impl WaitForHumanDecision {
    fn opened(&mut self, task_id: TaskId, seen: Seen) {
        self.status.task_id = Some(task_id);
        for ending in std::mem::take(&mut self.told) {
            self.closed(ending);
        }
        match seen {
            Seen::Closed(ending) => self.closed(*ending),
            Seen::Open { .. } | Seen::Unknown => {}
        }
    }

    fn closed(&mut self, ending: Ending) {
        match self.status.task_id {
            None => self.told.push(ending),
            // One of another task says nothing about this one.
            Some(task) if task == ending.task_id && !ending.status.is_open() => {
                self.status.ending.get_or_insert(ending);
            }
            Some(_) => {}
        }
    }
}

/// Nobody waits any more: the task is cancelled, unless somebody has decided it meanwhile.
async fn give_up(ctx: &mut WorkflowContext<WaitForHumanDecision>, task_id: TaskId) -> WorkflowResult<()> {
    let reason = GIVEN_UP.to_owned();
    let wish = Escalation { task_id, reason, user: None };
    let answer = ctx.execute_activity(Steps::cancel_human_task, raw(&wish), to_the_end()).await?;
    match answer.seen {
        Seen::Closed(ending) if ending.outcome != Outcome::Cancelled => {
            ctx.state_mut(|it| it.closed(*ending));
        }
        Seen::Closed(_) | Seen::Open { .. } | Seen::Unknown => ctx.state_mut(|it| it.status.ending = None),
    }
    Ok(())
}

/// Tried for as long as it takes, also while the workflow is cancelled: a task that nobody knows of would stay open.
fn to_the_end() -> ActivityOptions {
    let tries = RetryPolicy::builder().maximum_interval(TRIES_EVERY_MAX).build();
    ActivityOptions::with_start_to_close_timeout(TRY_WITHIN)
        .retry_policy(tries)
        .cancellation_token(WorkflowCancellationToken::new())
        .build()
}
