//! Deadlines. That they fire is the actors' work; this looks at them.

use async_trait::async_trait;
use tracerail_schemas::{Code, TaskId};

use super::manager::{Result, SlaManager, SlaStatus, TaskManager};
use super::tasks::Tasks;
use crate::TraceRail;
use crate::error::Error;

/// The deadlines of tasks.
#[derive(Clone, Debug)]
pub struct Sla<'a> {
    rail: &'a TraceRail,
}

impl<'a> Sla<'a> {
    pub(super) const fn of(rail: &'a TraceRail) -> Self {
        Self { rail }
    }
}

#[async_trait]
impl SlaManager for Sla<'_> {
    async fn check_sla_breaches(&self) -> Result<Vec<TaskId>> {
        let overdue = Tasks::of(self.rail).get_overdue_tasks().await?;
        Ok(overdue.into_iter().map(|task| task.id).collect())
    }

    async fn get_sla_status(&self, task: TaskId) -> Result<SlaStatus> {
        let missing = || Error::new(Code::TaskUnknown, format!("there is no task {task}"));
        let found = self.rail.task(task).await?.ok_or_else(missing)?;
        let (now, open) = (self.rail.now().await?, found.is_open());
        let clock = found.state.clock;
        Ok(SlaStatus {
            task_id: task,
            state: clock.state(open),
            due_at: found.state.due_at,
            next_due_at: clock.next_due_at().filter(|_| open),
            elapsed_seconds: clock.elapsed(now).as_secs_f64(),
            escalation_level: found.state.escalation_level,
            policy: (clock.policy, clock.policy_version),
        })
    }
}
