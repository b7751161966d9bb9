//! What a script is told about one item and its task: which parts follow, then the parts.

use serde::{Deserialize, Serialize};
use tracerail_actors::port::{Admission, Cause, ContentWrite};
use tracerail_schemas::content::ContentBody;
use tracerail_schemas::task::{CommandAnswer, Task, TaskData, TaskState};
use tracerail_schemas::{EncodedEvent, EventId, TaskId, Timestamp, codec};
use uuid::Uuid;

use super::arguments::Arguments;
use super::error::Failure;
use super::pack::pack;
use super::slot::Slot;

/// What is written about one item and its task. The letters of the parts are those that the scripts read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Entry {
    about: TaskId,
    parts: Vec<u8>,
    arguments: Arguments,
}

/// An item as it was taken in, except for its hash, which stands before it.
#[derive(Serialize, Deserialize)]
pub(super) struct Admitted {
    pub(super) submitted_id: EventId,
    pub(super) submitted_at: Timestamp,
    pub(super) body: ContentBody,
}

/// The same, as it is written.
#[derive(Serialize)]
struct Admitting<'a> {
    submitted_id: EventId,
    submitted_at: Timestamp,
    body: &'a ContentBody,
}

impl Entry {
    /// An entry about this that writes nothing yet.
    pub(super) fn about(about: TaskId) -> Self {
        Self { about, parts: Vec::new(), arguments: Arguments::default() }
    }

    /// A task as a whole.
    pub(super) fn with_task(self, task: &Task) -> Result<Self, Failure> {
        self.with_state(task.version, &task.state, Some(&task.data), task.last_event)
    }

    /// A version of the task. Its data never changes, and is written when it is made.
    pub(super) fn with_state(
        mut self,
        version: u64,
        state: &TaskState,
        data: Option<&TaskData>,
        last_event: Option<[u8; 32]>,
    ) -> Result<Self, Failure> {
        let number = |at: Timestamp| at.as_micros().to_string();
        let assignee = state.assignment.as_ref().map(|assignment| assignment.assignee_id.as_str());
        let sla = word(&state.clock.state(state.status.is_open()))?;
        let raised = if state.escalation_level > 0 { "1" } else { "" };
        let assignee = assignee.unwrap_or_default();
        let waits = waits(state);
        let marks = [state.status.as_str(), "|", &sla, "|", raised, "|", assignee, &waits];
        self.parts.push(b't');
        self.arguments.push(version.to_string().as_bytes());
        self.arguments.push(&data.map(codec::encode).transpose()?.unwrap_or_default());
        self.arguments.push(&codec::encode(state)?);
        self.arguments.push_joined(&marks.map(str::as_bytes));
        self.arguments.push(state.wake_at().map(number).unwrap_or_default().as_bytes());
        self.arguments.push(data.map(|data| number(data.created_at)).unwrap_or_default().as_bytes());
        self.arguments.push(last_event.as_ref().map(<[u8; 32]>::as_slice).unwrap_or_default());
        Ok(self)
    }

    /// The records of the item.
    pub(super) fn with_content(mut self, write: &ContentWrite) -> Result<Self, Failure> {
        self.part(b'c', &[write.key.to_string().as_bytes()]);
        if let Some(admission) = &write.admit {
            let Admission { submitted_id, submitted_at, body, hash } = admission;
            let admitting = Admitting { submitted_id: *submitted_id, submitted_at: *submitted_at, body };
            self.part(b'h', &[hash, &codec::encode(&admitting)?]);
        }
        if let Some(analysis) = &write.analysis {
            self.part(b'n', &[&codec::encode(analysis)?]);
        }
        if let Some(route) = &write.route {
            self.part(b'r', &[&codec::encode(route)?]);
        }
        if let Some(terminal) = &write.terminal {
            self.part(b'e', &[&codec::encode(terminal)?, terminal.outcome.as_str().as_bytes()]);
        }
        Ok(self)
    }

    /// What it follows from, and the answer to it.
    pub(super) fn with_cause(
        mut self,
        cause: Cause,
        answer: Option<&CommandAnswer>,
    ) -> Result<Self, Failure> {
        let answer = answer.map(codec::encode).transpose()?.unwrap_or_default();
        self.parts.push(b'k');
        self.arguments.push(cause.id.as_bytes());
        match &cause.payload_hash {
            None => self.arguments.push_joined(&[b"-", &answer]),
            Some(hash) => self.arguments.push_joined(&[b"+", hash, &answer]),
        }
        Ok(self)
    }

    /// An event that stands in the trail.
    pub(super) fn with_slot(mut self, slot: &Slot) -> Self {
        self.part(b's', &[slot.id.uuid().as_bytes(), &slot.bytes()]);
        self
    }

    /// An event of this cause that stands in the trail, and waits to get into the log.
    pub(super) fn with_event(mut self, cause: Uuid, event: &EncodedEvent) -> Result<Self, Failure> {
        let slot = Slot::of(&event.envelope, None);
        self.part(b'o', &[slot.id.uuid().as_bytes(), &slot.bytes(), &pack(cause, event)?]);
        Ok(self)
    }

    /// Adds it to the arguments of a call.
    pub(super) fn add_to(&self, arguments: &mut Arguments) {
        arguments.push(self.about.uuid().as_bytes());
        arguments.push(&self.parts);
        arguments.extend(&self.arguments);
    }

    fn part(&mut self, letter: u8, arguments: &[&[u8]]) {
        self.parts.push(letter);
        for argument in arguments {
            self.arguments.push(argument);
        }
    }
}

/// Where it waits, a line each: how urgent it is, and the queues.
fn waits(state: &TaskState) -> String {
    let queues = state.queues();
    let names = queues.iter().map(|queue| format!("\n{queue}"));
    if queues.is_empty() {
        return String::new();
    }
    format!("\n{}{}", state.rank().as_micros(), names.collect::<String>())
}

/// The hash of a remembered cause, and its answer.
pub(super) fn read_remembered(bytes: &[u8]) -> Option<(Option<[u8; 32]>, &[u8])> {
    match bytes.split_first()? {
        (b'-', answer) => Some((None, answer)),
        (b'+', rest) => {
            let (hash, answer) = rest.split_first_chunk::<32>()?;
            Some((Some(*hash), answer))
        }
        (_, _) => None,
    }
}

/// A word of ours as it is written everywhere.
fn word<T: Serialize>(value: &T) -> Result<String, Failure> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => Ok(text),
        Ok(_) | Err(_) => Err(Failure::Unreadable("a word that is none".to_owned())),
    }
}
