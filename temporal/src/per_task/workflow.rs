//! `HumanTaskWorkflow`: waits until a task is closed. One a task; its id is the task's.
//!
//! Whatever is signalled to it, it goes on: a payload it cannot read would otherwise fail its workflow task for ever, so signals
//! take any payload and look at it themselves.

#![expect(
    missing_docs,
    missing_debug_implementations,
    reason = "the macros make items for signals and queries"
)]

use std::time::{Duration, UNIX_EPOCH};

use serde::de::DeserializeOwned;
use temporalio_client::RetryPolicy;
use temporalio_common::data_converters::RawValue;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, CancellableFuture as _, ContinueAsNewOptions, MemoValue, SyncWorkflowContext,
    WorkflowContext, WorkflowContextView, WorkflowResult,
};
use tracerail_schemas::Timestamp;

use super::wait::{Next, Wait};
use crate::activities::Activities;
use crate::limits::cut;
use crate::names::MEMO;
use crate::words::{Changed, Ending, HumanDecision, Opened, Order, Snapshot, TaskStatus, Verdict};

/// How long one try of an activity may take.
const TRY_WITHIN: Duration = Duration::from_secs(30);
/// Between two tries, while TraceRail is away.
const TRIES_EVERY_MAX: Duration = Duration::from_secs(10);

/// Why an update fails.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Waits until its task is closed.
#[workflow]
#[derive(Debug)]
pub struct HumanTaskWorkflow {
    wait: Wait,
}

#[workflow_methods]
impl HumanTaskWorkflow {
    /// Begins to wait.
    #[init]
    pub fn new(_ctx: &WorkflowContextView, opened: Opened) -> Self {
        Self { wait: Wait::new(opened) }
    }

    /// Waits. Only the end of the task ends it.
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<Ending> {
        let mut noted = ctx.state(|it| it.wait.level().version);
        loop {
            let now = now(ctx);
            match ctx.state(|it| it.wait.next(now)) {
                Next::End(ending) if ctx.all_handlers_finished() => return Ok(*ending),
                Next::End(_) => finish_handlers(ctx).await?,
                Next::Submit(number, decision) => {
                    let (task_id, run_id) =
                        (ctx.state(|it| it.wait.status().task_id), ctx.run_id().to_owned());
                    let order = Order { task_id, run_id, number, decision: *decision };
                    let answer = ctx.execute_activity(Activities::submit_decision, order, options()).await?;
                    let now = self::now(ctx);
                    ctx.state_mut(|it| it.wait.answered(answer, now));
                }
                Next::Fire => ring(ctx).await?,
                Next::Sleep(until) => sleep(ctx, until).await?,
            }
            noted = note(ctx, noted);
            if ctx.state(|it| it.wait.is_to_be_handed_on()) {
                ctx.continue_as_new(ctx.state(|it| it.wait.handed_on()), ContinueAsNewOptions::default())?;
            }
        }
    }

    /// Somebody has decided.
    #[signal]
    pub fn human_decision(&mut self, _ctx: &mut SyncWorkflowContext<Self>, said: RawValue) {
        self.wait.heard(length(&said));
        match read::<HumanDecision>(said) {
            Ok(decision) => self.wait.decided(decision),
            Err(why) => self.wait.unreadable(why),
        }
    }

    /// Somebody decides, and waits for what comes of it.
    #[update]
    pub async fn submit_decision(
        ctx: &mut WorkflowContext<Self>,
        said: RawValue,
    ) -> Result<Verdict, Failure> {
        let length = length(&said);
        let decision = read::<HumanDecision>(said)?;
        let number = ctx.state_mut(|it| {
            it.wait.heard(length);
            it.wait.asked(decision)
        });
        ctx.wait_condition(move |it| it.wait.has_answer(number)).await?;
        ctx.state_mut(|it| it.wait.answer_to(number))
            .ok_or_else(|| "the decision has been answered before".into())
    }

    /// What is no decision, is too long or comes too late, does not get into the history.
    #[update_validator(submit_decision)]
    fn check_decision(&self, _ctx: &WorkflowContextView, said: &RawValue) -> Result<(), Failure> {
        let decision = read::<HumanDecision>(said.clone())?;
        self.wait.objection(&decision).map_or(Ok(()), |why| Err(why.into()))
    }

    /// The task has changed. From the mirror.
    #[signal]
    pub fn task_changed(&mut self, _ctx: &mut SyncWorkflowContext<Self>, said: RawValue) {
        self.wait.heard(length(&said));
        if let Ok(told) = read::<Changed>(said) {
            self.wait.changed(told);
        }
    }

    /// The task is closed. From the mirror.
    #[signal]
    pub fn task_closed(&mut self, _ctx: &mut SyncWorkflowContext<Self>, said: RawValue) {
        self.wait.heard(length(&said));
        if let Ok(ending) = read::<Ending>(said) {
            self.wait.closed(ending);
        }
    }

    /// How the task stands, what was refused and why, and how it ended.
    #[query]
    pub fn get_task_status(&self, _ctx: &WorkflowContextView) -> TaskStatus {
        self.wait.status()
    }

    /// The task as it was told last: what `tracerail temporal rebuild` brings back.
    #[query]
    pub fn get_snapshot(&self, _ctx: &WorkflowContextView) -> Snapshot {
        self.wait.snapshot().clone()
    }
}

/// Whoever waits for an answer gets it before the workflow ends.
async fn finish_handlers(ctx: &mut WorkflowContext<HumanTaskWorkflow>) -> WorkflowResult<()> {
    let handlers = ctx.clone();
    ctx.wait_condition(move |_| handlers.all_handlers_finished()).await?;
    Ok(())
}

/// Asks whether a deadline has been fired. Neither a decision waits for that, nor news: TraceRail may be away for long.
async fn ring(ctx: &mut WorkflowContext<HumanTaskWorkflow>) -> WorkflowResult<()> {
    let task_id = ctx.state(|it| it.wait.status().task_id);
    let mut look = ctx.execute_activity(Activities::fire_if_due, task_id, options());
    let seen = temporalio_sdk::workflows::select! {
        seen = look => Some(seen?),
        other = ctx.wait_condition(|it| !it.wait.is_ringing()) => {
            other?;
            None
        }
    };
    let now = now(ctx);
    match seen {
        Some(seen) => ctx.state_mut(|it| it.wait.seen(seen, now)),
        None => look.cancel(),
    }
    Ok(())
}

/// Sleeps, until the time is up or something happens to the wait.
async fn sleep(ctx: &mut WorkflowContext<HumanTaskWorkflow>, until: Option<Duration>) -> WorkflowResult<()> {
    let quiet = ctx.state(|it| it.wait.quiet());
    let happened = |it: &HumanTaskWorkflow| it.wait.quiet() != quiet;
    let Some(until) = until else {
        ctx.wait_condition(happened).await?;
        return Ok(());
    };
    let mut timer = ctx.timer(until);
    let rang = temporalio_sdk::workflows::select! {
        happened = ctx.wait_condition(happened) => {
            happened?;
            false
        }
        _ = timer => true,
    };
    if rang {
        ctx.state_mut(|it| it.wait.rang());
    } else {
        // Dropped, it would ring all the same, and wake a worker for nothing.
        timer.cancel();
    }
    Ok(())
}

/// Keeps the memo as it is known how the task stands: whoever lists workflows sees it without asking each.
fn note(ctx: &WorkflowContext<HumanTaskWorkflow>, noted: u64) -> u64 {
    let level = ctx.state(|it| it.wait.level().clone());
    let version = level.version;
    if version == noted {
        return noted;
    }
    match ctx.upsert_memo([(MEMO, Some(MemoValue::new(level)))]) {
        Ok(()) => version,
        // Words of ours that cannot be written: the next change tries again.
        Err(_) => noted,
    }
}

/// Temporal's time, the same in replays.
pub(crate) fn now<W>(ctx: &WorkflowContext<W>) -> Timestamp {
    let since = ctx.workflow_time().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// Tried for as long as it takes.
pub(crate) fn options() -> ActivityOptions {
    let tries = RetryPolicy::builder().maximum_interval(TRIES_EVERY_MAX).build();
    ActivityOptions::with_start_to_close_timeout(TRY_WITHIN).retry_policy(tries).build()
}

/// Reads the JSON of a signal.
pub(crate) fn read<T: DeserializeOwned>(said: RawValue) -> Result<T, String> {
    let [payload] = <[_; 1]>::try_from(said.payloads)
        .map_err(|payloads| format!("it holds {} values instead of one", payloads.len()))?;
    // What the error says of what it found may be as long as that.
    serde_json::from_slice(&payload.data).map_err(|error| cut(format!("it cannot be read: {error}")))
}

/// How many bytes a signal brings.
pub(crate) fn length(said: &RawValue) -> usize {
    said.payloads.iter().map(|payload| payload.data.len()).sum()
}
