//! `TaskManagementWorkflow`: keeps the waits of many tasks. A few of them, each for the tasks whose ids fall to it; none ever ends.
//!
//! Whatever is signalled to it, it goes on: a payload it cannot read would otherwise fail its workflow task for ever, so signals take
//! any payload and look at it themselves.

#![expect(
    missing_docs,
    missing_debug_implementations,
    reason = "the macros make items for signals and queries"
)]

use std::time::Duration;

use serde_json::Value;
use temporalio_common::data_converters::RawValue;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    CancellableFuture as _, ContinueAsNewOptions, SyncWorkflowContext, WorkflowContext, WorkflowContextView,
    WorkflowResult,
};
use tracerail_schemas::{PersonId, TaskId, Timestamp};

use super::activities::Batches;
use super::shard::{Next, Shard};
use super::words::{Asked, Begun, Closed, Counts, OpenTask, TaskOf, TasksChanged, Told, Work, shard_of};
use crate::limits::{HISTORY_BYTES_MAX, bytes};
use crate::per_task::workflow::{length, now, options, read};
use crate::words::{Seen, TaskStatus};

/// Of a timer.
const SHORTEST: Duration = Duration::from_millis(1);
/// What a signal, a timer and a question to TraceRail add to the history, each with the workflow task that follows.
const EVENTS: (u32, u32, u32) = (4, 5, 9);
/// Bytes of an answer about one task, about.
const ANSWER_BYTES: usize = 500;
/// When nothing was asked.
const NEVER: Timestamp = Timestamp::from_micros(0);

/// Why a query fails.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Keeps the waits of one shard.
#[workflow]
#[derive(Debug)]
pub struct TaskManagementWorkflow {
    shard: Shard,
    /// Events of this run's history, about, and the bytes of what was said in them. Counted here: what a workflow is told of its history
    /// may be another length in a replay, as its time may.
    events: u32,
    bytes: usize,
}

#[workflow_methods]
impl TaskManagementWorkflow {
    /// Begins, or goes on.
    #[init]
    pub fn new(_ctx: &WorkflowContextView, begun: Begun) -> Self {
        Self { shard: Shard::new(begun), events: 0, bytes: 0 }
    }

    /// Keeps waits. Nothing ends it.
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        loop {
            // Nothing is under way here, and what was signalled so far is in the shard.
            if ctx.state(Self::is_to_hand_on) {
                ctx.continue_as_new(ctx.state(|it| it.shard.handed_on()), ContinueAsNewOptions::default())?;
            }
            match ctx.state(|it| it.shard.next(it.shard.clock())) {
                Next::Ask { asked, due } => ask(ctx, asked, due).await?,
                Next::Sleep(until) => sleep(ctx, until).await?,
            }
        }
    }

    /// A new task.
    #[signal]
    pub fn create_task(&mut self, ctx: &mut SyncWorkflowContext<Self>, said: RawValue) {
        self.heard(&said);
        self.take(ctx.run_id(), one(said), Shard::create);
    }

    /// New tasks.
    #[signal]
    pub fn create_tasks(&mut self, ctx: &mut SyncWorkflowContext<Self>, said: RawValue) {
        self.heard(&said);
        self.take(ctx.run_id(), read(said), Shard::create);
    }

    /// Somebody has decided a task.
    #[signal]
    pub fn complete_task(&mut self, ctx: &mut SyncWorkflowContext<Self>, said: RawValue) {
        self.heard(&said);
        self.take(ctx.run_id(), one(said), Shard::complete);
    }

    /// Somebody has decided tasks.
    #[signal]
    pub fn complete_tasks(&mut self, ctx: &mut SyncWorkflowContext<Self>, said: RawValue) {
        self.heard(&said);
        self.take(ctx.run_id(), read(said), Shard::complete);
    }

    /// Tasks have changed. From the mirror.
    #[signal]
    pub fn tasks_changed(&mut self, _ctx: &mut SyncWorkflowContext<Self>, said: RawValue) {
        self.heard(&said);
        if let Ok(told) = read::<TasksChanged>(said) {
            self.shard.changed(told);
        }
    }

    /// Tasks are closed. From the mirror.
    #[signal]
    pub fn tasks_closed(&mut self, _ctx: &mut SyncWorkflowContext<Self>, said: RawValue) {
        self.heard(&said);
        if let Ok(told) = read::<Vec<Closed>>(said) {
            self.shard.closed(told);
        }
    }

    /// How a task stands, what was refused and why, and how it ended.
    #[query]
    pub fn get_task_status(
        &self,
        _ctx: &WorkflowContextView,
        task_id: TaskId,
    ) -> Result<Option<TaskStatus>, Failure> {
        let status = self.shard.status(task_id);
        let Counts { shards, .. } = self.shard.counts();
        if status.is_none() && !self.shard.keeps(task_id) {
            let other = shard_of(task_id, shards);
            return Err(format!("another shard keeps task {task_id}: {other} of {shards}").into());
        }
        Ok(status)
    }

    /// What this person has, of what this shard keeps; 2,000 tasks at most.
    #[query]
    pub fn get_user_tasks(&self, _ctx: &WorkflowContextView, user: PersonId) -> Vec<TaskOf> {
        self.shard.tasks_of(user)
    }

    /// How much there is.
    #[query]
    pub fn get_shard(&self, _ctx: &WorkflowContextView) -> Counts {
        self.shard.counts()
    }

    /// The tasks that wait, in the order of their ids, a page after this one. For the comparison of everything.
    #[query]
    pub fn get_open_waits(&self, _ctx: &WorkflowContextView, after: Option<TaskId>) -> Vec<OpenTask> {
        self.shard.page(after)
    }
}

impl TaskManagementWorkflow {
    /// A signal makes the history longer, whatever it says.
    fn heard(&mut self, said: &RawValue) {
        self.events += EVENTS.0;
        self.bytes += length(said);
    }

    fn is_to_hand_on(&self) -> bool {
        let long = self.events >= self.shard.history_max() || self.bytes >= HISTORY_BYTES_MAX;
        long && self.shard.can_be_handed_on()
    }

    fn take(&mut self, run_id: &str, said: Result<Vec<Value>, String>, each: fn(&mut Shard, Value, &str)) {
        match said {
            Ok(said) => said.into_iter().for_each(|said| each(&mut self.shard, said, run_id)),
            Err(why) => self.shard.unreadable(why),
        }
    }
}

/// Asks TraceRail, about what was signalled and what is due at the same time: neither waits for the other.
async fn ask(
    ctx: &mut WorkflowContext<TaskManagementWorkflow>,
    asked: Vec<Asked>,
    due: Vec<TaskId>,
) -> WorkflowResult<()> {
    let said = bytes(&asked) + (asked.len() + due.len()) * ANSWER_BYTES;
    let creates = asked.first().is_some_and(|it| matches!(it.pending.work, Work::Create(_)));
    let (told, seen) = temporalio_sdk::workflows::join!(
        async {
            match (asked.is_empty(), creates) {
                (true, _) => Ok::<(Timestamp, Vec<Told>), _>((NEVER, Vec::new())),
                (false, true) => ctx.execute_activity(Batches::create_tasks, asked, options()).await,
                (false, false) => ctx.execute_activity(Batches::submit_decisions, asked, options()).await,
            }
        },
        async {
            if due.is_empty() {
                return Ok::<(Timestamp, Vec<(TaskId, Seen)>), _>((NEVER, Vec::new()));
            }
            ctx.execute_activity(Batches::look_at_due, due.clone(), options()).await
        }
    );
    let ((told_at, told), (seen_at, seen)) = (told?, seen?);
    ctx.state_mut(|it| {
        it.events += EVENTS.2;
        it.bytes += said;
        it.shard.told(told, told_at);
        it.shard.looked(&due, seen, seen_at);
    });
    Ok(())
}

/// Sleeps, until the time is up or there is something to do earlier. Waits that only begin or end do not wake it.
async fn sleep(
    ctx: &mut WorkflowContext<TaskManagementWorkflow>,
    until: Option<Timestamp>,
) -> WorkflowResult<()> {
    let earlier = |it: &TaskManagementWorkflow| match (it.shard.wakes_at(), until) {
        (Some(at), Some(until)) => at < until,
        (Some(_), None) => true,
        (None, _) => false,
    };
    ctx.state_mut(|it| it.events += EVENTS.1);
    let mut woken = ctx.wait_condition(|it| earlier(it) || it.is_to_hand_on());
    let Some(until) = until else {
        woken.await?;
        return Ok(());
    };
    let mut timer = ctx.timer(until.since(now(ctx)).max(SHORTEST));
    let rang = temporalio_sdk::workflows::select! {
        woken = woken => {
            woken?;
            false
        }
        _ = timer => true,
    };
    if rang {
        // That it rang says that it is time: what time the workflow has may be another in a replay.
        ctx.state_mut(|it| it.shard.rang(until));
    } else {
        // Dropped, it would ring all the same, and wake a worker for nothing.
        timer.cancel();
    }
    Ok(())
}

/// What the one value of a signal holds; or the two of the seed's `complete_task(task_id, result)`.
fn one(said: RawValue) -> Result<Vec<Value>, String> {
    let mut values = said.payloads.into_iter().map(|payload| serde_json::from_slice::<Value>(&payload.data));
    let (first, second) = (values.next(), values.next());
    match (first, second, values.next()) {
        (Some(Ok(value)), None, None) => Ok(vec![value]),
        (Some(Ok(task @ Value::String(_))), Some(Ok(Value::Object(mut value))), None) => {
            value.insert("task_id".to_owned(), task);
            Ok(vec![Value::Object(value)])
        }
        _ => Err("it is not one JSON value".to_owned()),
    }
}
