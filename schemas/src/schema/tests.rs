//! Schemas and codec agree: on the golden files, and on every small change of them.

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::{Value, json};

use super::{Shape, asyncapi};
use crate::codec::{self, Limits};
use crate::dead_letter::DeadLetter;
use crate::event::Event;
use crate::subject::Subject;
use crate::task::CommandAnswer;

/// A schema, ready to be asked.
struct Judge {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Judge {
    fn of(schema: Value) -> Self {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource("memory:schema", schema).unwrap();
        let index = compiler.compile("memory:schema", &mut schemas).unwrap();
        Self { schemas, index }
    }

    fn accepts(&self, value: &Value) -> bool {
        self.schemas.validate(value, self.index).is_ok()
    }

    fn refusal(&self, value: &Value) -> Option<String> {
        self.schemas.validate(value, self.index).err().map(|error| format!("{error:#}"))
    }
}

#[test]
fn golden_bodies_fit_their_schemas() {
    for shape in Shape::all() {
        let refusal = Judge::of(shape.schema()).refusal(&shape.sample());
        assert_eq!(refusal, None, "{}", shape.name());
    }
}

#[test]
fn a_body_the_codec_refuses_is_refused_by_its_schema() {
    let (mut accepted, mut refused, mut differences) = (0, 0, Vec::new());
    for shape in Shape::all().into_iter().filter(|shape| *shape != Shape::Headers) {
        let judge = Judge::of(shape.schema());
        // The state of a task is the same in all its events; two of them stand for all.
        let is_looked_at = |change: &Change| {
            !change.place.starts_with("/state/")
                || matches!(shape, Shape::Body(Subject::TaskEscalated | Subject::TaskSnapshot))
        };
        for change in changes(&shape.sample()).into_iter().filter(is_looked_at) {
            let read = read(shape, &change.body);
            let fits = judge.accepts(&change.body);
            match (&read, &fits) {
                (Ok(()), true) => accepted += 1,
                (Err(_), false) => refused += 1,
                (Ok(()), false) if change.is_narrower() => refused += 1,
                (Ok(()), false) | (Err(_), true) => differences.push(format!(
                    "{}, {} {}: the codec says {read:?}, the schema {:?}",
                    shape.name(),
                    change.place,
                    change.what,
                    judge.refusal(&change.body)
                )),
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(accepted > 1_000 && refused > 5_000, "{accepted} accepted, {refused} refused");
}

#[test]
fn a_command_fits_the_schema_of_its_own_verb_only() {
    let commands: Vec<_> = Shape::all()
        .into_iter()
        .filter(|shape| matches!(shape, Shape::Body(Subject::TaskCommand(_))))
        .collect();
    for one in &commands {
        let judge = Judge::of(one.schema());
        for other in &commands {
            assert_eq!(
                judge.refusal(&other.sample()).is_none(),
                one == other,
                "{} {}",
                one.name(),
                other.name()
            );
        }
    }
}

#[test]
fn an_event_with_less_than_today_and_more_than_today_fits() {
    let text_alone = json!({"content": "hello"});
    assert_eq!(Judge::of(Shape::Body(Subject::ContentSubmitted).schema()).refusal(&text_alone), None);
    let escalated = Shape::Body(Subject::TaskEscalated);
    let mut newer = escalated.sample();
    newer["state"]["added_later"] = json!({"nested": [1, "two"]});
    newer["detail"].as_object_mut().unwrap().remove("notify_users");
    assert_eq!(Judge::of(escalated.schema()).refusal(&newer), None);
}

#[test]
fn headers_are_checked_by_name() {
    let judge = Judge::of(Shape::Headers.schema());
    for broken in
        [("ce-id", json!(7)), ("ce-type", json!("task.escalated")), ("ce-specversion", json!("0.3"))]
    {
        let mut headers = Shape::Headers.sample();
        headers[broken.0] = broken.1.clone();
        assert!(judge.refusal(&headers).is_some(), "{broken:?}");
    }
    let mut headers = Shape::Headers.sample();
    let id = headers.as_object_mut().unwrap().remove("ce-id").unwrap();
    headers["Ce-Id"] = id;
    assert!(judge.refusal(&headers).is_some(), "another case is another header");
}

#[test]
fn every_shape_says_what_it_is() {
    for shape in Shape::all() {
        assert!(shape.about().ends_with('.'), "{}: {:?}", shape.name(), shape.about());
    }
}

#[test]
fn asyncapi_has_a_channel_for_every_subject_and_no_loose_end() {
    let document = asyncapi(&["llm", "task"]);
    for shape in Shape::all() {
        if let Shape::Body(subject) = shape {
            let channel = &document["channels"][subject.as_str()];
            assert_eq!(channel["address"], json!(subject.as_str()));
            let is_received = matches!(subject, Subject::ContentSubmitted | Subject::TaskCommand(_));
            let action = if is_received { "receive" } else { "send" };
            assert_eq!(document["operations"][format!("{action}.{subject}")]["action"], json!(action));
        }
    }
    assert_eq!(document["channels"]["dlq"]["parameters"]["actor"]["enum"], json!(["llm", "task"]));
    let mut places = Vec::new();
    references(&document, &mut places);
    assert!(places.len() > 100);
    for place in places {
        assert!(document.pointer(&place).is_some(), "{place} leads nowhere");
    }
}

fn references(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            into.extend(
                map.get("$ref").and_then(Value::as_str).map(|place| place.trim_start_matches('#').to_owned()),
            );
            map.values().for_each(|value| references(value, into));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn read(shape: Shape, body: &Value) -> Result<(), String> {
    let bytes = body.to_string().into_bytes();
    let limits = Limits::default();
    let read = match shape {
        Shape::Body(subject) => Event::decode(subject, &bytes, &limits).map(|event| admitted(subject, event)),
        Shape::CommandAnswer => codec::decode::<CommandAnswer>(&bytes, &limits).map(|_| Ok(())),
        Shape::DeadLetter => codec::decode::<DeadLetter>(&bytes, &limits).map(|_| Ok(())),
        Shape::Headers => unreachable!("headers are no body"),
    };
    read.map_err(|error| error.full())?
}

/// What is looked at as soon as a body is read: the verb is that of the subject, and a submission is content.
fn admitted(subject: Subject, event: Event) -> Result<(), String> {
    if event.subject() != subject {
        return Err("another verb".to_owned());
    }
    if let Event::ContentSubmitted(body) = event {
        body.admit("fallback", 1_000).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// A body with one thing changed.
struct Change {
    place: String,
    what: &'static str,
    body: Value,
}

impl Change {
    /// Where the codec reads more than anybody should write: shares beyond 0 to 1, which are refused later, and text for bytes.
    fn is_narrower(&self) -> bool {
        let ends = |name: &str| self.place.ends_with(name);
        ends("/quality_score")
            || ends("/confidence")
            || ends("/complexity")
            || ends("/data") && self.what.ends_with("text")
    }
}

/// The body with each of its values left out, and with each replaced by one value of every kind.
fn changes(body: &Value) -> Vec<Change> {
    let mut places = Vec::new();
    walk(body, String::new(), &mut places);
    let others = [
        ("null", Value::Null),
        ("bool", json!(true)),
        ("negative", json!(-1.5)),
        ("large", json!(1_000_000_000_000_000_u64)),
        ("text", json!("\u{0}")),
        ("no text", json!("")),
        ("array", json!([[]])),
        ("object", json!({"x": {}})),
    ];
    let mut changes = Vec::new();
    for place in places {
        for (what, other) in &others {
            let mut body = body.clone();
            *body.pointer_mut(&place).unwrap() = other.clone();
            changes.push(Change { place: place.clone(), what, body });
        }
        let (parent, key) = place.rsplit_once('/').unwrap();
        let mut body = body.clone();
        if let Some(map) = body.pointer_mut(parent).unwrap().as_object_mut() {
            map.remove(key).unwrap();
            changes.push(Change { place: place.clone(), what: "left out", body });
        }
    }
    changes
}

fn walk(value: &Value, place: String, places: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| walk(value, format!("{place}/{key}"), places));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| walk(item, format!("{place}/{at}"), places));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    if !place.is_empty() {
        places.push(place);
    }
}
