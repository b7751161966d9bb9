//! Takes what is personal out of a body, and leaves what happened.
//!
//! Two ways: `Redaction::Texts` is for everything about one content item, and takes out every text that somebody wrote or that quotes what
//! somebody wrote; `Redaction::Person` puts a pseudonym wherever a person is named. Ids, times, versions, statuses and names of groups
//! stay, so that what is left can be read as before, and tells the same story.
//!
//! It works on field names, not on types, so that bodies of every version can be redacted. A test holds the names against the golden
//! bodies: a field that nobody has thought about fails it.

use serde_json::{Map, Value};

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

impl Redaction<'_> {
    /// Takes it out of a body; whether anything changed.
    pub fn apply(self, body: &mut Value) -> bool {
        match self {
            Self::Texts => texts(body),
            Self::Person { id, pseudonym } => person(body, id, pseudonym),
        }
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

fn is_of_names(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.' | '@' | '+')
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use serde_json::json;

    use super::*;
    use crate::codec::{Limits, encode};
    use crate::{Event, Subject};

    /// Fields with a text that stays: ids, times, words of closed sets, names of groups, rules, models and policies.
    const KEPT: &[&str] = &[
        "action",
        "actor",
        "analyst",
        "assigned_at",
        "assignee",
        "assignee_id",
        "assignee_pool",
        "assignment_reason",
        "at",
        "candidate_groups",
        "candidate_users",
        "closed_at",
        "code",
        "command_id",
        "completed_at",
        "content_type",
        "correlation_id",
        "created_at",
        "decision",
        "due_at",
        "engine",
        "engine_version",
        "event_id",
        "fired_at",
        "follow_up_at",
        "hash",
        "how",
        "id",
        "kind",
        "language",
        "legal_commands",
        "matched_rule",
        "model",
        "notify_groups",
        "notify_users",
        "outcome",
        "payload_hash",
        "policy",
        "previous_assignee",
        "previous_status",
        "priority",
        "prompt_version",
        "proposed",
        "provider",
        "running_since",
        "sentiment",
        "skills_required",
        "source",
        "started_at",
        "status",
        "subject",
        "submitted_at",
        "submitted_id",
        "suggested_assignee",
        "suspended_from",
        "suspended_until",
        "task_id",
        "task_type",
        "tenant",
        "to",
        "traceparent",
        "trail",
        "trigger",
        "until",
        "verb",
    ];

    fn golden() -> Vec<(String, Value)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let bodies = files.filter(|path| path.extension().is_some_and(|end| end == "json")).map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
        });
        bodies.collect()
    }

    /// The names of the fields that hold a text, free forms left out.
    fn named(value: &Value, name: &str, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields.iter().filter(|(name, _)| !FREE.contains(&name.as_str())) {
                    named(value, name, found);
                }
            }
            Value::Array(values) => values.iter().for_each(|value| named(value, name, found)),
            Value::String(_) => drop(found.insert(name.to_owned())),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    #[test]
    fn every_field_with_a_text_goes_or_stays_on_purpose() {
        let mut found = BTreeSet::new();
        for (_, body) in golden() {
            named(&body, "", &mut found);
        }
        let unknown: Vec<_> = found
            .iter()
            .filter(|name| !TEXTS.contains(&name.as_str()) && !KEPT.contains(&name.as_str()))
            .collect();
        assert!(unknown.is_empty(), "can these hold what somebody wrote? {unknown:?}");
        assert!(found.contains("evidence") && found.contains("review_comments"));
    }

    #[test]
    fn what_is_left_of_every_event_can_still_be_read() {
        let mut events = 0;
        for (name, body) in golden() {
            let Ok(subject) = name.trim_end_matches(".v1.json").parse::<Subject>() else { continue };
            for redaction in [Redaction::Texts, Redaction::Person { id: "ann", pseudonym: "erased-0" }] {
                let mut body = body.clone();
                redaction.apply(&mut body);
                let bytes = encode(&body).unwrap();
                let read = Event::decode(subject, &bytes, &Limits::default());
                assert!(read.is_ok(), "{subject} {redaction:?}: {read:?}");
                assert!(!redaction.apply(&mut body), "{subject}: once is enough");
            }
            events += 1;
        }
        assert!(events > Subject::ALL.len(), "{events} events and commands");
    }

    #[test]
    fn texts_go_and_the_story_stays() {
        for (name, mut body) in golden() {
            Redaction::Texts.apply(&mut body);
            let text = body.to_string();
            for written in
                ["invoice.", "money", "lawyer", "receipt", "called", "Größe", "customer", "delegated"]
            {
                assert!(!text.contains(written), "{name}: {written} in {text}");
            }
        }
        let mut body =
            json!({"content": {"tenant": "t", "source": "s", "id": "1"}, "version": 3, "reason": "ugly"});
        Redaction::Texts.apply(&mut body);
        let left =
            json!({"content": {"tenant": "t", "source": "s", "id": "1"}, "version": 3, "reason": "[erased]"});
        assert_eq!(body, left);
    }

    #[test]
    fn a_person_goes_wherever_they_stand_as_a_word() {
        let redaction = Redaction::Person { id: "ada", pseudonym: "erased-1" };
        for (text, since) in [
            ("ada", Some("erased-1")),
            ("delegated by ada.", Some("delegated by erased-1.")),
            ("ada, ada and adam", Some("erased-1, erased-1 and adam")),
            ("ada.lovelace", None),
            ("granada", None),
            ("not ada@example.org", None),
        ] {
            assert_eq!(redaction.text(text).as_deref(), since, "{text}");
        }
        let mut body = json!({
            "by": {"kind": "user", "id": "ada"}, "content": {"tenant": "ada", "source": "ada", "id": "ada"},
            "passed_over": {"ada": "away", "bob": "asked ada"}, "version": 1,
        });
        assert!(redaction.apply(&mut body));
        let left = json!({
            "by": {"kind": "user", "id": "erased-1"}, "content": {"tenant": "ada", "source": "ada", "id": "ada"},
            "passed_over": {"erased-1": "away", "bob": "asked erased-1"}, "version": 1,
        });
        assert_eq!(body, left);
    }
}
