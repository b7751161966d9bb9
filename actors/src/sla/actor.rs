//! The actor: ask what is due, decide, commit.

use std::sync::Arc;

use actix::{Actor, Context, Handler, Message, ResponseFuture};
use futures_util::future::join_all;
use tracerail_schemas::Timestamp;
use tracerail_schemas::task::Task;

use super::decide::{Due, decide, ended_offer};
use crate::deliver::HandlerError;
use crate::effect::{Effect, take_effect};
use crate::meters::Meters;
use crate::port::{Ending, Ports, Work};
use crate::task::Chooser;
use crate::task::commit::batch;

/// How many tasks one look at the store takes up: so many that finding them costs little, and that what is due comes before what follows.
const AT_ONCE: usize = 1_024;

/// Fires what is due.
#[derive(Debug, Clone)]
pub(crate) struct SlaActor {
    pub(crate) ports: Ports,
    /// Who is offered a task next that nobody has taken in time.
    pub(crate) chooser: Chooser,
    pub(crate) meters: Arc<Meters>,
}

/// Look for what is due. The answer is how many things were fired.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sweep;

impl Message for Sweep {
    type Result = Result<usize, HandlerError>;
}

impl Actor for SlaActor {
    type Context = Context<Self>;
}

impl Handler<Sweep> for SlaActor {
    type Result = ResponseFuture<Result<usize, HandlerError>>;

    fn handle(&mut self, _: Sweep, _: &mut Self::Context) -> Self::Result {
        let actor = self.clone();
        Box::pin(async move { actor.sweep().await })
    }
}

impl SlaActor {
    async fn sweep(&self) -> Result<usize, HandlerError> {
        let mut fired = 0;
        loop {
            let due = self.ports.store.due(AT_ONCE).await?;
            let found = due.len();
            if found == 0 {
                return Ok(fired);
            }
            // Whether it is time is asked again where it is committed.
            let now = self.ports.store.now().await?;
            let outcomes = join_all(due.into_iter().map(|task| self.fire(task, now))).await;
            let mut progress = 0;
            for outcome in outcomes {
                progress += usize::from(outcome?);
            }
            fired += progress;
            // What is still due without progress is somebody else's at this moment; the next tick looks again.
            if found < AT_ONCE || progress == 0 {
                return Ok(fired);
            }
        }
    }

    async fn fire(&self, task: Task, now: Timestamp) -> Result<bool, HandlerError> {
        let next = match ended_offer(&task, now) {
            Some(person) => self.chooser.next(&task, person, now).await?,
            None => None,
        };
        let cursor = next.as_ref().and_then(|next| next.cursor.clone());
        let Some(Due { change, mut origin, guard, late }) = decide(&task, now, next) else {
            return Ok(false);
        };
        let traced = self.ports.tracing.begin(&Work {
            doing: "fire",
            what: change.events.first().map_or("nothing", |event| event.subject().as_str()),
            actor: "sla",
            about: &task.id.to_string(),
            parent: task.data.traceparent.as_deref(),
            link: None,
        });
        origin.traceparent.clone_from(&traced.traceparent);
        let mut batch = batch(change, origin, None)?;
        batch.guard = guard;
        batch.cursor = cursor;
        let effect = take_effect(&self.ports, batch, None).await?;
        // Otherwise somebody was faster: another sweeper, or the decision the deadline was for.
        let fired = effect == Effect::Applied;
        traced.end(if fired { Ending::Done } else { Ending::Not("overtaken") });
        if let (true, Some(late)) = (fired, late) {
            self.meters.breached(late);
        }
        Ok(fired)
    }
}
