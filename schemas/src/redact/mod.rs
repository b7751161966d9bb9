//! Takes what is personal out of a body, and leaves what happened.
//!
//! Two ways: `Redaction::Texts` is for everything about one content item, and takes out every text that somebody wrote or that quotes what
//! somebody wrote; `Redaction::Person` puts a pseudonym wherever a person is named. Ids, times, versions, statuses and names of groups
//! stay, so that what is left can be read as before, and tells the same story.
//!
//! It works on field names, not on types, so that bodies of every version can be redacted. A test holds the names against the golden
//! bodies: a field that nobody has thought about fails it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::codec::{self, CodecError, Limits};
use crate::hash;

mod anything;
mod taken_in;

pub use taken_in::TakenIn;

/// What stands where a text was.
pub const ERASED: &str = "[erased]";

/// Fields whose text was written by somebody, or quotes it. Where one holds no text, it is looked into instead.
const TEXTS: [&str; 13] = [
    "content",
    "summary",
    "excerpt",
    "evidence",
    "reason",
    "cancel_reason",
    "comments",
    "review_comments",
    "text",
    "cause",
    "message",
    "raised_because",
    "submitted_by",
];

/// Fields of free form; nothing in them is needed to read the rest.
const FREE: [&str; 3] = ["metadata", "result_data", "result"];

/// Fields that name content: the name of an item is what everything about it is found by, and stays.
const NAMES: [&str; 2] = ["source", "tenant"];

/// What is to be taken out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Redaction<'a> {
    /// Every text.
    Texts,
    /// A person's id, wherever it stands as a word of its own.
    Person {
        /// The id.
        id: &'a str,
        /// What stands there instead.
        pseudonym: &'a str,
    },
}

/// Notes in a body from which something was taken what it was when it was told: the histories of tasks name their events by that.
pub fn note(body: &mut Map<String, Value>, told: &[u8]) {
    body.entry(WAS).or_insert_with(|| hash::hex(&hash::of(told)).into());
}

/// The hash of a body as it was told, and whether something was taken out of it since.
pub fn told(body: &[u8]) -> ([u8; 32], bool) {
    let marked = body.windows(WAS.len()).any(|bytes| bytes == WAS.as_bytes());
    let noted = marked.then(|| codec::decode::<Noted>(body, &Limits::unlimited()).ok()).flatten();
    noted
        .and_then(|noted| noted.erased_body_hash)
        .map_or_else(|| (hash::of(body), false), |hash| (hash, true))
}

/// The one field of a body that says that something was taken out of it.
const WAS: &str = "erased_body_hash";

#[derive(Deserialize)]
struct Noted {
    #[serde(default, with = "crate::hash::optional")]
    erased_body_hash: Option<[u8; 32]>,
}

impl Redaction<'_> {
    /// Takes it out of a body; whether anything changed.
    pub fn apply(self, body: &mut Value) -> bool {
        match self {
            Self::Texts => texts(body),
            Self::Person { id, pseudonym } => person(body, id, pseudonym),
        }
    }

    /// The same for bytes that came as a body; `None` when nothing of them is to be taken out. A body from which something is taken notes what
    /// it was, and is written anew. What cannot be read as a body is no event to anybody: its bytes are not needed for the story.
    pub fn body(self, bytes: &[u8]) -> Result<Option<Vec<u8>>, CodecError> {
        if let Some(fields) = anything::fields(bytes) {
            let mut value = Value::Object(fields);
            if !self.apply(&mut value) {
                return Ok(None);
            }
            if let Value::Object(fields) = &mut value {
                note(fields, bytes);
            }
            return codec::encode(&value).map(Some);
        }
        Ok(match self {
            Self::Texts => (bytes != ERASED.as_bytes()).then(|| ERASED.as_bytes().to_vec()),
            Self::Person { id, pseudonym } => replaced(bytes, id.as_bytes(), pseudonym.as_bytes()),
        })
    }

    /// The same for a record of ours; `None` when it stays as it is.
    pub fn record<T: Serialize + DeserializeOwned>(self, record: &T) -> Result<Option<T>, CodecError> {
        let mut value: Value = codec::decode_own(&codec::encode(record)?)?;
        if !self.apply(&mut value) {
            return Ok(None);
        }
        codec::decode_own(&codec::encode(&value)?).map(Some)
    }

    /// The same for a text that stands alone; `None` when it stays.
    pub fn text(self, text: &str) -> Option<String> {
        match self {
            Self::Texts => (text != ERASED && !text.is_empty()).then(|| ERASED.to_owned()),
            Self::Person { id, pseudonym } => renamed(text, id, pseudonym),
        }
    }
}

fn texts(body: &mut Value) -> bool {
    match body {
        Value::Object(fields) => {
            let mut changed = false;
            for (name, value) in fields {
                changed |= if TEXTS.contains(&name.as_str()) {
                    erase(value)
                } else if FREE.contains(&name.as_str()) {
                    empty(value)
                } else {
                    texts(value)
                };
            }
            changed
        }
        Value::Array(values) => values.iter_mut().fold(false, |changed, value| texts(value) | changed),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// The value of a field that holds a text, several texts, or, under the same name elsewhere, something else.
fn erase(value: &mut Value) -> bool {
    if let Value::String(text) = value {
        let changes = text != ERASED && !text.is_empty();
        if changes {
            ERASED.clone_into(text);
        }
        return changes;
    }
    if let Value::Array(values) = value
        && values.iter().any(Value::is_string)
    {
        return values.iter_mut().fold(false, |changed, value| erase(value) | changed);
    }
    texts(value)
}

fn empty(value: &mut Value) -> bool {
    if let Value::Object(fields) = value {
        let changes = !fields.is_empty();
        fields.clear();
        return changes;
    }
    erase(value)
}

fn person(body: &mut Value, id: &str, pseudonym: &str) -> bool {
    match body {
        Value::String(text) => match renamed(text, id, pseudonym) {
            Some(since) => {
                *text = since;
                true
            }
            None => false,
        },
        Value::Array(values) => {
            values.iter_mut().fold(false, |changed, value| person(value, id, pseudonym) | changed)
        }
        Value::Object(fields) => fields_of(fields, id, pseudonym),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn fields_of(fields: &mut Map<String, Value>, id: &str, pseudonym: &str) -> bool {
    // A doer has an id and a kind; any other id names content, a task or an event.
    let is_doer = fields.contains_key("kind");
    let mut changed = false;
    for (name, value) in &mut *fields {
        if !NAMES.contains(&name.as_str()) && (name != "id" || is_doer) {
            changed |= person(value, id, pseudonym);
        }
    }
    if fields.keys().any(|name| renamed(name, id, pseudonym).is_some()) {
        let with_names = std::mem::take(fields).into_iter();
        *fields =
            with_names.map(|(name, value)| (renamed(&name, id, pseudonym).unwrap_or(name), value)).collect();
        changed = true;
    }
    changed
}

/// The text with a pseudonym for each time the id stands in it as a word; `None` when it does not.
fn renamed(text: &str, id: &str, pseudonym: &str) -> Option<String> {
    if id.is_empty() || !text.contains(id) {
        return None;
    }
    let mut since = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = None;
    let mut changed = false;
    while let Some((head, tail)) = rest.split_once(id) {
        since.push_str(head);
        let alone = !head.chars().next_back().or(before).is_some_and(is_of_names) && ends(tail);
        since.push_str(if alone { pseudonym } else { id });
        changed |= alone;
        before = id.chars().next_back();
        rest = tail;
    }
    since.push_str(rest);
    changed.then_some(since)
}

/// Whether a name ends here: a full stop ends one at the end of a sentence, and not in the middle of `ada.lovelace`.
fn ends(tail: &str) -> bool {
    let mut letters = tail.chars();
    match letters.next() {
        Some('.') => !letters.next().is_some_and(is_of_names),
        Some(letter) => !is_of_names(letter),
        None => true,
    }
}

/// Bytes of no known shape, with a pseudonym wherever the id stands.
fn replaced(bytes: &[u8], id: &[u8], pseudonym: &[u8]) -> Option<Vec<u8>> {
    let mut since = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    let mut changed = false;
    while let Some(first) = rest.first() {
        if let Some(tail) = rest.strip_prefix(id) {
            since.extend_from_slice(pseudonym);
            rest = tail;
            changed = true;
        } else {
            since.push(*first);
            rest = rest.get(1..).unwrap_or_default();
        }
    }
    changed.then_some(since)
}

fn is_of_names(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.' | '@' | '+')
}

#[cfg(test)]
mod tests;
