//! What a script is told about one batch or one event: bytes, ready to be written.

use serde::{Deserialize, Serialize};
use tracerail_actors::port::{Admission, Cause, ContentWrite, Place};
use tracerail_schemas::content::ContentBody;
use tracerail_schemas::task::{CommandAnswer, Task, TaskData, TaskState};
use tracerail_schemas::{Envelope, EventId, Subject, TaskId, Timestamp, codec};
use uuid::Uuid;

use super::error::Failure;

/// Arguments an entry has; the scripts count on it.
pub(super) const FIELDS: usize = 20;

/// What is written about one item and its task. An empty field is not written.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Entry {
    task: [Vec<u8>; 10],
    content: [Vec<u8>; 6],
    cause: [Vec<u8>; 3],
    about: Vec<u8>,
}

/// An item as it was taken in, except for its hash, which stands before it.
#[derive(Serialize, Deserialize)]
pub(super) struct Admitted {
    pub(super) submitted_id: EventId,
    pub(super) submitted_at: Timestamp,
    pub(super) body: ContentBody,
}

impl Entry {
    /// An entry about this that writes nothing yet.
    pub(super) fn about(about: TaskId) -> Self {
        Self { about: about.uuid().as_bytes().to_vec(), ..Self::default() }
    }

    /// A task as a whole.
    pub(super) fn with_task(self, task: &Task) -> Result<Self, Failure> {
        self.with_state(task.id, task.version, &task.state, Some(&task.data))
    }

    /// A version of a task. Its data never changes, and is written when it is made.
    pub(super) fn with_state(
        mut self,
        id: TaskId,
        version: u64,
        state: &TaskState,
        data: Option<&TaskData>,
    ) -> Result<Self, Failure> {
        let number = |at: Timestamp| at.as_micros().to_string().into_bytes();
        let assignee = state.assignment.as_ref().map(|assignment| assignment.assignee_id.as_str());
        self.task = [
            id.uuid().as_bytes().to_vec(),
            version.to_string().into_bytes(),
            data.map(codec::encode).transpose()?.unwrap_or_default(),
            codec::encode(state)?,
            state.status.as_str().into(),
            state.wake_at().map(number).unwrap_or_default(),
            data.map(|data| number(data.created_at)).unwrap_or_default(),
            assignee.map(Into::into).unwrap_or_default(),
            word(&state.clock.state(state.status.is_open()))?,
            if state.escalation_level > 0 { b"1".to_vec() } else { Vec::new() },
        ];
        Ok(self)
    }

    /// The records of the item.
    pub(super) fn with_content(mut self, write: &ContentWrite) -> Result<Self, Failure> {
        let encoded = |record: Option<Result<Vec<u8>, _>>| record.transpose().map(Option::unwrap_or_default);
        self.content = [
            write.key.to_string().into_bytes(),
            write.admit.as_ref().map(admission).transpose()?.unwrap_or_default(),
            encoded(write.analysis.as_ref().map(codec::encode))?,
            encoded(write.route.as_ref().map(codec::encode))?,
            encoded(write.terminal.as_ref().map(codec::encode))?,
            write.terminal.as_ref().map(|end| end.outcome.as_str().into()).unwrap_or_default(),
        ];
        Ok(self)
    }

    /// What it follows from, and the answer to it.
    pub(super) fn with_cause(
        mut self,
        cause: Cause,
        answer: Option<&CommandAnswer>,
    ) -> Result<Self, Failure> {
        self.cause = [
            cause.id.as_bytes().to_vec(),
            remembered_hash(cause.payload_hash),
            answer.map(codec::encode).transpose()?.unwrap_or_default(),
        ];
        Ok(self)
    }

    /// The arguments, in the order the scripts know.
    pub(super) fn arguments(&self) -> impl Iterator<Item = &[u8]> {
        let all = self.task.iter().chain(&self.content).chain(&self.cause);
        all.chain([&self.about]).map(Vec::as_slice)
    }
}

/// How a cause's hash is remembered: none, or one and which.
pub(super) fn remembered_hash(hash: Option<[u8; 32]>) -> Vec<u8> {
    match hash {
        None => b"-".to_vec(),
        Some(hash) => [b"+".as_slice(), &hash].concat(),
    }
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

fn admission(admission: &Admission) -> Result<Vec<u8>, Failure> {
    let admitted = Admitted {
        submitted_id: admission.submitted_id,
        submitted_at: admission.submitted_at,
        body: admission.body.clone(),
    };
    Ok([admission.hash.as_slice(), &codec::encode(&admitted)?].concat())
}

/// A word of ours as it is written everywhere.
fn word<T: Serialize>(value: &T) -> Result<Vec<u8>, Failure> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => Ok(text.into_bytes()),
        Ok(_) | Err(_) => Err(Failure::Unreadable("a word that is none".to_owned())),
    }
}

/// A slot of a trail: which event, when, on which subject, and where it is in the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Slot {
    pub(super) id: EventId,
    pub(super) at: Timestamp,
    pub(super) subject: u8,
    pub(super) place: Option<Place>,
}

/// Bytes a slot has.
pub(super) const SLOT: usize = 34;

impl Slot {
    pub(super) fn of(envelope: &Envelope, place: Option<Place>) -> Self {
        Self { id: envelope.id, at: envelope.time, subject: order_of(envelope.subject), place }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(SLOT);
        bytes.extend(self.id.uuid().as_bytes());
        bytes.extend(self.at.as_micros().to_be_bytes());
        bytes.push(self.subject);
        bytes.extend(place_bytes(self.place));
        bytes
    }

    /// The slots of a trail, oldest first.
    ///
    /// The order follows from the events alone, so that a trail made again from the log is the same trail.
    pub(super) fn read(trail: &[u8]) -> Vec<Self> {
        let mut slots: Vec<_> = trail.chunks_exact(SLOT).filter_map(Self::read_one).collect();
        slots.sort_by_key(|slot| (slot.at, slot.subject, slot.id));
        slots
    }

    fn read_one(bytes: &[u8]) -> Option<Self> {
        let (id, rest) = bytes.split_first_chunk::<16>()?;
        let (at, rest) = rest.split_first_chunk::<8>()?;
        let (subject, rest) = rest.split_first()?;
        let (stream, rest) = rest.split_first()?;
        let sequence = u64::from_be_bytes(*rest.first_chunk::<8>()?);
        Some(Self {
            id: EventId::from_uuid(Uuid::from_bytes(*id)),
            at: Timestamp::from_micros(i64::from_be_bytes(*at)),
            subject: *subject,
            place: (sequence > 0).then_some(Place { stream: *stream, sequence }),
        })
    }
}

/// Nine bytes; all zero where nobody knows the place.
pub(super) fn place_bytes(place: Option<Place>) -> Vec<u8> {
    let place = place.unwrap_or(Place { stream: 0, sequence: 0 });
    let mut bytes = vec![place.stream];
    bytes.extend(place.sequence.to_be_bytes());
    bytes
}

/// Events of one moment stand in the order in which an item meets their subjects.
fn order_of(subject: Subject) -> u8 {
    let place = Subject::ALL.iter().position(|other| *other == subject);
    place.and_then(|place| u8::try_from(place).ok()).unwrap_or(u8::MAX)
}

/// The slot of a submission that came over the bus: it was in the log before anybody took it in.
pub(super) fn slot_of_admission(admission: &Admission, place: Option<Place>) -> Slot {
    Slot {
        id: admission.submitted_id,
        at: admission.submitted_at,
        subject: order_of(Subject::ContentSubmitted),
        place,
    }
}
