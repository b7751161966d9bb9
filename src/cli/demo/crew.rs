//! The simulated reviewers. They see what people see and do what people can: list tasks, give commands.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fastrand::Rng;
use futures_util::future::try_join_all;
use tracerail_actors::port::{TaskFilter, TaskSummary};
use tracerail_schemas::task::{Command, CommandOutcome, Status, Verb};
use tracerail_schemas::{GroupId, PersonId, Principal, TaskId};

use super::moves::{Mood, next_move};
use super::scene::Scene;
use crate::cli::failure::Failure;
use crate::client::new_command_id;

/// Tasks somebody looks at when choosing the next one.
const LOOK_AT_MAX: usize = 60;

/// What the reviewers did: commands by verb, refusals among them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Acts {
    /// Commands that took effect, by verb.
    pub(super) done: BTreeMap<&'static str, u64>,
    /// Commands that were refused: two reached for the same task, mostly.
    pub(super) refused: u64,
}

/// A simulated reviewer.
struct Reviewer<'a> {
    scene: &'a Scene<'a>,
    name: PersonId,
    rng: Rng,
    acts: Acts,
    /// What is not for this reviewer: of groups they are not in, or their own work that another has to look at.
    declined: BTreeSet<TaskId>,
}

/// Lets all of them work until the shift is over.
pub(super) async fn work(scene: &Scene<'_>, people: Vec<PersonId>, seed: u64) -> Result<Acts, Failure> {
    let mut seeds = Rng::with_seed(seed);
    let shifts = people.into_iter().map(|name| {
        let rng = Rng::with_seed(seeds.u64(..));
        Reviewer { scene, name, rng, acts: Acts::default(), declined: BTreeSet::new() }.shift()
    });
    let (all, ()) = tokio::try_join!(try_join_all(shifts), scene.narrate())?;
    let mut acts = Acts::default();
    for one in all {
        acts.refused += one.refused;
        for (verb, count) in one.done {
            *acts.done.entry(verb).or_default() += count;
        }
    }
    Ok(acts)
}

impl Reviewer<'_> {
    async fn shift(mut self) -> Result<Acts, Failure> {
        while !self.scene.is_over() {
            if self.scene.is_night() {
                self.idle().await;
                continue;
            }
            match self.choose().await? {
                Some(task) => self.handle(&task).await?,
                None => self.idle().await,
            }
        }
        Ok(self.acts)
    }

    /// The next task: one's own before one to claim, urgent before the rest, then the oldest. Work of others that waits for a
    /// second person counts as to claim.
    async fn choose(&mut self) -> Result<Option<TaskSummary>, Failure> {
        let own = [Status::Assigned, Status::InProgress, Status::Escalated, Status::Suspended];
        let mine = self.list(&own, Some(self.name.clone())).await?;
        let offered = self.list(&[Status::Pending, Status::WaitingReview, Status::Escalated], None).await?;
        let not_mine = |task: &TaskSummary| task.assignee.as_ref() != Some(&self.name);
        let free = |task: &TaskSummary| task.assignee.is_none() || task.status == Status::WaitingReview;
        let offered: Vec<_> = offered.into_iter().filter(|task| not_mine(task) && free(task)).collect();
        let look_around = mine.is_empty() || self.rng.u8(..5) == 0;
        let mut choice = if look_around && !offered.is_empty() { offered } else { mine };
        let first_day = self.scene.day() == 0;
        choice.retain(|task| {
            let mood = Mood::of(task.id);
            let later = mood.is_left_alone() || (mood.is_put_off() && first_day);
            !later && !self.declined.contains(&task.id)
        });
        choice.sort_by_key(|task| (std::cmp::Reverse(task.priority), task.created_at));
        // Nobody works strictly in order.
        let among = choice.len().min(3);
        Ok((among > 0).then(|| choice.swap_remove(self.rng.usize(..among))))
    }

    async fn list(
        &self,
        statuses: &[Status],
        assignee: Option<PersonId>,
    ) -> Result<Vec<TaskSummary>, Failure> {
        let filter =
            TaskFilter { statuses: statuses.to_vec(), assignee, limit: LOOK_AT_MAX, ..TaskFilter::default() };
        Ok(self.scene.rail.tasks(filter).await?.tasks)
    }

    async fn handle(&mut self, task: &TaskSummary) -> Result<(), Failure> {
        let mine = task.assignee.as_ref() == Some(&self.name);
        if !mine && !self.suits(task.id).await? {
            self.declined.insert(task.id);
            return Ok(());
        }
        let now = self.scene.rail.now().await?;
        let Some((thought, verb)) = next_move(task, mine, now, &mut self.rng) else {
            self.idle().await;
            return Ok(());
        };
        self.scene.pass(thought).await;
        if self.scene.is_over() {
            return Ok(());
        }
        self.give(task.id, verb).await
    }

    /// Whether this reviewer is in one of the task's groups, and it is not their own work that waits for another's look.
    async fn suits(&self, id: TaskId) -> Result<bool, Failure> {
        let Some(task) = self.scene.rail.task(id).await? else { return Ok(false) };
        let own = task.state.completion.as_ref().is_some_and(|work| work.completed_by.id == self.name);
        let member = |group: &GroupId| {
            let group = self.scene.groups.get(group);
            group.is_some_and(|group| group.members.contains(&self.name) || group.leads.contains(&self.name))
        };
        Ok(!own && task.state.candidate_groups.iter().any(member))
    }

    async fn give(&mut self, task_id: TaskId, verb: Verb) -> Result<(), Failure> {
        let kind = verb.kind().as_str();
        let by = Principal::user(self.name.clone());
        let command =
            Command { id: new_command_id(), task_id, by, expected_version: None, verb, traceparent: None };
        match self.scene.rail.command(command).await?.outcome {
            CommandOutcome::Done { .. } => *self.acts.done.entry(kind).or_default() += 1,
            // Somebody else was faster, or it is not for this reviewer: they turn to something else.
            CommandOutcome::Refused(_) => {
                self.acts.refused += 1;
                self.idle().await;
            }
        }
        Ok(())
    }

    async fn idle(&mut self) {
        let minutes = self.rng.u64(20..60);
        self.scene.pass(Duration::from_mins(minutes)).await;
    }
}
