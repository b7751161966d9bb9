//! The most urgent task a person may take.

use tracerail_schemas::task::{Command, CommandOutcome, Queue, Task, Verb};
use tracerail_schemas::{PersonId, Principal, TenantId};

use crate::TraceRail;
use crate::client::new_command_id;
use crate::error::Error;

/// How many waiting tasks are looked at at first: mostly the first one fits.
const FEW: usize = 4;

/// How many are looked at in one go when none of them did, at most.
const MANY: usize = 64;

impl TraceRail {
    /// The most urgent task this person may take and has the skills for, if one waits; an offer to them among them.
    ///
    /// Urgent is what is due first; a higher priority counts as time that is used already ([`tracerail_schemas::task::TaskState::rank`]).
    pub async fn next_task(&self, tenant: &TenantId, person: &PersonId) -> Result<Option<Task>, Error> {
        let mut page = Page::first(self, person);
        while let Some(tasks) = page.next(self).await? {
            if let Some(task) = tasks.into_iter().find(|task| self.suits(task, tenant, person)) {
                return Ok(Some(task));
            }
        }
        Ok(None)
    }

    /// Takes that task for them: of several who ask at once, each gets another one.
    pub async fn claim_next(&self, tenant: &TenantId, by: &Principal) -> Result<Option<Task>, Error> {
        let mut page = Page::first(self, &by.id);
        while let Some(tasks) = page.next(self).await? {
            for task in tasks.into_iter().filter(|task| self.suits(task, tenant, &by.id)) {
                // Somebody may have been faster since the page was read: then nothing is asked, and nothing refused.
                let now = self.task(task.id).await?.map(|now| now.version);
                if now == Some(task.version) && self.claims(&task, by).await? {
                    return self.task(task.id).await;
                }
            }
        }
        Ok(None)
    }

    fn suits(&self, task: &Task, tenant: &TenantId, person: &PersonId) -> bool {
        let (directory, terms) = (&self.ports().directory, &task.data.terms);
        task.data.tenant == *tenant
            && !terms.excludes(person)
            && (directory.is_open() || directory.has_skills(person, &terms.skills_required))
    }

    async fn claims(&self, task: &Task, by: &Principal) -> Result<bool, Error> {
        let command = Command {
            id: new_command_id(),
            task_id: task.id,
            by: by.clone(),
            expected_version: Some(task.version),
            verb: Verb::Claim,
            traceparent: None,
        };
        Ok(matches!(self.command(command).await?.outcome, CommandOutcome::Done { .. }))
    }
}

/// Going through the queues of a person, the most urgent first.
struct Page {
    queues: Vec<Queue>,
    after: Option<tracerail_actors::port::QueuePlace>,
    more: bool,
    size: usize,
}

impl Page {
    fn first(rail: &TraceRail, person: &PersonId) -> Self {
        let directory = &rail.ports().directory;
        let queues = if directory.is_open() {
            vec![Queue::All, Queue::Person(person.clone())]
        } else if directory.knows(person) {
            let groups = directory.groups_of(person).into_iter().map(Queue::Group);
            groups.chain([Queue::Everybody, Queue::Person(person.clone())]).collect()
        } else {
            Vec::new()
        };
        Self { more: !queues.is_empty(), queues, after: None, size: FEW }
    }

    async fn next(&mut self, rail: &TraceRail) -> Result<Option<Vec<Task>>, Error> {
        if !self.more {
            return Ok(None);
        }
        let tasks = rail.ports().store.waiting(&self.queues, self.after, self.size).await?;
        self.more = tasks.len() == self.size;
        self.size = (self.size * 4).min(MANY);
        self.after = tasks.last().map(|task| (task.state.rank(), task.id));
        Ok(Some(tasks))
    }
}
