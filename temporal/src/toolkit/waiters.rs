//! The workflows that wait for the end of a task they have opened, `WaitForHumanDecision`: told by the mirror when it is closed.

use futures::{TryStreamExt as _, stream};
use temporalio_client::errors::WorkflowInteractionError;
use temporalio_client::{Client, WorkflowListOptions, WorkflowSignalOptions};
use tracerail_actors::port::Store;
use tracerail_schemas::TaskId;

use super::names::WAIT_FOR_HUMAN_DECISION;
use super::opening::{is_workflows, waiter};
use super::steps::raw;
use super::wait::{Note, WaitForHumanDecision};
use crate::codec;
use crate::error::Error;
use crate::names::{MEMO, Names};
use crate::words::Ending;

/// Workflows spoken to at the same time. 16: a small Temporal server has no more to give.
const AT_ONCE: usize = 16;

/// The waiting workflows of one installation.
#[derive(Clone, Debug)]
pub struct Waiters {
    client: Client,
    names: Names,
}

impl Waiters {
    /// Those with these names.
    pub const fn new(client: Client, names: Names) -> Self {
        Self { client, names }
    }

    /// Tells whoever waits for these tasks how they ended. Tasks that no workflow has opened are not even looked at.
    pub(crate) async fn tell_of(
        &self,
        store: &dyn Store,
        tasks: impl Iterator<Item = TaskId>,
    ) -> Result<(), Error> {
        stream::iter(tasks.filter(|task| is_workflows(*task)).map(Ok))
            .try_for_each_concurrent(AT_ONCE, |task| self.tell(store, task))
            .await
    }

    /// Tells whoever waits for this task how it ended, if it has.
    async fn tell(&self, store: &dyn Store, task: TaskId) -> Result<(), Error> {
        let Some(task) = store.task(task).await? else { return Ok(()) };
        let (Some(ending), Some(waiter)) = (Ending::of(&task), waiter(&task)) else { return Ok(()) };
        let workflow = self.client.get_workflow_handle::<WaitForHumanDecision>(waiter);
        let said = raw(&ending);
        match workflow.signal(WaitForHumanDecision::task_closed, said, WorkflowSignalOptions::default()).await
        {
            // It has ended already.
            Ok(()) | Err(WorkflowInteractionError::NotFound(_)) => Ok(()),
            Err(error) => match Error::temporal("tell a workflow that its task is closed", &error) {
                // What is wrong with one holds up no other.
                error if error.is_about_one() => {
                    tracing::error!(task = %ending.task_id, %error, "a workflow cannot be told of the end of its task");
                    Ok(())
                }
                error => Err(error),
            },
        }
    }

    /// The same for everybody who waits.
    pub(crate) async fn tell_all(&self, store: &dyn Store) -> Result<(), Error> {
        let query = self.names.open(WAIT_FOR_HUMAN_DECISION);
        let looking = codec::reading_what_it_can(&self.client);
        let mut found = looking.list_workflows(query, WorkflowListOptions::default());
        while let Some(found) =
            found.try_next().await.map_err(|error| Error::temporal("list who waits", &error))?
        {
            // Without a note the task is not open yet.
            if let Some(note) = found.memo().get::<Note>(MEMO).ok().flatten() {
                self.tell(store, note.task_id).await?;
            }
        }
        Ok(())
    }
}
