//! The shards of one installation, as a client of Temporal sees them.

use futures::{Stream, stream};
use temporalio_client::errors::{WorkflowInteractionError, WorkflowQueryError, WorkflowStartError};
use temporalio_client::{
    Client, WorkflowDescribeOptions, WorkflowExecutionStatus, WorkflowHandle, WorkflowIdReusePolicy,
    WorkflowQueryOptions, WorkflowSignalOptions, WorkflowStartOptions,
};
use temporalio_common::data_converters::RawValue;
use temporalio_common::{HasWorkflowDefinition, MemoValues, QueryDefinition, SignalDefinition};
use tracerail_schemas::TaskId;

use super::words::{Begun, Closed, Counts, OpenTask, ShardMemo, TasksChanged, shard_of};
use super::workflow::TaskManagementWorkflow;
use crate::error::Error;
use crate::names::{MEMO, Names};
use crate::waits::raw;
use crate::words::TaskStatus;

/// The shards of one installation.
#[derive(Clone, Debug)]
pub struct Shards {
    client: Client,
    names: Names,
    count: u32,
}

impl Shards {
    /// So many, with these names.
    pub const fn new(client: Client, names: Names, count: u32) -> Self {
        Self { client, names, count }
    }

    /// Which of them keeps this task.
    pub fn of(&self, task: TaskId) -> u32 {
        shard_of(task, self.count)
    }

    /// All of them.
    pub const fn each(&self) -> std::ops::Range<u32> {
        0..self.count
    }

    /// Begins those that are not there. Refused, when there are some of another number, or of somebody else.
    pub async fn begin(&self) -> Result<(), Error> {
        // One further than there should be, if there were more of them.
        for shard in 0..=self.count {
            self.check(shard).await?;
        }
        for shard in self.each() {
            self.start(shard).await?;
        }
        Ok(())
    }

    async fn check(&self, shard: u32) -> Result<(), Error> {
        let found = match self.handle(shard).describe(WorkflowDescribeOptions::default()).await {
            Ok(found) if found.status() == WorkflowExecutionStatus::Running => found,
            Ok(_) | Err(WorkflowInteractionError::NotFound(_)) => return Ok(()),
            Err(error) => return Err(Error::temporal("describe a shard", &error)),
        };
        let memo: Option<ShardMemo> = found.memo().get(MEMO).ok().flatten();
        match memo {
            Some(memo) if memo == self.memo(shard) => Ok(()),
            memo => Err(self.others(shard, memo)),
        }
    }

    fn others(&self, shard: u32, memo: Option<ShardMemo>) -> Error {
        let (workflow_id, configured) = (self.names.shard_id(shard), self.count);
        match memo {
            Some(memo) if memo.task_queue == self.names.task_queue() => {
                Error::ShardsDiffer { workflow_id, there: memo.shards, configured }
            }
            _ => Error::ShardOfOthers { workflow_id, task_queue: self.names.task_queue().to_owned() },
        }
    }

    async fn start(&self, shard: u32) -> Result<(), Error> {
        let mut memo = MemoValues::new();
        memo.insert(MEMO, self.memo(shard));
        let options = WorkflowStartOptions::new(self.names.task_queue(), self.names.shard_id(shard))
            .id_reuse_policy(WorkflowIdReusePolicy::AllowDuplicate)
            .memo(memo)
            .static_summary(format!("shard {shard} of {} of TraceRail's open tasks", self.count))
            .build();
        let begun = Begun { shard, shards: self.count, history_max: None, carried: None };
        match self.client.start_workflow(TaskManagementWorkflow::run, begun, options).await {
            Ok(_) | Err(WorkflowStartError::AlreadyStarted { .. }) => Ok(()),
            Err(error) => Err(Error::temporal("begin a shard", &error)),
        }
    }

    /// Tells a shard how tasks of it stand.
    pub async fn changed(&self, shard: u32, told: &TasksChanged) -> Result<(), Error> {
        self.signal(shard, || TaskManagementWorkflow::tasks_changed, raw(told)).await
    }

    /// Tells a shard that tasks of it are closed.
    pub async fn closed(&self, shard: u32, told: &Vec<Closed>) -> Result<(), Error> {
        self.signal(shard, || TaskManagementWorkflow::tasks_closed, raw(told)).await
    }

    /// How a task stands, as its shard knows it.
    pub async fn status(&self, task: TaskId) -> Result<Option<TaskStatus>, Error> {
        let asked = self.ask(self.of(task), TaskManagementWorkflow::get_task_status, task);
        asked.await.map(Option::flatten)
    }

    /// How much there is in a shard; nothing, when it has not begun.
    pub async fn counts(&self, shard: u32) -> Result<Option<Counts>, Error> {
        self.ask(shard, TaskManagementWorkflow::get_shard, ()).await
    }

    /// All tasks that wait, a page of one shard after the other.
    pub fn all(&self) -> impl Stream<Item = Result<Vec<OpenTask>, Error>> + '_ {
        let place = (0, None);
        stream::try_unfold(place, move |(mut shard, mut after)| async move {
            while shard < self.count {
                let page = self.ask(shard, TaskManagementWorkflow::get_open_waits, after).await?;
                let page = page.unwrap_or_default();
                if let Some(last) = page.last().map(|task| task.task_id) {
                    return Ok(Some((page, (shard, Some(last)))));
                }
                (shard, after) = (shard + 1, None);
            }
            Ok(None)
        })
    }

    /// The answer of a query; nothing, when there is no such shard.
    async fn ask<Q>(&self, shard: u32, query: Q, about: Q::Input) -> Result<Option<Q::Output>, Error>
    where
        Q: QueryDefinition<Workflow = <TaskManagementWorkflow as HasWorkflowDefinition>::Run>,
        Q::Input: Send,
    {
        match self.handle(shard).query(query, about, WorkflowQueryOptions::default()).await {
            Ok(answer) => Ok(Some(answer)),
            Err(WorkflowQueryError::NotFound(_)) => Ok(None),
            Err(error) => Err(Error::temporal("answer for a shard", &error)),
        }
    }

    async fn signal<S>(&self, shard: u32, signal: impl Fn() -> S, said: RawValue) -> Result<(), Error>
    where
        S: SignalDefinition<
                Workflow = <TaskManagementWorkflow as HasWorkflowDefinition>::Run,
                Input = RawValue,
            >,
    {
        let handle = self.handle(shard);
        let told = || handle.signal(signal(), said.clone(), WorkflowSignalOptions::default());
        let mut result = told().await;
        if matches!(result, Err(WorkflowInteractionError::NotFound(_))) {
            // Somebody has ended it. What it kept comes with the next comparison of everything.
            tracing::warn!(id = %self.names.shard_id(shard), "a shard of waits is not there; it begins anew");
            self.start(shard).await?;
            result = told().await;
        }
        result.map_err(|error| Error::temporal("signal a shard", &error))
    }

    fn handle(&self, shard: u32) -> WorkflowHandle<Client, TaskManagementWorkflow> {
        self.client.get_workflow_handle(self.names.shard_id(shard))
    }

    fn memo(&self, shard: u32) -> ShardMemo {
        ShardMemo { shard, shards: self.count, task_queue: self.names.task_queue().to_owned() }
    }
}
