//! The actor: load, ask the engine, decide, commit.

use std::rc::Rc;
use std::time::Duration;

use actix::{Actor, Context, Handler, ResponseFuture};
use tracerail_schemas::event::ContentAnalyzed;

use super::decide::{Heard, decide, engine_failed, question};
use crate::deliver::{Deliver, HandlerError, read};
use crate::effect::{Effect, take_effect};
use crate::port::{Ports, RoutingError};
use crate::settings::Settings;

/// Has content routed.
#[derive(Debug, Clone)]
pub(crate) struct RouterActor {
    pub(crate) ports: Ports,
    pub(crate) settings: Rc<Settings>,
}

impl Actor for RouterActor {
    type Context = Context<Self>;
}

impl Handler<Deliver> for RouterActor {
    type Result = ResponseFuture<Result<(), HandlerError>>;

    fn handle(&mut self, message: Deliver, _: &mut Self::Context) -> Self::Result {
        let actor = self.clone();
        Box::pin(async move { actor.on_analyzed(message).await })
    }
}

impl RouterActor {
    async fn on_analyzed(&self, Deliver { delivery, last_resort }: Deliver) -> Result<(), HandlerError> {
        let receipt = delivery.receipt;
        let analyzed: ContentAnalyzed = read(&delivery, &self.settings.limits)?;
        let Some(record) = self.ports.store.content(&analyzed.content).await? else {
            // The store is behind the log: what the event tells of is still on its way.
            let why = format!("the record of {} is not there yet", analyzed.content);
            return Err(HandlerError::NotYet { why, retry_after: Duration::from_secs(1) });
        };
        if record.route.is_some() {
            return Ok(self.ports.log.ack(receipt).await?);
        }
        let heard = Heard::new(record, delivery.envelope.id, analyzed.analysis);
        let answer = if last_resort {
            engine_failed("it kept failing on this item")
        } else {
            match self.ports.routing.route(&question(&heard.record)).await {
                Ok(answer) => answer,
                Err(RoutingError::Failed { why }) => engine_failed(&why),
                Err(RoutingError::Unavailable { why }) => {
                    return Err(HandlerError::Away { why, retry_after: Duration::from_secs(1) });
                }
            }
        };
        let batch = decide(&delivery.envelope, &heard, answer, self.ports.clock.now())?;
        match take_effect(&self.ports, batch, Some(receipt)).await? {
            Effect::Applied | Effect::AlreadyApplied(_) => Ok(()),
            Effect::Conflict | Effect::CauseReused => Err(HandlerError::Overtaken),
        }
    }
}
