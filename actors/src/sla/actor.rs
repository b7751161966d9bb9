//! The actor: ask what is due, decide, commit.

use actix::{Actor, Context, Handler, Message, ResponseFuture};
use futures_util::future::join_all;
use tracerail_schemas::task::Task;

use super::decide::{Due, decide};
use crate::deliver::HandlerError;
use crate::effect::{Effect, take_effect};
use crate::port::Ports;
use crate::task::commit::batch;

/// How many tasks one look at the store takes up: one group commit's worth.
const AT_ONCE: usize = 256;

/// Fires what is due.
#[derive(Debug, Clone)]
pub(crate) struct SlaActor {
    pub(crate) ports: Ports,
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
            let outcomes = join_all(due.into_iter().map(|task| self.fire(task))).await;
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

    async fn fire(&self, task: Task) -> Result<bool, HandlerError> {
        let now = self.ports.store.now().await?;
        let Some(Due { change, origin, guard }) = decide(&task, now) else { return Ok(false) };
        let mut batch = batch(change, origin, None)?;
        batch.guard = guard;
        match take_effect(&self.ports, batch, None).await? {
            Effect::Applied => Ok(true),
            // Somebody was faster: another sweeper, or the decision the deadline was for.
            Effect::AlreadyApplied(_) | Effect::Conflict | Effect::CauseReused => Ok(false),
        }
    }
}
