//! The library's front door: submit content, work tasks, look at what happened. The command line is one of its users.
//!
//! Promises: what returns `Ok` has happened and survives a crash; a submission or command may be repeated, and then gets its first
//! answer again.
//!
//! Deliberately absent: any name of a backend. It is given ports.

use std::collections::BTreeSet;
use std::sync::Arc;

use tracerail_actors::Settings;
use tracerail_actors::effect::{Effect, take_effect};
use tracerail_actors::meters::Meters;
use tracerail_actors::port::{
    Admission, Backlog, Batch, Cause, Consumer, ContentWrite, DeadLetterFilter, Ending, LoggedEvent, Ports,
    Position, TaskFilter, TaskPage, Totals, Work,
};
use tracerail_actors::sla::verify::{SlaReport, verify};
use tracerail_actors::system::{Commander, Role, Running, Thread, start, start_on};
use tracerail_schemas::content::{ContentBody, ContentRecord};
use tracerail_schemas::dead_letter::{DeadLetter, DeadLetterStatus};
use tracerail_schemas::event::{ContentSubmitted, SubmissionError};
use tracerail_schemas::routing::RoutingContext;
use tracerail_schemas::task::{Command, CommandAnswer, Task};
use tracerail_schemas::{
    Code, CommandId, ContentKey, EncodedEvent, Envelope, EventId, Subject, TaskId, TenantId, Timestamp,
};
use uuid::Uuid;

use crate::error::Error;

/// Dead letters that are counted at most, where the log counts none by itself: beyond it nobody looks through them one by one.
const HELD_COUNTED_MAX: usize = 10_000;

/// How many times a submission is tried against others that take in the same content at the same moment.
const TRIES: usize = 5;

/// A TraceRail, open: in this process, on whatever the ports lead to.
#[derive(Debug)]
pub struct TraceRail {
    ports: Ports,
    content_bytes_max: usize,
    running: Running,
}

/// What became of a submission.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Submitted {
    /// The item's name.
    pub key: ContentKey,
    /// The event it came with.
    pub event_id: EventId,
    /// Whether the same content had been taken in before, under the same id.
    pub repeated: bool,
}

impl TraceRail {
    /// Opens it and starts the actors of these roles; none at all for a process that only submits, commands and looks.
    pub async fn start(ports: Ports, settings: Settings, roles: BTreeSet<Role>) -> Result<Self, Error> {
        let content_bytes_max = settings.content_bytes_max;
        let running = start(ports, settings, roles).await?;
        Ok(Self { ports: running.ports().clone(), content_bytes_max, running })
    }

    /// The same on this thread, which must outlive it.
    pub async fn start_on(
        thread: &Thread,
        ports: Ports,
        settings: Settings,
        roles: BTreeSet<Role>,
    ) -> Result<Self, Error> {
        let content_bytes_max = settings.content_bytes_max;
        let running = start_on(thread, ports, settings, roles).await?;
        Ok(Self { ports: running.ports().clone(), content_bytes_max, running })
    }

    /// Takes content in: durable when this returns. The same again is `repeated`; another content under the same id is refused.
    pub async fn submit(&self, submitted: ContentSubmitted) -> Result<Submitted, Error> {
        self.submit_within(submitted, None).await
    }

    /// The same as a part of the caller's trace: a W3C `traceparent`.
    pub async fn submit_within(
        &self,
        submitted: ContentSubmitted,
        traceparent: Option<&str>,
    ) -> Result<Submitted, Error> {
        let (key, body) = submitted
            .clone()
            .admit(&Uuid::now_v7().to_string(), self.content_bytes_max)
            .map_err(|error| Error::new(code_of(&error), error.to_string()))?;
        let hash = body.hash();
        let event_id = EventId::submission(&key, &hash);
        let traced = self.ports.tracing.begin(&Work {
            doing: "submit",
            what: Subject::ContentSubmitted.as_str(),
            actor: "client",
            about: &key.to_string(),
            parent: traceparent,
            link: None,
        });
        let told = Told { event_id, submitted, traceparent: traced.traceparent.clone() };
        let answer = self.take_in(key, body, hash, told).await;
        traced.end(answer.as_ref().map_or_else(|error| Ending::Not(error.code().as_str()), |_| Ending::Done));
        answer
    }

    async fn take_in(
        &self,
        key: ContentKey,
        body: ContentBody,
        hash: [u8; 32],
        told: Told,
    ) -> Result<Submitted, Error> {
        let event_id = told.event_id;
        for _ in 0..TRIES {
            let now = self.ports.clock.now();
            let admission = Admission { submitted_id: event_id, submitted_at: now, body: body.clone(), hash };
            let batch = admission_batch(&key, admission, told.clone(), now)?;
            match take_effect(&self.ports, batch, None).await? {
                Effect::Applied => return Ok(Submitted { key, event_id, repeated: false }),
                Effect::AlreadyApplied(_) => return Ok(Submitted { key, event_id, repeated: true }),
                // The id is taken: by the same content that came another way, or by another content.
                Effect::Conflict | Effect::CauseReused => match self.ports.store.content(&key).await? {
                    Some(first) if first.hash == hash => {
                        return Ok(Submitted { key, event_id: first.submitted_id, repeated: true });
                    }
                    Some(first) => return Err(Error::ContentIdConflict { key, since: first.submitted_at }),
                    None => {}
                },
            }
        }
        Err(Error::new(Code::OutcomeUnknown, format!("{key} could not be taken in: submit it again")))
    }

    /// Publishes bytes as `content.submitted`, the way a program on the bus would. What is no content becomes a dead letter.
    pub async fn publish_raw(&self, subject: Subject, data: Vec<u8>) -> Result<EventId, Error> {
        Ok(self.ports.log.publish_raw(subject, data).await?)
    }

    /// Gives a command, and waits for its answer. A refusal is an answer.
    pub async fn command(&self, command: Command) -> Result<CommandAnswer, Error> {
        Ok(self.running.command(command).await?)
    }

    /// The record of a content item.
    pub async fn content(&self, key: &ContentKey) -> Result<Option<ContentRecord>, Error> {
        Ok(self.ports.store.content(key).await?)
    }

    /// The content items with this id, whatever their source.
    pub async fn find_content(&self, tenant: &TenantId, id: &str) -> Result<Vec<ContentKey>, Error> {
        Ok(self.ports.store.find_content(tenant, id).await?)
    }

    /// The events about a content item and its task, oldest first.
    pub async fn trail(&self, key: &ContentKey) -> Result<Vec<LoggedEvent>, Error> {
        Ok(self.ports.log.trail(key).await?)
    }

    /// A task.
    pub async fn task(&self, id: TaskId) -> Result<Option<Task>, Error> {
        Ok(self.ports.store.task(id).await?)
    }

    /// The tasks whose id begins with these hexadecimal digits; at most a few.
    pub async fn find_task(&self, prefix: &str) -> Result<Vec<TaskId>, Error> {
        Ok(self.ports.store.find_task(prefix).await?)
    }

    /// Tasks, oldest first.
    pub async fn tasks(&self, filter: TaskFilter) -> Result<TaskPage, Error> {
        Ok(self.ports.store.tasks(filter).await?)
    }

    /// Looks whether every deadline of every open task is armed as its ledger asks.
    pub async fn sla_verify(&self) -> Result<SlaReport, Error> {
        Ok(verify(&self.ports).await?)
    }

    /// Counts over everything.
    pub async fn totals(&self) -> Result<Totals, Error> {
        let mut totals = self.ports.store.totals().await?;
        if !self.ports.store.commit_acknowledges() {
            let held = DeadLetterFilter {
                status: Some(DeadLetterStatus::Held),
                limit: HELD_COUNTED_MAX,
                ..DeadLetterFilter::default()
            };
            totals.dead_letters_held = self.ports.log.dead_letters(held).await?.len() as u64;
        }
        Ok(totals)
    }

    /// Dead letters, oldest first.
    pub async fn dead_letters(&self, filter: DeadLetterFilter) -> Result<Vec<DeadLetter>, Error> {
        Ok(self.ports.log.dead_letters(filter).await?)
    }

    /// Hands a dead letter to its actor again; false when there is no such letter waiting.
    pub async fn replay(&self, number: u64) -> Result<bool, Error> {
        Ok(self.ports.log.replay(number).await?)
    }

    /// The events after `after`, of these subjects (all, when there are none).
    pub async fn events(
        &self,
        after: &Position,
        subjects: &[Subject],
        limit: usize,
    ) -> Result<Vec<LoggedEvent>, Error> {
        Ok(self.ports.log.read(after, subjects, limit).await?)
    }

    /// After the newest event.
    pub async fn head(&self) -> Result<Position, Error> {
        Ok(self.ports.log.head().await?)
    }

    /// How many events this actor has still to handle.
    pub async fn lag(&self, consumer: Consumer) -> Result<u64, Error> {
        Ok(self.ports.log.lag(consumer).await?)
    }

    /// The same in detail.
    pub async fn backlog(&self, consumer: Consumer) -> Result<Backlog, Error> {
        Ok(self.ports.log.backlog(consumer).await?)
    }

    /// What routing would do with this, and why, condition by condition.
    pub async fn explain_route(&self, context: &RoutingContext) -> Result<serde_json::Value, Error> {
        self.ports
            .routing
            .explain(context)
            .await
            .map_err(|error| Error::new(Code::RulesInvalid, error.to_string()))
    }

    /// What time it is, by the clock deadlines are measured with.
    pub async fn now(&self) -> Result<Timestamp, Error> {
        Ok(self.ports.store.now().await?)
    }

    /// What gives commands to it, from wherever it is kept.
    pub fn commander(&self) -> Commander {
        self.running.commander()
    }

    /// What the actors of this process have counted.
    pub fn meters(&self) -> &Arc<Meters> {
        self.running.meters()
    }

    /// The longest text it takes in, in bytes.
    pub fn content_bytes_max(&self) -> usize {
        self.content_bytes_max
    }

    /// The ports it was given.
    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    /// Stops the actors in order.
    pub async fn stop(self) {
        self.running.stop().await;
    }
}

/// A new command id, for a command that is given for the first time.
pub fn new_command_id() -> CommandId {
    CommandId::from_uuid(Uuid::now_v7())
}

/// What is said of content that is taken in.
#[derive(Clone)]
struct Told {
    event_id: EventId,
    submitted: ContentSubmitted,
    traceparent: Option<String>,
}

fn admission_batch(
    key: &ContentKey,
    admission: Admission,
    told: Told,
    now: Timestamp,
) -> Result<Batch, Error> {
    let Told { event_id: id, submitted, traceparent } = told;
    let told = ContentSubmitted { id: Some(key.id.clone()), source: Some(key.source.clone()), ..submitted };
    let data = tracerail_schemas::Event::ContentSubmitted(Box::new(told))
        .encode()
        .map_err(|error| Error::new(Code::PayloadMalformed, error.full()))?;
    let envelope = Envelope {
        id,
        subject: Subject::ContentSubmitted,
        version: 1,
        source: key.source.clone(),
        about: key.to_string(),
        time: now,
        tenant: key.tenant.clone(),
        correlation_id: id,
        causation_id: None,
        traceparent,
    };
    let mut batch = Batch::of(Cause { id: id.uuid(), about: TaskId::of_content(key), payload_hash: None });
    batch.content = Some(ContentWrite { admit: Some(admission), ..ContentWrite::of(key.clone()) });
    batch.events = vec![EncodedEvent { envelope, data }];
    Ok(batch)
}

fn code_of(error: &SubmissionError) -> Code {
    match error {
        SubmissionError::TooLarge { .. } => Code::ContentTooLarge,
        SubmissionError::Empty | SubmissionError::Name(_) => Code::ContentInvalid,
    }
}
