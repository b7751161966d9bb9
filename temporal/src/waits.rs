//! The waits of one installation, as a client of Temporal sees them.

use futures::{Stream, StreamExt};
use temporalio_client::errors::{WorkflowInteractionError, WorkflowQueryError, WorkflowStartError};
use temporalio_client::{
    Client, WorkflowDescribeOptions, WorkflowExecutionStatus, WorkflowHandle, WorkflowIdReusePolicy,
    WorkflowListOptions, WorkflowQueryOptions, WorkflowSignalOptions, WorkflowStartOptions,
};
use temporalio_common::data_converters::{PayloadConverter, RawValue};
use temporalio_common::{HasWorkflowDefinition, MemoValues, SignalDefinition};
use tracerail_schemas::TaskId;

use crate::codec;
use crate::error::Error;
use crate::names::{MEMO, Names};
use crate::per_task::HumanTaskWorkflow;
use crate::words::{Changed, Ending, HumanDecision, Level, Opened, Snapshot, TaskStatus};

/// The waits of one installation.
#[derive(Clone, Debug)]
pub struct Waits {
    client: Client,
    /// The same, for looks at many: what cannot be read of one hides no other.
    looking: Client,
    names: Names,
}

/// Which wait may be begun.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Begin {
    /// One of a task whose wait has not ended well: whoever is late does not wait again for what was decided.
    Once,
    /// Any that does not wait at this moment: somebody has looked at both sides.
    Again,
}

/// A wait that goes on.
#[derive(Clone, PartialEq, Debug)]
pub struct OpenWait {
    /// The task.
    pub task_id: TaskId,
    /// How the task stands, as far as the wait knows. Nothing, when its memo cannot be read.
    pub level: Option<Level>,
}

impl Waits {
    /// Those with these names.
    pub fn new(client: Client, names: Names) -> Self {
        let looking = codec::reading_what_it_can(&client);
        Self { client, looking, names }
    }

    /// Begins to wait for this task. False when somebody waits already, or has.
    pub async fn open(&self, opened: Opened, begin: Begin) -> Result<bool, Error> {
        let mut memo = MemoValues::new();
        memo.insert(MEMO, opened.level.clone());
        let reuse = match begin {
            Begin::Once => WorkflowIdReusePolicy::AllowDuplicateFailedOnly,
            Begin::Again => WorkflowIdReusePolicy::AllowDuplicate,
        };
        let id = self.names.workflow_id(opened.task_id);
        let options =
            WorkflowStartOptions::new(self.names.task_queue(), id).id_reuse_policy(reuse).memo(memo).build();
        match self.client.start_workflow(HumanTaskWorkflow::run, opened, options).await {
            Ok(_) => Ok(true),
            Err(WorkflowStartError::AlreadyStarted { .. }) => Ok(false),
            Err(error) => Err(Error::temporal("begin a wait", &error)),
        }
    }

    /// Tells the wait of this task that it has changed. False when nobody waits.
    pub async fn change(&self, task: TaskId, told: &Changed) -> Result<bool, Error> {
        self.signal(task, HumanTaskWorkflow::task_changed, raw(told)).await
    }

    /// Tells the wait of this task that it is closed. False when nobody waits.
    pub async fn close(&self, ending: &Ending) -> Result<bool, Error> {
        self.signal(ending.task_id, HumanTaskWorkflow::task_closed, raw(ending)).await
    }

    /// Signals a decision to the wait of this task, as anybody may. False when nobody waits.
    pub async fn decide(&self, task: TaskId, decision: &HumanDecision) -> Result<bool, Error> {
        self.signal(task, HumanTaskWorkflow::human_decision, raw(decision)).await
    }

    /// What the wait of this task answers, whether it goes on or has ended. Nothing, when there never was one.
    pub async fn status(&self, task: TaskId) -> Result<Option<TaskStatus>, Error> {
        let wait = self.of(task);
        match wait.query(HumanTaskWorkflow::get_task_status, (), WorkflowQueryOptions::default()).await {
            Ok(status) => Ok(Some(status)),
            Err(WorkflowQueryError::NotFound(_)) => Ok(None),
            Err(error) => Err(Error::temporal("answer for a wait", &error)),
        }
    }

    /// The task as its wait knows it. Nothing, when nobody waits.
    pub async fn snapshot(&self, task: TaskId) -> Result<Option<Snapshot>, Error> {
        let wait = self.of(task);
        match wait.query(HumanTaskWorkflow::get_snapshot, (), WorkflowQueryOptions::default()).await {
            Ok(snapshot) => Ok(Some(snapshot)),
            Err(WorkflowQueryError::NotFound(_)) => Ok(None),
            Err(error) => Err(Error::temporal("answer for a wait", &error)),
        }
    }

    /// The wait of this task, if it goes on: not from an index that may be behind.
    pub async fn now(&self, task: TaskId) -> Result<Option<OpenWait>, Error> {
        let workflow_id = self.names.workflow_id(task);
        let wait = self.looking.get_workflow_handle::<HumanTaskWorkflow>(workflow_id.clone());
        match wait.describe(WorkflowDescribeOptions::default()).await {
            Ok(found) if found.status() == WorkflowExecutionStatus::Running => {
                let (there, configured) = (found.task_queue().to_owned(), self.names.task_queue().to_owned());
                if there != configured {
                    return Err(Error::OtherQueue { workflow_id, there, configured });
                }
                Ok(Some(OpenWait { task_id: task, level: found.memo().get(MEMO).ok().flatten() }))
            }
            Ok(_) | Err(WorkflowInteractionError::NotFound(_)) => Ok(None),
            Err(error) => Err(Error::temporal("describe a wait", &error)),
        }
    }

    /// All waits that go on, in no order, from Temporal's index, which may be some moments behind.
    pub fn all(&self) -> impl Stream<Item = Result<OpenWait, Error>> + '_ {
        let found = self.looking.list_workflows(self.names.open_waits(), WorkflowListOptions::default());
        found.filter_map(async |found| match found {
            Ok(found) => {
                let task_id = self.names.task_id(found.id())?;
                Some(Ok(OpenWait { task_id, level: found.memo().get(MEMO).ok().flatten() }))
            }
            Err(error) => Some(Err(Error::temporal("list the waits", &error))),
        })
    }

    fn of(&self, task: TaskId) -> WorkflowHandle<Client, HumanTaskWorkflow> {
        self.client.get_workflow_handle(self.names.workflow_id(task))
    }

    async fn signal<S>(&self, task: TaskId, signal: S, said: RawValue) -> Result<bool, Error>
    where
        S: SignalDefinition<Workflow = <HumanTaskWorkflow as HasWorkflowDefinition>::Run, Input = RawValue>,
    {
        match self.of(task).signal(signal, said, WorkflowSignalOptions::default()).await {
            Ok(()) => Ok(true),
            Err(WorkflowInteractionError::NotFound(_)) => Ok(false),
            Err(error) => Err(Error::temporal("signal a wait", &error)),
        }
    }
}

/// As the value of a signal.
pub(crate) fn raw<T: serde::Serialize + 'static>(said: &T) -> RawValue {
    RawValue::from_value(said, &PayloadConverter::default())
}
