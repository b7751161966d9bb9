//! A batch as the rows it will become. Made by whoever commits, on their own thread, so that the one writer encodes nothing.

use serde::{Deserialize, Serialize};
use tracerail_actors::port::{Admission, Batch, Consumer, ContentWrite, Receipt, TaskWrite};
use tracerail_schemas::content::Outcome;
use tracerail_schemas::task::{Priority, SlaState, Status, Task};
use tracerail_schemas::{ContentKey, EncodedEvent, TaskId, codec};

use super::failure::Failure;
use super::queue;
use super::settings::Settings;
use super::words::signed;

/// A batch, ready to be written.
#[derive(Debug)]
pub(super) struct BatchRow {
    pub(super) cause: [u8; 16],
    pub(super) payload_hash: Option<[u8; 32]>,
    pub(super) answer: Option<Vec<u8>>,
    pub(super) receipt: Option<Receipt>,
    pub(super) not_before: Option<i64>,
    pub(super) content: Option<ContentRow>,
    pub(super) task: Option<TaskRow>,
    pub(super) cursor: Option<(String, i64)>,
    pub(super) events: Vec<EventRow>,
}

/// An event, ready to be written.
#[derive(Debug)]
pub(super) struct EventRow {
    pub(super) id: [u8; 16],
    pub(super) subject: &'static str,
    pub(super) consumer: Option<Consumer>,
    pub(super) envelope: Vec<u8>,
    pub(super) data: Vec<u8>,
}

/// What is written about a content item.
#[derive(Debug)]
pub(super) struct ContentRow {
    pub(super) key: ContentKey,
    pub(super) admit: Option<AdmissionRow>,
    pub(super) analysis: Option<Vec<u8>>,
    pub(super) route: Option<Vec<u8>>,
    pub(super) terminal: Option<Vec<u8>>,
    pub(super) outcome: Option<Outcome>,
}

/// A content item that is taken in.
#[derive(Debug)]
pub(super) struct AdmissionRow {
    pub(super) submitted_id: [u8; 16],
    pub(super) submitted_at: i64,
    pub(super) hash: [u8; 32],
    pub(super) body: Vec<u8>,
}

/// What is written about a task.
#[derive(Debug)]
pub(super) struct TaskRow {
    pub(super) id: [u8; 16],
    pub(super) expected: Option<i64>,
    pub(super) version: i64,
    pub(super) status: Status,
    pub(super) assignee: Option<String>,
    pub(super) priority: Priority,
    pub(super) due_at: Option<i64>,
    pub(super) wake_at: Option<i64>,
    pub(super) escalation_level: u32,
    pub(super) sla: SlaState,
    /// Where it waits, if nobody has it.
    pub(super) waits: Option<String>,
    pub(super) last_event: Option<[u8; 32]>,
    pub(super) state: Vec<u8>,
    /// Only for a task that is created.
    pub(super) birth: Option<BirthRow>,
}

/// What never changes about a task.
#[derive(Debug)]
pub(super) struct BirthRow {
    pub(super) tenant: String,
    pub(super) created_at: i64,
    pub(super) stands_for: Option<[u8; 16]>,
    pub(super) summary: Vec<u8>,
    pub(super) data: Vec<u8>,
}

/// What a list shows of a task beside its columns.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Summary {
    pub(super) task_type: String,
    #[serde(default)]
    pub(super) content_key: Option<ContentKey>,
    pub(super) excerpt: String,
}

impl BatchRow {
    /// The rows of a batch; a record over the limit is refused here, before it could fail a whole group.
    pub(super) fn of(batch: Batch, receipt: Option<Receipt>, settings: &Settings) -> Result<Self, Failure> {
        let limit = Limit { bytes_max: settings.record_bytes_max };
        if let (false, Some(TaskWrite { task, expected_version })) = (batch.versions_follow(), &batch.task) {
            let (version, expected) = (task.version, expected_version.unwrap_or(0));
            return Err(Failure::VersionGap { version, expected });
        }
        Ok(Self {
            cause: batch.cause.id.into_bytes(),
            payload_hash: batch.cause.payload_hash,
            answer: batch.answer.map(|answer| limit.encode("an answer", &answer)).transpose()?,
            receipt,
            not_before: batch.guard.not_before.map(tracerail_schemas::Timestamp::as_micros),
            content: batch.content.map(|write| ContentRow::of(write, limit)).transpose()?,
            task: batch.task.map(|write| TaskRow::of(&write, limit)).transpose()?,
            cursor: batch.cursor.map(|(group, position)| (group.as_str().to_owned(), signed(position))),
            events: EventRow::all(batch.events, settings)?,
        })
    }
}

impl EventRow {
    /// The rows of these events.
    pub(super) fn all(events: Vec<EncodedEvent>, settings: &Settings) -> Result<Vec<Self>, Failure> {
        events.into_iter().map(|event| Self::of(event, settings)).collect()
    }

    fn of(event: EncodedEvent, settings: &Settings) -> Result<Self, Failure> {
        let subject = event.envelope.subject;
        let limit = Limit { bytes_max: settings.record_bytes_max };
        limit.check("an event", &event.data)?;
        Ok(Self {
            id: event.envelope.id.uuid().into_bytes(),
            subject: subject.as_str(),
            consumer: Consumer::of(subject),
            envelope: codec::encode(&event.envelope)?,
            data: event.data,
        })
    }
}

impl ContentRow {
    fn of(write: ContentWrite, limit: Limit) -> Result<Self, Failure> {
        Ok(Self {
            key: write.key,
            admit: write.admit.map(|admission| AdmissionRow::of(&admission, limit)).transpose()?,
            analysis: write.analysis.map(|record| limit.encode("an analysis", &record)).transpose()?,
            route: write.route.map(|record| limit.encode("a route", &record)).transpose()?,
            outcome: write.terminal.as_ref().map(|record| record.outcome),
            terminal: write.terminal.map(|record| limit.encode("an outcome", &record)).transpose()?,
        })
    }
}

impl AdmissionRow {
    fn of(admission: &Admission, limit: Limit) -> Result<Self, Failure> {
        Ok(Self {
            submitted_id: admission.submitted_id.uuid().into_bytes(),
            submitted_at: admission.submitted_at.as_micros(),
            hash: admission.hash,
            body: limit.encode("a content", &admission.body)?,
        })
    }
}

impl TaskRow {
    fn of(write: &TaskWrite, limit: Limit) -> Result<Self, Failure> {
        let task = &*write.task;
        Ok(Self {
            id: task.id.uuid().into_bytes(),
            expected: write.expected_version.map(signed),
            version: signed(task.version),
            status: task.state.status,
            assignee: task.assignee().map(|person| person.as_str().to_owned()),
            priority: task.state.priority,
            due_at: task.state.due_at.map(tracerail_schemas::Timestamp::as_micros),
            wake_at: task.wake_at().map(tracerail_schemas::Timestamp::as_micros),
            escalation_level: task.state.escalation_level,
            sla: task.state.clock.state(task.is_open()),
            waits: queue::waits(&task.state),
            last_event: task.last_event,
            state: limit.encode("a task's state", &task.state)?,
            birth: match write.expected_version {
                None => Some(BirthRow::of(task, limit)?),
                Some(_) => None,
            },
        })
    }
}

impl BirthRow {
    fn of(task: &Task, limit: Limit) -> Result<Self, Failure> {
        let own_id = task.data.content_key.as_ref().map(TaskId::of_content);
        let summary = Summary {
            task_type: task.data.task_type.clone(),
            content_key: task.data.content_key.clone(),
            excerpt: excerpt(&task.data.content),
        };
        Ok(Self {
            tenant: task.data.tenant.as_str().to_owned(),
            created_at: task.data.created_at.as_micros(),
            stands_for: own_id.filter(|id| *id != task.id).map(|id| id.uuid().into_bytes()),
            summary: limit.encode("a task's summary", &summary)?,
            data: limit.encode("a task's data", &task.data)?,
        })
    }
}

/// The largest record that is stored.
#[derive(Clone, Copy)]
struct Limit {
    bytes_max: usize,
}

impl Limit {
    fn encode<T: Serialize>(self, what: &'static str, record: &T) -> Result<Vec<u8>, Failure> {
        let bytes = codec::encode(record)?;
        self.check(what, &bytes)?;
        Ok(bytes)
    }

    fn check(self, what: &'static str, bytes: &[u8]) -> Result<(), Failure> {
        if bytes.len() > self.bytes_max {
            return Err(Failure::OverLimit { what, bytes: bytes.len(), bytes_max: self.bytes_max });
        }
        Ok(())
    }
}

/// The first line of a text that says something, cut to what a list has room for.
fn excerpt(text: &str) -> String {
    const CHARACTERS_MAX: usize = 100;
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    match line.char_indices().nth(CHARACTERS_MAX) {
        Some((end, _)) => format!("{}...", line.get(..end).unwrap_or_default().trim_end()),
        None => line.to_owned(),
    }
}
