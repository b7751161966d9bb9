//! What is to be erased, and what that means for a message or a record.

use serde_json::Value;
use tracerail_schemas::codec::{self, CodecError, Limits};
use tracerail_schemas::dead_letter::DeadLetter;
use tracerail_schemas::event::ContentSubmitted;
use tracerail_schemas::redact::{Redaction, TakenIn};
use tracerail_schemas::task::Command;
use tracerail_schemas::{ContentKey, EncodedEvent, Envelope, EventId, PersonId, Subject, TaskId, hash};

use crate::upkeep::{ToErase, pseudonym};

/// What is to be erased.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// Every mention of a person.
    Person {
        /// The person.
        id: PersonId,
        /// What stands in their place.
        pseudonym: String,
    },
    /// What an item says, and what was said of it.
    Item {
        /// The item.
        key: ContentKey,
        /// Its task.
        task: TaskId,
    },
}

impl Target {
    /// What was asked for.
    pub fn of(what: &ToErase) -> Self {
        match what {
            ToErase::Person(id) => Self::Person { id: id.clone(), pseudonym: pseudonym(id) },
            ToErase::Content(key) => Self::Item { key: key.clone(), task: TaskId::of_content(key) },
        }
    }

    /// How it is called in answers and tombstones.
    pub fn name(&self) -> (&'static str, String) {
        match self {
            Self::Person { pseudonym, .. } => ("person", pseudonym.clone()),
            Self::Item { key, .. } => ("content", key.to_string()),
        }
    }

    /// How it is taken out of a record.
    pub fn redaction(&self) -> Redaction<'_> {
        match self {
            Self::Person { id, pseudonym } => Redaction::Person { id: id.as_str(), pseudonym },
            Self::Item { .. } => Redaction::Texts,
        }
    }

    /// Whether bytes of ours may hold it: most do not, and are not read.
    pub fn may_be_in(&self, bytes: &[u8]) -> bool {
        match self {
            Self::Person { id, .. } => holds(bytes, id.as_str().as_bytes()),
            Self::Item { .. } => true,
        }
    }

    /// Whether a text that nobody here reads names the person.
    pub fn is_named_in(&self, text: &str) -> bool {
        matches!(self, Self::Person { .. }) && self.redaction().text(text).is_some()
    }

    /// The body of an event without it; `None` when it stays as it is.
    pub fn event(&self, event: &EncodedEvent) -> Result<Option<Vec<u8>>, CodecError> {
        if !self.concerns(&event.envelope, &event.data) {
            return Ok(None);
        }
        let Some(since) = self.redaction().body(&event.data)? else { return Ok(None) };
        let subject = event.envelope.subject;
        if subject == Subject::ContentSnapshot {
            return self.without_hash(&since).map(Some);
        }
        match self.taken_in(event).filter(|_| subject == Subject::ContentSubmitted) {
            Some(taken_in) => taken_in.note(&since).map(Some),
            None => Ok(Some(since)),
        }
    }

    /// A dead letter without it; `None` when it stays as it is.
    pub fn letter(&self, about: &Envelope, letter: &DeadLetter) -> Result<Option<DeadLetter>, CodecError> {
        let event = EncodedEvent { envelope: about.clone(), data: letter.data.clone() };
        let data = self.event(&event)?;
        let of_it = match self {
            Self::Person { .. } => true,
            Self::Item { .. } => data.is_some(),
        };
        let cause = if of_it { self.redaction().text(&letter.cause) } else { None };
        if data.is_none() && cause.is_none() {
            return Ok(None);
        }
        let mut since = letter.clone();
        since.data = data.unwrap_or(since.data);
        since.cause = cause.unwrap_or(since.cause);
        Ok(Some(since))
    }

    /// The hash by which an item is told from others under its name: of a short text, it tells the text to whoever guesses it.
    pub fn content_hash(&self, hash: [u8; 32]) -> [u8; 32] {
        match self {
            Self::Person { .. } => hash,
            Self::Item { .. } => [0; 32],
        }
    }

    /// Whether a message is about it, or may name it.
    fn concerns(&self, envelope: &Envelope, data: &[u8]) -> bool {
        let (key, task) = match self {
            // A text of JSON can write any letter as a number.
            Self::Person { .. } => {
                return self.may_be_in(data) || data.trim_ascii_start().first() == Some(&b'{');
            }
            Self::Item { key, task } => (key, *task),
        };
        if envelope.about == key.to_string() || envelope.about.parse() == Ok(task) {
            return true;
        }
        // What came over the bus names its item or task in the body, and so do events of tasks that were made by hand.
        let of_bus = if envelope.subject == Subject::ContentSubmitted {
            admitted(envelope, data).is_some_and(|(of, _)| of == *key)
        } else {
            codec::decode::<Command>(data, &Limits::unlimited()).is_ok_and(|it| it.task_id == task)
        };
        of_bus || (holds(data, key.id.as_bytes()) && names(data, key))
    }

    /// How a submission was taken in, before anything is taken out of it.
    fn taken_in(&self, event: &EncodedEvent) -> Option<TakenIn> {
        let noted = TakenIn::noted(&event.data).or_else(|| {
            let (key, hash) = admitted(&event.envelope, &event.data)?;
            let when_submitted = event.envelope.id == EventId::submission(&key, &hash);
            Some(TakenIn { hash, when_submitted })
        })?;
        Some(TakenIn { hash: self.content_hash(noted.hash), ..noted })
    }

    fn without_hash(&self, body: &[u8]) -> Result<Vec<u8>, CodecError> {
        let mut value: Value = codec::decode_own(body)?;
        if let (Self::Item { .. }, Some(field)) = (self, value.get_mut("hash")) {
            *field = hash::hex(&[0; 32]).into();
        }
        codec::encode(&value)
    }
}

/// The item a submission is about, and the hash of its content.
fn admitted(envelope: &Envelope, data: &[u8]) -> Option<(ContentKey, [u8; 32])> {
    let submitted = codec::decode::<ContentSubmitted>(data, &Limits::unlimited()).ok()?;
    let (key, body) = submitted.admit(&envelope.id.to_string(), usize::MAX).ok()?;
    Some((key, body.hash()))
}

/// Whether the body of an event names this item as what it is about.
fn names(data: &[u8], key: &ContentKey) -> bool {
    let Ok(value) = codec::decode::<Value>(data, &Limits::unlimited()) else { return false };
    let keys = [value.get("content"), value.pointer("/data/content_key")];
    let mut keys = keys.into_iter().flatten().filter_map(|it| serde_json::from_value(it.clone()).ok());
    keys.any(|of: ContentKey| of == *key)
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len().max(1)).any(|some| some == part)
}
