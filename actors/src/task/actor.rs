//! The actor: load, decide, commit; for events and for commands.

use std::rc::Rc;
use std::time::Duration;

use actix::{Actor, Context, Handler, Message, ResponseFuture};
use tracerail_schemas::content::ContentRecord;
use tracerail_schemas::event::ContentRouted;
use tracerail_schemas::routing::RoutingDecision;
use tracerail_schemas::task::{Command, CommandAnswer};
use tracerail_schemas::{Subject, TaskId};

use super::assign::known;
use super::choose::Chooser;
use super::commit::{Origin, batch};
use super::create::{Blank, create, from_content};
use super::standing::staffed;
use crate::deliver::{Deliver, HandlerError, read};
use crate::effect::{Effect, take_effect};
use crate::port::{Batch, Cause, Ports};
use crate::settings::Settings;

/// Owns the life cycle of tasks.
#[derive(Debug, Clone)]
pub(crate) struct TaskActor {
    pub(crate) ports: Ports,
    pub(crate) settings: Rc<Settings>,
    pub(crate) chooser: Chooser,
}

/// A command, given in process.
#[derive(Debug)]
pub(crate) struct GiveCommand(pub(crate) Command);

impl Message for GiveCommand {
    type Result = Result<CommandAnswer, HandlerError>;
}

impl Actor for TaskActor {
    type Context = Context<Self>;
}

impl Handler<Deliver> for TaskActor {
    type Result = ResponseFuture<Result<(), HandlerError>>;

    fn handle(&mut self, message: Deliver, _: &mut Self::Context) -> Self::Result {
        let actor = self.clone();
        Box::pin(async move {
            if let Subject::TaskCommand(kind) = message.delivery.envelope.subject {
                actor.on_given(message.delivery, kind).await
            } else {
                actor.on_routed(message).await
            }
        })
    }
}

impl Handler<GiveCommand> for TaskActor {
    type Result = ResponseFuture<Result<CommandAnswer, HandlerError>>;

    fn handle(&mut self, GiveCommand(command): GiveCommand, _: &mut Self::Context) -> Self::Result {
        let actor = self.clone();
        Box::pin(async move { actor.on_command(command, None).await })
    }
}

impl TaskActor {
    async fn on_routed(&self, Deliver { delivery, .. }: Deliver) -> Result<(), HandlerError> {
        let receipt = delivery.receipt;
        let routed: ContentRouted = read(&delivery, &self.settings.limits)?;
        match routed.route.decision {
            RoutingDecision::Auto | RoutingDecision::Reject => {
                return Ok(self.ports.log.ack(receipt).await?);
            }
            RoutingDecision::Human | RoutingDecision::Escalate => {}
        }
        // A store that has forgotten something is behind the log for a moment: a task made meanwhile would show less than is known.
        let record = self
            .ports
            .store
            .content(&routed.content)
            .await?
            .filter(|record| record.route.is_some() && record.analysis.is_some());
        let Some(record) = record else {
            let why = format!("the route of {} is not in its record yet", routed.content);
            return Err(HandlerError::NotYet { why, retry_after: Duration::from_secs(1) });
        };
        let batch = self.create_for(&record, &routed, &delivery.envelope).await?;
        match take_effect(&self.ports, batch, Some(receipt)).await? {
            Effect::Applied | Effect::AlreadyApplied(_) => Ok(()),
            // The item has its task, from the same route told twice.
            Effect::Conflict if self.has_task(&record).await? => Ok(self.ports.log.ack(receipt).await?),
            Effect::Conflict | Effect::CauseReused => Err(HandlerError::Overtaken),
        }
    }

    async fn create_for(
        &self,
        record: &ContentRecord,
        routed: &ContentRouted,
        envelope: &tracerail_schemas::Envelope,
    ) -> Result<Batch, HandlerError> {
        let now = self.ports.clock.now();
        let policy = &self.settings.tasks;
        let suggestion = known(&*self.ports.directory, routed.route.engine.suggested_assignee.as_ref());
        let mut blank = from_content(record, &routed.route, suggestion, policy, now);
        self.offer_to_staffed(&mut blank);
        // What becomes of the task belongs to the trace of its item, however much later it is.
        blank.data.traceparent.clone_from(&envelope.traceparent);
        let chosen = self.chooser.choose(&blank.data, suggestion, now).await?;
        let cursor = chosen.as_ref().and_then(|chosen| chosen.cursor.clone());
        let change = create(blank, chosen, policy, now);
        let cause = Cause::event(envelope.id, "task", TaskId::of_content(&record.key));
        let (causation, traceparent) = (envelope.id.uuid(), envelope.traceparent.clone());
        let origin = Origin { source: "tracerail/task", cause, causation, now, traceparent };
        let mut batch = batch(change, origin, None)?;
        batch.cursor = cursor;
        Ok(batch)
    }

    pub(super) fn offer_to_staffed(&self, blank: &mut Blank) {
        let offered = &mut blank.data.terms.candidate_groups;
        *offered = staffed(&*self.ports.directory, offered, &self.settings.tasks.candidate_groups);
    }

    async fn has_task(&self, record: &ContentRecord) -> Result<bool, HandlerError> {
        let id = TaskId::of_content(&record.key);
        Ok(self.ports.store.task(id).await?.is_some())
    }
}
