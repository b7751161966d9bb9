//! Choosing somebody for a task: what the strategy needs to know is asked of the directory and the store.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use tracerail_schemas::task::{Task, TaskData};
use tracerail_schemas::{GroupId, PersonId, Timestamp};

use super::assign::{Chosen, Pool, suggested};
use crate::deliver::HandlerError;
use crate::port::Ports;
use crate::settings::Settings;

/// Chooses people for tasks.
#[derive(Debug, Clone)]
pub(crate) struct Chooser {
    pub(crate) ports: Ports,
    pub(crate) settings: Rc<Settings>,
    /// Where round robin goes on. The store has it too, for the next start; here it is exact while the process lives.
    pub(crate) cursors: Rc<RefCell<HashMap<GroupId, u64>>>,
}

impl Chooser {
    /// Who gets a new task: who is suggested, if they can be given work now; otherwise whom the strategy chooses.
    pub(super) async fn choose(
        &self,
        task: &TaskData,
        suggestion: Option<&PersonId>,
        now: Timestamp,
    ) -> Result<Option<Chosen>, HandlerError> {
        let directory = &*self.ports.directory;
        let suggested = suggestion.and_then(|person| suggested(directory, person, &task.terms, now));
        if suggested.is_some() {
            return Ok(suggested);
        }
        self.by_strategy(task, (&task.terms.candidate_groups, &[]), now).await
    }

    /// Who is offered a task next that somebody, `by`, has not taken.
    pub(crate) async fn next(
        &self,
        task: &Task,
        by: &PersonId,
        now: Timestamp,
    ) -> Result<Option<Chosen>, HandlerError> {
        let declined: Vec<_> = task.state.declined.iter().chain([by]).cloned().collect();
        self.by_strategy(&task.data, (&task.state.candidate_groups, &declined), now).await
    }

    async fn by_strategy(
        &self,
        task: &TaskData,
        (groups, declined): (&[GroupId], &[PersonId]),
        now: Timestamp,
    ) -> Result<Option<Chosen>, HandlerError> {
        let directory = &*self.ports.directory;
        let strategy = &*self.settings.tasks.assignment.0;
        for group in groups {
            let mut pool = Pool::of(directory, group, (&task.terms, declined), now);
            let people = pool.asks_for(directory, strategy.needs_open_tasks());
            if !people.is_empty() {
                let loads = self.ports.store.open_tasks(&people).await?;
                let loads: Vec<_> = people.into_iter().zip(loads).collect();
                pool.loaded(directory, &loads);
            }
            if strategy.takes_turns() {
                self.load_cursor(group).await?;
            }
            let mut cursors = self.cursors.borrow_mut();
            let turn = cursors.get(group).copied().unwrap_or_default();
            if let Some(chosen) = pool.choose(strategy, task, group, turn) {
                if let Some((group, next)) = &chosen.cursor {
                    cursors.insert(group.clone(), *next);
                }
                return Ok(Some(chosen));
            }
        }
        Ok(None)
    }

    async fn load_cursor(&self, group: &GroupId) -> Result<(), HandlerError> {
        if !self.cursors.borrow().contains_key(group) {
            let stored = self.ports.store.cursor(group).await?;
            // Somebody may have gone on meanwhile; what is here is newer than what was read.
            self.cursors.borrow_mut().entry(group.clone()).or_insert(stored);
        }
        Ok(())
    }
}
