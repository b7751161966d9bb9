//! What a wait asks of TraceRail.

#![expect(missing_docs, missing_debug_implementations, reason = "the macros make items for activities")]

use std::sync::Arc;
use std::time::Duration;

use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use tracerail::TraceRail;
use tracerail_actors::port::{Commands as _, Store};
use tracerail_actors::system::Commander;
use tracerail_schemas::task::{Command, CommandOutcome, Refusal, Verb};
use tracerail_schemas::{Code, TaskId};

use crate::decide::{commands, deciding_id, giving_back};
use crate::error::Error;
use crate::words::{Answer, Order, Seen};

/// How long a look waits for TraceRail to fire what is due: some of its ticks. Then the wait looks again itself.
const FIRES_WITHIN: Duration = Duration::from_secs(2);
/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// What waits ask, answered by an open TraceRail.
#[derive(Clone)]
pub struct Activities {
    store: Arc<dyn Store>,
    commander: Commander,
}

#[activities]
impl Activities {
    /// Gives a decision to TraceRail as a command, and says what became of it.
    #[activity]
    pub async fn submit_decision(
        self: Arc<Self>,
        _ctx: ActivityContext,
        order: Order,
    ) -> Result<Answer, ActivityError> {
        let answer = self.submit(&order).await?;
        if answer.seen == Seen::Unknown {
            // There was a task when somebody began to wait for it: it may come back from its wait, and the decision must not be lost.
            return Err(Error::NoSuchTask { task_id: order.task_id }.into());
        }
        Ok(answer)
    }

    /// Says how this task stands, as soon as TraceRail has fired what is due of it, or in a moment.
    #[activity]
    pub async fn fire_if_due(
        self: Arc<Self>,
        _ctx: ActivityContext,
        task_id: TaskId,
    ) -> Result<Seen, ActivityError> {
        Ok(self.fired(task_id).await?)
    }
}

impl Activities {
    /// Answered by this TraceRail, which must outlive them.
    pub fn of(rail: &TraceRail) -> Self {
        Self { store: Arc::clone(&rail.ports().store), commander: rail.commander() }
    }

    pub(crate) async fn submit(&self, order: &Order) -> Result<Answer, Error> {
        let outcome = self.outcome(order).await?;
        self.answer(outcome, order.task_id).await
    }

    /// Gives this command, which makes a task, and says what became of it.
    pub(crate) async fn create(&self, command: Command) -> Result<Answer, Error> {
        let task = command.task_id;
        let outcome = self.commander.command(command).await?.outcome;
        self.answer(outcome, task).await
    }

    async fn answer(&self, outcome: CommandOutcome, task: TaskId) -> Result<Answer, Error> {
        let refusal = match outcome {
            CommandOutcome::Done { .. } => None,
            CommandOutcome::Refused(refusal) => Some(refusal),
        };
        Ok(Answer { refusal, seen: self.look(task).await? })
    }

    async fn outcome(&self, order: &Order) -> Result<CommandOutcome, Error> {
        // An earlier try may have had its effect, and the task be elsewhere since.
        if let Some(stored) = self.store.answer(deciding_id(order), order.task_id).await? {
            return Ok(stored.answer.outcome);
        }
        let Some(task) = self.store.task(order.task_id).await? else { return Ok(unknown(order.task_id)) };
        let (mut outcome, mut has_claimed) = (unknown(order.task_id), false);
        for command in commands(&task, order) {
            let claims = matches!(command.verb, Verb::Claim);
            outcome = self.commander.command(command).await?.outcome;
            if matches!(outcome, CommandOutcome::Refused(_)) {
                if has_claimed {
                    // Nobody is to keep what they could not decide. Whoever has it by now keeps it: then this is refused.
                    self.commander.command(giving_back(order)).await?;
                }
                break;
            }
            has_claimed |= claims;
        }
        Ok(outcome)
    }

    async fn fired(&self, task_id: TaskId) -> Result<Seen, Error> {
        let waiting = async {
            loop {
                let seen = self.look(task_id).await?;
                match &seen {
                    Seen::Open { wake_in_ms: Some(0), .. } => tokio::time::sleep(LOOK_EVERY).await,
                    Seen::Open { .. } | Seen::Closed(_) | Seen::Unknown => return Ok(seen),
                }
            }
        };
        match tokio::time::timeout(FIRES_WITHIN, waiting).await {
            Ok(seen) => seen,
            Err(_) => self.look(task_id).await,
        }
    }

    pub(crate) async fn look(&self, task_id: TaskId) -> Result<Seen, Error> {
        let task = self.store.task(task_id).await?;
        Ok(Seen::of(task.as_ref(), self.store.now().await?))
    }
}

fn unknown(task_id: TaskId) -> CommandOutcome {
    CommandOutcome::Refused(Refusal {
        code: Code::TaskUnknown,
        message: format!("there is no task {task_id}"),
        status: None,
        version: None,
        legal_commands: Vec::new(),
    })
}

impl std::fmt::Debug for Activities {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Activities").finish_non_exhaustive()
    }
}
