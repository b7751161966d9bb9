//! What a shard asks of TraceRail, many at once.
//!
//! One that gets no answer does not hold up the others. Where none gets one, TraceRail is most likely away: the activity fails and is
//! tried again, a few times; then the shard is told, and asks again itself.
//!
//! Each answer says when it was given: the time of a workflow is not the same in a replay where its worker has died, the answer is.

#![expect(missing_docs, missing_debug_implementations, reason = "the macros make items for activities")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, stream};
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use tokio::time::Instant;
use tracerail_actors::port::{Clock as _, SystemClock};
use tracerail_schemas::task::{Command, Verb};
use tracerail_schemas::{Principal, TaskId, Timestamp};

use super::words::{Asked, Attended, Told, Work};
use crate::activities::Activities;
use crate::error::Error;
use crate::names::command_id;
use crate::words::{Answer, Order, Seen};

/// Asked of TraceRail at the same time.
const AT_ONCE: usize = 32;
/// How long one try waits for answers: less than it may take, so that it can say which there were.
const ANSWERS_WITHIN: Duration = Duration::from_secs(20);
/// Tries of an activity while nothing gets an answer.
const TRIES: u32 = 3;

/// What shards ask, answered by an open TraceRail.
pub struct Batches(Activities);

#[activities]
impl Batches {
    /// Gives decisions to TraceRail as commands, and says what became of each.
    #[activity]
    pub async fn submit_decisions(
        self: Arc<Self>,
        ctx: ActivityContext,
        asked: Vec<Asked>,
    ) -> Result<(Timestamp, Vec<Told>), ActivityError> {
        let told = self.ask(ctx.info().attempt, asked).await?;
        Ok((SystemClock.now(), told))
    }

    /// Makes tasks, and says what became of each.
    #[activity]
    pub async fn create_tasks(
        self: Arc<Self>,
        ctx: ActivityContext,
        asked: Vec<Asked>,
    ) -> Result<(Timestamp, Vec<Told>), ActivityError> {
        let told = self.ask(ctx.info().attempt, asked).await?;
        Ok((SystemClock.now(), told))
    }

    /// Says how these tasks stand, which are due. Whoever sweeps fires them; it does not wait for that.
    #[activity]
    pub async fn look_at_due(
        self: Arc<Self>,
        ctx: ActivityContext,
        tasks: Vec<TaskId>,
    ) -> Result<(Timestamp, Vec<(TaskId, Seen)>), ActivityError> {
        let activities = &self.0;
        let until = Instant::now() + ANSWERS_WITHIN;
        let looks =
            stream::iter(tasks).map(|task| async move { (task, by(until, activities.look(task)).await) });
        let looks: Vec<_> = looks.buffered(AT_ONCE).collect().await;
        let failed = ctx.info().attempt <= TRIES && looks.iter().all(|(_, look)| look.is_err());
        let mut seen = Vec::new();
        for (task, look) in looks {
            match look {
                Ok(look) => seen.push((task, brief(look))),
                Err(error) if failed => return Err(error.into()),
                // It is due still, and the shard looks again in a while.
                Err(error) => tracing::warn!(%task, %error, "a task that is due cannot be looked at"),
            }
        }
        Ok((SystemClock.now(), seen))
    }
}

impl Batches {
    /// Answered as these are.
    pub fn of(activities: &Activities) -> Self {
        Self(activities.clone())
    }

    async fn ask(&self, attempt: u32, asked: Vec<Asked>) -> Result<Vec<Told>, Error> {
        let until = Instant::now() + ANSWERS_WITHIN;
        // What is about one task is asked in its order.
        let mut by_task: BTreeMap<TaskId, Vec<Asked>> = BTreeMap::new();
        for it in asked {
            by_task.entry(it.pending.task_id).or_default().push(it);
        }
        let answers = stream::iter(by_task.into_values()).map(|of_one| async move {
            let mut answers: Vec<(u64, Result<Answer, Error>)> = Vec::new();
            for asked in of_one {
                let number = asked.number;
                // What was signalled later about a task waits for what has got no answer.
                let is_held = answers.last().is_some_and(|(_, answer)| answer.is_err());
                let answer = if is_held { Err(Error::NotAnswered) } else { by(until, self.one(asked)).await };
                answers.push((number, answer));
            }
            answers
        });
        let answers: Vec<_> = answers.buffered(AT_ONCE).flat_map(stream::iter).collect().await;
        let failed = attempt <= TRIES && answers.iter().all(|(_, answer)| answer.is_err());
        let told = answers.into_iter().map(|(number, answer)| match answer {
            Ok(answer) => {
                let answer = Answer { seen: brief(answer.seen), ..answer };
                Ok(Told { number, attended: Attended::Answered(Box::new(answer)) })
            }
            Err(error) if failed => Err(error),
            Err(error) => Ok(Told { number, attended: Attended::Later(error.to_string()) }),
        });
        told.collect()
    }

    async fn one(&self, asked: Asked) -> Result<Answer, Error> {
        let Asked { number, pending } = asked;
        match pending.work {
            Work::Decide(decision) => {
                let (task_id, run_id) = (pending.task_id, pending.run_id);
                self.0.submit(&Order { task_id, run_id, number, decision: *decision }).await
            }
            Work::Create(new) => {
                let by = Principal::user(new.by.clone());
                let id = command_id(&pending.run_id, number, "create");
                let verb = Verb::Create(Box::new(new.task()));
                let task_id = pending.task_id;
                self.0
                    .create(Command { id, task_id, by, expected_version: None, verb, traceparent: None })
                    .await
            }
        }
    }
}

/// The answer, if there is one by then. Whatever was asked may have its effect all the same: it is asked again under its id.
async fn by<T>(until: Instant, asked: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    tokio::time::timeout_at(until, asked).await.unwrap_or(Err(Error::NotAnswered))
}

/// Without what the work brought: a shard remembers many ends.
fn brief(seen: Seen) -> Seen {
    match seen {
        Seen::Closed(ending) => Seen::Closed(Box::new(ending.brief())),
        Seen::Open { .. } | Seen::Unknown => seen,
    }
}
