//! Following the histories of tasks through the log, for `tracerail audit`.

use tracerail_actors::audit::{Audit, AuditReport};
use tracerail_actors::port::{Position, TaskFilter};
use tracerail_schemas::{Subject, TaskId};

use crate::TraceRail;
use crate::error::Error;

/// Events, or tasks, in a page.
const PAGE: usize = 1_000;

/// How often a task is looked at again that changes while its history is followed.
const TRIES: usize = 3;

impl TraceRail {
    /// Follows the history of one task, or of all, and compares it with what the store has. `tell` hears how many events were read.
    pub async fn audit(
        &self,
        only: Option<TaskId>,
        tell: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<AuditReport, Error> {
        let mut reading = Reading { audit: Audit::default(), after: Position::start(), events: 0, only };
        reading.catch_up(self, tell).await?;
        let mut differing = match only {
            Some(task) => vec![task],
            None => self.differing(&mut reading.audit).await?,
        };
        // What differs may have changed since the log was read to its end.
        for _ in 0..TRIES {
            if differing.is_empty() {
                break;
            }
            let mut tasks = Vec::with_capacity(differing.len());
            for task in &differing {
                tasks.extend(self.task(*task).await?);
            }
            reading.catch_up(self, tell).await?;
            differing = tasks.iter().filter(|task| !reading.audit.agrees(task)).map(|task| task.id).collect();
        }
        for task in differing {
            if let Some(task) = self.task(task).await? {
                reading.audit.compare(&task);
            }
        }
        Ok(reading.audit.finish())
    }

    /// The tasks that are not as their histories tell.
    async fn differing(&self, audit: &mut Audit) -> Result<Vec<TaskId>, Error> {
        let mut filter = TaskFilter { limit: PAGE, ..TaskFilter::default() };
        let mut differing = Vec::new();
        loop {
            let page = self.tasks(filter.clone()).await?;
            for summary in &page.tasks {
                let task = self.task(summary.id).await?;
                differing.extend(task.filter(|task| !audit.agrees(task)).map(|task| task.id));
            }
            filter.after = page.tasks.last().map(|task| task.id);
            if !page.more {
                return Ok(differing);
            }
        }
    }
}

/// A log that is read.
struct Reading {
    audit: Audit,
    after: Position,
    events: u64,
    only: Option<TaskId>,
}

impl Reading {
    async fn catch_up(&mut self, rail: &TraceRail, tell: &(dyn Fn(u64) + Send + Sync)) -> Result<(), Error> {
        let about = self.only.map(|task| task.to_string());
        let subjects: Vec<_> = Subject::ALL.iter().copied().filter(|it| tells_of_tasks(*it)).collect();
        loop {
            let page = rail.events(&self.after, &subjects, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            self.after = last.position.clone();
            self.events += page.len() as u64;
            for logged in &page {
                if about.as_ref().is_none_or(|about| *about == logged.event.envelope.about) {
                    self.audit.meet(&logged.event);
                }
            }
            tell(self.events);
        }
    }
}

fn tells_of_tasks(subject: Subject) -> bool {
    let name = subject.as_str();
    name.starts_with("task.") || subject == Subject::SlaBreached
}
