//! The tasks, through commands to the actors.

use async_trait::async_trait;
use tracerail_actors::port::TaskFilter;
use tracerail_schemas::principal::PrincipalKind;
use tracerail_schemas::task::{Command, CommandOutcome, NewTask, Status, Task, TaskAssignment, Verb};
use tracerail_schemas::{Code, PersonId, Principal, TaskId};
use uuid::Uuid;

use super::manager::{Result, TaskManager, TaskResult};
use crate::TraceRail;
use crate::client::new_command_id;
use crate::error::Error;

/// Tasks in a page.
const PAGE: usize = 500;

/// The name a program has that does not give one.
const PROGRAM: &str = "client";

/// The tasks. Commands are given as the agent `client`, unless somebody is named.
#[derive(Clone, Debug)]
pub struct Tasks<'a> {
    rail: &'a TraceRail,
    by: Option<Principal>,
}

impl<'a> Tasks<'a> {
    pub(super) const fn of(rail: &'a TraceRail) -> Self {
        Self { rail, by: None }
    }

    /// The same, as this person or program: what the directory does not let them do is refused.
    #[must_use]
    pub fn acting_as(self, by: Principal) -> Self {
        Self { by: Some(by), ..self }
    }

    /// Takes the task, in the name of this person; nothing if they have it.
    pub async fn claim_task(&self, task: TaskId, person: &PersonId) -> Result<()> {
        if self.known(task).await?.assignee() == Some(person) {
            return Ok(());
        }
        self.give(task, Principal::user(person.clone()), Verb::Claim).await
    }

    async fn known(&self, task: TaskId) -> Result<Task> {
        let missing = || Error::new(Code::TaskUnknown, format!("there is no task {task}"));
        self.rail.task(task).await?.ok_or_else(missing)
    }

    async fn give(&self, task_id: TaskId, by: Principal, verb: Verb) -> Result<()> {
        let command =
            Command { id: new_command_id(), task_id, by, expected_version: None, verb, traceparent: None };
        match self.rail.command(command).await?.outcome {
            CommandOutcome::Done { .. } => Ok(()),
            CommandOutcome::Refused(refusal) => Err(Error::new(refusal.code, refusal.message)),
        }
    }

    fn by(&self) -> Result<Principal> {
        if let Some(by) = &self.by {
            return Ok(by.clone());
        }
        let id = PersonId::new(PROGRAM).map_err(|error| Error::new(Code::Internal, error.to_string()))?;
        Ok(Principal { kind: PrincipalKind::Agent, id })
    }

    async fn all(&self, mut filter: TaskFilter) -> Result<Vec<Task>> {
        let mut found = Vec::new();
        loop {
            filter.limit = PAGE;
            let page = self.rail.tasks(filter.clone()).await?;
            for summary in &page.tasks {
                found.extend(self.rail.task(summary.id).await?);
            }
            match page.tasks.last() {
                Some(last) if page.more => filter.after = Some(last.id),
                Some(_) | None => return Ok(found),
            }
        }
    }
}

#[async_trait]
impl TaskManager for Tasks<'_> {
    async fn create_task(&self, task: NewTask) -> Result<TaskId> {
        let id = TaskId::from_uuid(Uuid::now_v7());
        self.give(id, self.by()?, Verb::Create(Box::new(task))).await?;
        Ok(id)
    }

    async fn assign_task(&self, task: TaskId, assignee: &PersonId) -> Result<TaskAssignment> {
        self.give(task, self.by()?, Verb::Assign { to: assignee.clone() }).await?;
        let gone = || Error::new(Code::VersionConflict, format!("{task} went on to somebody else meanwhile"));
        self.known(task).await?.state.assignment.filter(|it| it.assignee_id == *assignee).ok_or_else(gone)
    }

    /// A task nobody has is taken first by whoever completes it.
    async fn complete_task(&self, task: TaskId, result: TaskResult) -> Result<()> {
        let TaskResult { decision, completed_by, result_data: result, review_comments, quality_score } =
            result;
        if self.known(task).await?.assignee().is_none() {
            self.claim_task(task, &completed_by).await?;
        }
        let verb = Verb::Complete { decision, result, comments: review_comments, quality_score, shown: None };
        self.give(task, Principal::user(completed_by), verb).await
    }

    async fn escalate_task(&self, task: TaskId, reason: &str) -> Result<()> {
        self.give(task, self.by()?, Verb::Escalate { reason: reason.to_owned() }).await
    }

    async fn get_task(&self, task: TaskId) -> Result<Option<Task>> {
        self.rail.task(task).await
    }

    async fn get_user_tasks(&self, user: &PersonId, status: Option<Status>) -> Result<Vec<Task>> {
        let statuses = status.into_iter().collect();
        self.all(TaskFilter { assignee: Some(user.clone()), statuses, ..TaskFilter::default() }).await
    }

    async fn get_overdue_tasks(&self) -> Result<Vec<Task>> {
        let statuses = Status::ALL.into_iter().filter(|status| status.is_open()).collect();
        let due_before = Some(self.rail.now().await?);
        self.all(TaskFilter { statuses, due_before, ..TaskFilter::default() }).await
    }
}
