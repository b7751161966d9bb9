//! Commands: from this process, from another one, or as events over the bus. All come to the same decision.

use std::time::Duration;

use tracerail_schemas::event::Rejected;
use tracerail_schemas::task::{Command, CommandAnswer, CommandKind, CommandOutcome, Refusal, Task, Verb};
use tracerail_schemas::{Code, Event, GroupId, TenantId, Timestamp};

use super::actor::TaskActor;
use super::assign::known;
use super::change::Change;
use super::commit::{Origin, batch, done, record_for};
use super::create::{create, from_command};
use super::decide::decide;
use super::raise::{next_level, raise};
use super::refused::Refused;
use super::standing::standing;
use super::traced::ending;
use crate::deliver::{HandlerError, read};
use crate::effect::{Effect, take_effect};
use crate::port::{Batch, Cause, Delivery, Receipt, Traced};
use crate::story::Story;

/// How often a command is decided again when others keep changing the task under it.
const TRIES: usize = 20;

/// How long a command that came over the bus waits for its task: the event that makes it may be on its way.
const WAITS_FOR_ITS_TASK: Duration = Duration::from_secs(30);

/// How much the clock of whoever gives commands may be ahead.
const AHEAD_MAX: Duration = Duration::from_mins(1);

/// A batch that carries a command out, or why it is not carried out, with the task as it is.
type Prepared = Result<Batch, (Refusal, Option<Task>)>;

impl TaskActor {
    /// A command that came over the bus. Its answer is an event: of the task, or `task.command_rejected`.
    pub(super) async fn on_given(&self, delivery: Delivery, kind: CommandKind) -> Result<(), HandlerError> {
        let mut command: Command = read(&delivery, &self.settings.limits)?;
        if command.id.uuid().is_nil() {
            command.id = tracerail_schemas::CommandId::from_uuid(delivery.envelope.id.uuid());
        }
        // Over the bus the header says as well whose trace it is.
        command.traceparent = command.traceparent.or_else(|| delivery.envelope.traceparent.clone());
        let given = command.verb.kind();
        let receipt = Some(delivery.receipt);
        if given != kind {
            // Who may publish on one subject may not, by what is written inside, do what stands on another.
            let why = format!("a command to {given} was given on the subject of {kind}");
            let refusal = Refused::new(Code::CommandInvalid, why).of(None);
            self.refuse(&command, refusal, None, receipt).await?;
            return Ok(());
        }
        let creates = matches!(command.verb, Verb::Create(_));
        let may_come = !creates && self.is_young(delivery.envelope.time);
        if may_come && self.ports.store.task(command.task_id).await?.is_none() {
            let why = format!("there is no task {} yet", command.task_id);
            return Err(HandlerError::NotYet { why, retry_after: Duration::from_secs(1) });
        }
        self.on_command(command, receipt).await?;
        Ok(())
    }

    fn is_young(&self, given_at: Timestamp) -> bool {
        let now = self.ports.clock.now();
        now < given_at.plus(WAITS_FOR_ITS_TASK) && given_at < now.plus(AHEAD_MAX)
    }

    /// Any command. With a receipt it came over the bus, and is acknowledged when it has its answer.
    pub(super) async fn on_command(
        &self,
        command: Command,
        receipt: Option<Receipt>,
    ) -> Result<CommandAnswer, HandlerError> {
        if let Some(stored) = self.ports.store.answer(command.id, command.task_id).await? {
            if let Some(receipt) = receipt {
                self.ports.log.ack(receipt).await?;
            }
            let same = stored.payload_hash == command.payload_hash();
            return Ok(if same { stored.answer } else { refused(&command, reused(&command).of(None)) });
        }
        let mut traced = None;
        let answer = self.try_command(&command, receipt, &mut traced).await;
        if let Some(traced) = traced {
            traced.end(ending(&answer));
        }
        answer
    }

    /// Decides it until it takes effect or is refused. `traced` is its span, once it is known to which trace it belongs.
    async fn try_command(
        &self,
        command: &Command,
        receipt: Option<Receipt>,
        traced: &mut Option<Traced>,
    ) -> Result<CommandAnswer, HandlerError> {
        for _ in 0..TRIES {
            let batch = match self.prepare(command, traced).await? {
                Ok(batch) => batch,
                Err((refusal, task)) => return self.refuse(command, refusal, task.as_ref(), receipt).await,
            };
            let answer = batch.answer.clone();
            match take_effect(&self.ports, batch, receipt).await? {
                Effect::Applied => return answer.ok_or_else(no_answer),
                Effect::AlreadyApplied(stored) => return stored.ok_or_else(no_answer),
                Effect::CauseReused => return self.id_reused(command, receipt).await,
                Effect::Conflict => {}
            }
        }
        if receipt.is_some() {
            return Err(HandlerError::Overtaken);
        }
        let message = format!("the task changed {TRIES} times while this command was decided: try again");
        Ok(refused(command, Refused::new(Code::VersionConflict, message).of(None)))
    }

    /// Remembers the refusal: a repetition that arrives late must not be done after its sender was told that it is not.
    /// A task that is not there may still come, and then the command may be repeated; over the bus nobody repeats it.
    async fn refuse(
        &self,
        command: &Command,
        refusal: Refusal,
        task: Option<&Task>,
        receipt: Option<Receipt>,
    ) -> Result<CommandAnswer, HandlerError> {
        let answer = refused(command, refusal.clone());
        if refusal.code == Code::TaskUnknown && receipt.is_none() {
            return Ok(answer);
        }
        let batch = self.refusal(command, refusal, task, answer.clone())?;
        match take_effect(&self.ports, batch, receipt).await? {
            Effect::Applied => Ok(answer),
            Effect::AlreadyApplied(stored) => stored.ok_or_else(no_answer),
            Effect::CauseReused => self.id_reused(command, receipt).await,
            Effect::Conflict => Err(HandlerError::Overtaken),
        }
    }

    /// What remembers a refusal, and tells it.
    fn refusal(
        &self,
        command: &Command,
        refusal: Refusal,
        task: Option<&Task>,
        answer: CommandAnswer,
    ) -> Result<Batch, HandlerError> {
        let now = self.ports.clock.now();
        let cause = Cause::command(command);
        let story = Story {
            source: "tracerail/task",
            cause: cause.root(),
            causation: command.id.uuid(),
            correlation: task.and_then(|task| task.data.correlation_id),
            about: command.task_id.to_string(),
            tenant: tenant(command, task),
            at: now,
            traceparent: task
                .and_then(|task| task.data.traceparent.clone())
                .or_else(|| command.traceparent.clone()),
        };
        let rejected = Rejected {
            command_id: command.id,
            task_id: command.task_id,
            by: command.by.clone(),
            refusal,
            payload_hash: cause.payload_hash,
            at: now,
        };
        let mut batch = Batch::of(cause);
        batch.events = story.tell(&[(None, Event::TaskCommandRejected(Box::new(rejected)))])?;
        batch.answer = Some(answer);
        Ok(batch)
    }

    /// The id was used before for something else: there is nothing to remember, as the first use is.
    async fn id_reused(
        &self,
        command: &Command,
        receipt: Option<Receipt>,
    ) -> Result<CommandAnswer, HandlerError> {
        if let Some(receipt) = receipt {
            self.ports.log.ack(receipt).await?;
        }
        Ok(refused(command, reused(command).of(None)))
    }

    async fn prepare(
        &self,
        command: &Command,
        traced: &mut Option<Traced>,
    ) -> Result<Prepared, HandlerError> {
        let now = self.ports.clock.now();
        let task = self.ports.store.task(command.task_id).await?;
        let traced = traced.get_or_insert_with(|| self.trace(command, task.as_ref()));
        let traceparent = traced.traceparent.clone();
        if let Err(refused) = sound(command) {
            return Ok(Err((refused.of(task.as_ref()), task)));
        }
        let mut cursor = None;
        let decided = match (&task, &command.verb) {
            (None, Verb::Create(_)) => self.create_by(command, traceparent.as_deref(), &mut cursor).await?,
            (None, _) => {
                let message = format!("there is no task {}", command.task_id);
                Err(Refused::new(Code::TaskUnknown, message).of(None))
            }
            (Some(task), verb) => {
                let mut standing = standing(&*self.ports.directory, task, &command.by, verb, now);
                // For nobody else: whose turn it is goes on with each choice.
                if let Verb::Decline { .. } = verb
                    && task.state.offer.as_ref().is_some_and(|offer| offer.to == command.by.id)
                {
                    standing.next = self.chooser.next(task, &command.by.id, now).await?;
                    cursor = standing.next.as_ref().and_then(|chosen| chosen.cursor.clone());
                }
                if let Verb::Escalate { .. } = verb {
                    let escalator = self.settings.tasks.escalation.as_ref();
                    standing.raise = raise(&*self.ports.directory, escalator, task, next_level(task), now);
                }
                if let Verb::RecomputeSla { escalation_policy } = verb {
                    let fresh = self.settings.tasks.wind_up_again(task, escalation_policy.as_ref(), now);
                    standing.fresh_clock = Some(Box::new(fresh));
                }
                decide(task, command, &standing, now)
            }
        };
        let change = match decided {
            Ok(change) => change,
            Err(refusal) => return Ok(Err((refusal, task))),
        };
        let record = record_for(&self.ports, &change).await?;
        let answer = done(command.id, &change);
        let causation = command.id.uuid();
        let cause = Cause::command(command);
        let origin = Origin { source: "tracerail/task", cause, causation, now, traceparent };
        let mut batch = batch(change, origin, record.as_ref())?;
        batch.answer = Some(answer);
        batch.cursor = cursor;
        Ok(Ok(batch))
    }

    async fn create_by(
        &self,
        command: &Command,
        traceparent: Option<&str>,
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
        if let Some(problem) = new.terms.problem() {
            return Ok(Err(Refused::new(Code::CommandInvalid, problem).of(None)));
        }
        let now = self.ports.clock.now();
        let policy = &self.settings.tasks;
        let mut blank = from_command(command, new, policy, now);
        self.offer_to_staffed(&mut blank);
        blank.data.traceparent = traceparent.map(str::to_owned);
        let suggestion = known(&*self.ports.directory, new.suggested_assignee.as_ref());
        let chosen = self.chooser.choose(&blank.data, suggestion, now).await?;
        *cursor = chosen.as_ref().and_then(|chosen| chosen.cursor.clone());
        Ok(Ok(create(blank, chosen, policy, now)))
    }
}

/// What holds for every command, wherever it comes from.
fn sound(command: &Command) -> Result<(), Refused> {
    if command.by.is_system() {
        // The actors decide by themselves and give no commands: whoever says to be the system is not.
        let message = format!("{} cannot give commands: name a person or an agent in `by`", command.by);
        return Err(Refused::new(Code::CommandForbidden, message));
    }
    if command.id.uuid().is_nil() {
        let message = "a command has an id, by which its repetition is known".to_owned();
        return Err(Refused::new(Code::CommandInvalid, message));
    }
    Ok(())
}

fn tenant(command: &Command, task: Option<&Task>) -> TenantId {
    match (task, &command.verb) {
        (Some(task), _) => task.data.tenant.clone(),
        (None, Verb::Create(new)) => new.tenant.clone(),
        (None, _) => TenantId::default(),
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
