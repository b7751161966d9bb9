//! The actor: load, decide, commit.

use std::rc::Rc;
use std::time::Duration;

use actix::{Actor, Context, Handler, ResponseFuture};
use tracerail_schemas::Subject;
use tracerail_schemas::task::Verb;

use super::decide::{Demand, What, decide};
use crate::deliver::{Deliver, HandlerError, read};
use crate::effect::{Effect, take_effect};
use crate::port::{Cause, Delivery, Ports};
use crate::settings::Settings;
use crate::task::commit::{Origin, batch, record_for};
use crate::task::raise::raise;
use crate::task::standing::standing;

/// Climbs the escalation policy.
#[derive(Debug, Clone)]
pub(crate) struct EscalationActor {
    pub(crate) ports: Ports,
    pub(crate) settings: Rc<Settings>,
}

impl Actor for EscalationActor {
    type Context = Context<Self>;
}

impl Handler<Deliver> for EscalationActor {
    type Result = ResponseFuture<Result<(), HandlerError>>;

    fn handle(&mut self, message: Deliver, _: &mut Self::Context) -> Self::Result {
        let actor = self.clone();
        Box::pin(async move { actor.on_demand(message.delivery).await })
    }
}

impl EscalationActor {
    async fn on_demand(&self, delivery: Delivery) -> Result<(), HandlerError> {
        let receipt = delivery.receipt;
        let demand = self.read(&delivery)?;
        if !self.settings.tasks.auto_escalation && demand.is_automatic() {
            return Ok(self.ports.log.ack(receipt).await?);
        }
        let task = self.ports.store.task(demand.task_id).await?.filter(|task| task.version >= demand.version);
        let Some(task) = task else {
            let why = format!("task {} at version {} is not there yet", demand.task_id, demand.version);
            return Err(HandlerError::NotYet { why, retry_after: Duration::from_secs(1) });
        };
        let now = self.ports.clock.now();
        let cause = Cause::event(delivery.envelope.id, "escalation", task.id);
        let verb = match &demand.what {
            What::Climb(climb) => Verb::Escalate { reason: climb.reason.clone() },
            What::Expire => Verb::Expire,
        };
        let directory = &*self.ports.directory;
        let mut standing = standing(directory, &task, &demand.by, &verb, now);
        if let What::Climb(climb) = &demand.what {
            let (escalator, to) = (self.settings.tasks.escalation.as_ref(), (climb.round, climb.level));
            standing.raise = raise(directory, escalator, &task, to, now);
        }
        let change = decide(&task, demand, &standing, now, cause.id);
        let record = record_for(&self.ports, &change).await?;
        let causation = delivery.envelope.id.uuid();
        let traceparent = delivery.envelope.traceparent;
        let origin = Origin { source: "tracerail/escalation", cause, causation, now, traceparent };
        let batch = batch(change, origin, record.as_ref())?;
        match take_effect(&self.ports, batch, Some(receipt)).await? {
            Effect::Applied | Effect::AlreadyApplied(_) => Ok(()),
            Effect::Conflict | Effect::CauseReused => Err(HandlerError::Overtaken),
        }
    }

    fn read(&self, delivery: &Delivery) -> Result<Demand, HandlerError> {
        let limits = &self.settings.limits;
        if delivery.envelope.subject == Subject::SlaBreached {
            Ok(Demand::of_breach(&read(delivery, limits)?))
        } else {
            Ok(Demand::of_request(read(delivery, limits)?))
        }
    }
}
