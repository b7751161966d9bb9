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
    "escalation_policy",
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
    "next",
    "notify_groups",
    "notify_users",
    "offered_at",
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
        for written in ["invoice.", "money", "lawyer", "receipt", "called", "Größe", "customer", "delegated"]
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

#[test]
fn what_a_body_was_is_noted_once() {
    let told_body = encode(&json!({"reason": "ugly"})).unwrap();
    let mut body = json!({"reason": ERASED});
    note(body.as_object_mut().unwrap(), &told_body);
    let once = encode(&body).unwrap();
    assert_eq!(told(&told_body), (hash::of(&told_body), false));
    assert_eq!(told(&once), (hash::of(&told_body), true));
    note(body.as_object_mut().unwrap(), &once);
    assert_eq!(encode(&body).unwrap(), once);
    // Somebody's text about the field is no note.
    let text = encode(&json!({"reason": "erased_body_hash"})).unwrap();
    assert_eq!(told(&text), (hash::of(&text), false));
}

/// A publisher may write texts as bytes, or leave the names of the fields out: it is taken in all the same.
#[test]
fn what_is_left_of_a_submission_is_one_however_it_was_written() {
    let bytes = [b"\x82\xa2id\xa11\xa7content".as_slice(), b"\xc4\x14Ask ada. She knows!!"].concat();
    let positional = rmp_serde::to_vec(&("1", None::<&str>, "default", "Ask ada. She knows!!")).unwrap();
    for body in [bytes, positional] {
        let whole = Event::decode(Subject::ContentSubmitted, &body, &Limits::default());
        assert!(whole.is_ok(), "{whole:?}");
        for (redaction, left) in [
            (Redaction::Texts, ERASED),
            (Redaction::Person { id: "ada", pseudonym: "erased-1" }, "Ask erased-1. She knows!!"),
        ] {
            let since = redaction.body(&body).unwrap().unwrap();
            let Ok(Event::ContentSubmitted(read)) =
                Event::decode(Subject::ContentSubmitted, &since, &Limits::default())
            else {
                panic!("{since:?}")
            };
            assert_eq!((read.id.as_deref(), read.content.as_str()), (Some("1"), left));
            assert_eq!(told(&since), (hash::of(&body), true));
            assert_eq!(redaction.body(&since).unwrap(), None, "once is enough");
        }
    }
}
