//! The actor: load, decide, commit; for events and for commands.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use actix::{Actor, Context, Handler, Message, ResponseFuture};
use tracerail_schemas::content::ContentRecord;
use tracerail_schemas::event::ContentRouted;
use tracerail_schemas::routing::RoutingDecision;
use tracerail_schemas::task::{Command, CommandAnswer, CommandOutcome, Refusal, Verb};
use tracerail_schemas::{Code, GroupId, PersonId};

use super::assign::{Chosen, known, round_robin, suggested};
use super::change::Change;
use super::commit::{Origin, batch, done, record_for};
use super::create::{Blank, create, from_command, from_content};
use super::decide::{Refused, decide};
use super::standing::{staffed, standing};
use crate::deliver::{Deliver, HandlerError, read};
use crate::effect::{Effect, take_effect};
use crate::port::{Batch, Cause, Ports};
use crate::settings::{AssignmentStrategy, Settings};

/// How often a command is decided again when others keep changing the task under it.
const TRIES: usize = 20;

/// Owns the life cycle of tasks.
#[derive(Debug, Clone)]
pub(crate) struct TaskActor {
    pub(crate) ports: Ports,
    pub(crate) settings: Rc<Settings>,
    /// Where round robin goes on. The store has it too, for the next start; here it is exact while the process lives.
    pub(crate) cursors: Rc<RefCell<HashMap<GroupId, u64>>>,
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
        Box::pin(async move { actor.on_routed(message).await })
    }
}

impl Handler<GiveCommand> for TaskActor {
    type Result = ResponseFuture<Result<CommandAnswer, HandlerError>>;

    fn handle(&mut self, GiveCommand(command): GiveCommand, _: &mut Self::Context) -> Self::Result {
        let actor = self.clone();
        Box::pin(async move { actor.on_command(command).await })
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
        let Some(record) = self.ports.store.content(&routed.content).await? else {
            let why = format!("the record of {} is not there yet", routed.content);
            return Err(HandlerError::Away { why, retry_after: Duration::from_secs(1) });
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
        let terms = &blank.data.terms;
        let chosen = self.choose(&terms.candidate_groups, &terms.skills_required, suggestion).await?;
        let cursor = chosen.as_ref().and_then(|chosen| chosen.cursor.clone());
        let change = create(blank, chosen, policy, now);
        let cause = Cause::event(envelope.id, "task", tracerail_schemas::TaskId::of_content(&record.key));
        let origin = Origin { source: "tracerail/task", cause, causation: envelope.id.uuid(), now };
        let mut batch = batch(change, origin, None)?;
        batch.cursor = cursor;
        Ok(batch)
    }

    fn offer_to_staffed(&self, blank: &mut Blank) {
        let offered = &mut blank.data.terms.candidate_groups;
        *offered = staffed(&*self.ports.directory, offered, &self.settings.tasks.candidate_groups);
    }

    async fn has_task(&self, record: &ContentRecord) -> Result<bool, HandlerError> {
        let id = tracerail_schemas::TaskId::of_content(&record.key);
        Ok(self.ports.store.task(id).await?.is_some())
    }

    async fn on_command(&self, command: Command) -> Result<CommandAnswer, HandlerError> {
        if let Some(stored) = self.ports.store.answer(command.id).await? {
            let same = stored.payload_hash == command.payload_hash();
            return Ok(if same { stored.answer } else { refused(&command, reused(&command).of(None)) });
        }
        for _ in 0..TRIES {
            let batch = match self.prepare(&command).await? {
                Ok(batch) => batch,
                Err(refusal) => return self.refuse(&command, refusal).await,
            };
            let answer = batch.answer.clone();
            match take_effect(&self.ports, batch, None).await? {
                Effect::Applied => return answer.ok_or_else(no_answer),
                Effect::AlreadyApplied(stored) => return stored.ok_or_else(no_answer),
                Effect::CauseReused => return Ok(refused(&command, reused(&command).of(None))),
                Effect::Conflict => {}
            }
        }
        let message = format!("the task changed {TRIES} times while this command was decided: try again");
        Ok(refused(&command, Refused::new(Code::VersionConflict, message).of(None)))
    }

    /// Remembers the refusal: a repetition that arrives late must not be done after its sender was told that it is not.
    /// A task that is not there may still come, and then the command may be repeated.
    async fn refuse(&self, command: &Command, refusal: Refusal) -> Result<CommandAnswer, HandlerError> {
        let answer = refused(command, refusal);
        if let CommandOutcome::Refused(Refusal { code: Code::TaskUnknown, .. }) = answer.outcome {
            return Ok(answer);
        }
        let mut batch = Batch::of(Cause::command(command));
        batch.answer = Some(answer.clone());
        match take_effect(&self.ports, batch, None).await? {
            Effect::Applied | Effect::Conflict => Ok(answer),
            Effect::AlreadyApplied(stored) => stored.ok_or_else(no_answer),
            Effect::CauseReused => Ok(refused(command, reused(command).of(None))),
        }
    }

    async fn prepare(&self, command: &Command) -> Result<Result<Batch, Refusal>, HandlerError> {
        let now = self.ports.clock.now();
        let task = self.ports.store.task(command.task_id).await?;
        let mut cursor = None;
        let decided = match (&task, &command.verb) {
            (None, Verb::Create(_)) => self.create_by(command, &mut cursor).await?,
            (None, _) => {
                let message = format!("there is no task {}", command.task_id);
                Err(Refused::new(Code::TaskUnknown, message).of(None))
            }
            (Some(task), verb) => {
                let standing = standing(&*self.ports.directory, &task.state, &command.by, verb);
                decide(task, command, &standing, now)
            }
        };
        let change = match decided {
            Ok(change) => change,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let record = record_for(&self.ports, &change).await?;
        let answer = done(command.id, &change);
        let cause = Cause::command(command);
        let origin = Origin { source: "tracerail/task", cause, causation: command.id.uuid(), now };
        let mut batch = batch(change, origin, record.as_ref())?;
        batch.answer = Some(answer);
        batch.cursor = cursor;
        Ok(Ok(batch))
    }

    async fn create_by(
        &self,
        command: &Command,
        cursor: &mut Option<(GroupId, u64)>,
    ) -> Result<Result<Change, Refusal>, HandlerError> {
        let Verb::Create(new) = &command.verb else {
            return Err(HandlerError::Failed { why: "only a create command creates".to_owned() });
        };
        if new.content.trim().is_empty() || new.content.len() > self.settings.content_bytes_max {
            let max = self.settings.content_bytes_max;
            let message = format!("a task's content has 1 to {max} bytes, not {}", new.content.len());
            return Ok(Err(Refused::new(Code::CommandInvalid, message).of(None)));
        }
        let now = self.ports.clock.now();
        let policy = &self.settings.tasks;
        let mut blank = from_command(command, new, policy, now);
        self.offer_to_staffed(&mut blank);
        let terms = &blank.data.terms;
        let suggestion = known(&*self.ports.directory, new.suggested_assignee.as_ref());
        let chosen = self.choose(&terms.candidate_groups, &terms.skills_required, suggestion).await?;
        *cursor = chosen.as_ref().and_then(|chosen| chosen.cursor.clone());
        Ok(Ok(create(blank, chosen, policy, now)))
    }

    async fn choose(
        &self,
        groups: &[GroupId],
        skills: &[String],
        suggestion: Option<&PersonId>,
    ) -> Result<Option<Chosen>, HandlerError> {
        if let Some(person) = suggestion {
            return Ok(Some(suggested(person)));
        }
        let directory = &*self.ports.directory;
        match self.settings.tasks.assignment {
            AssignmentStrategy::Manual => return Ok(None),
            AssignmentStrategy::RoundRobin => {}
        }
        for group in groups {
            self.load_cursor(group).await?;
            let mut cursors = self.cursors.borrow_mut();
            let position = cursors.entry(group.clone()).or_default();
            if let Some(chosen) = round_robin(directory, group, skills, *position) {
                *position = chosen.cursor.as_ref().map_or(*position, |(_, next)| *next);
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

fn refused(command: &Command, refusal: Refusal) -> CommandAnswer {
    CommandAnswer {
        command_id: command.id,
        task_id: command.task_id,
        outcome: CommandOutcome::Refused(refusal),
    }
}

fn reused(command: &Command) -> Refused {
    Refused::new(
        Code::CommandIdReused,
        format!("the command id {} was used before for something else", command.id),
    )
}

fn no_answer() -> HandlerError {
    HandlerError::Failed { why: "the store has the command's effect but no answer".to_owned() }
}
