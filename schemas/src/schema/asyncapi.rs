//! The bus as one `AsyncAPI` 3 document: a channel a subject, and who sends what on it.
//!
//! It describes TraceRail: it `receive`s what others send, and `send`s what they can listen to.

use serde_json::{Map, Value, json};

use super::Shape;
use super::messages::{self, Media};
use crate::subject::{COMMAND_REQUESTS as REQUESTS, Subject, dead_letters_of};
use crate::task::CommandKind;

/// The channel of their answers.
const ANSWERS: &str = "command_answers";
/// The channel of dead letters.
const DEAD_LETTERS: &str = "dlq";
/// The message that answers a command.
const ANSWER: &str = Shape::CommandAnswer.name();
/// The message of a dead letter.
const DEAD_LETTER: &str = Shape::DeadLetter.name();

/// The document. `actors` are those that can have dead letters.
pub fn asyncapi(actors: &[&str]) -> Value {
    let (messages, schemas) = messages::all();
    json!({
        "asyncapi": "3.0.0",
        "id": "urn:tracerail:events",
        "info": {
            "title": "TraceRail",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": {"name": "MIT OR Apache-2.0"},
        },
        "defaultContentType": Media::MessagePack.as_str(),
        "servers": {"nats": {
            "host": "127.0.0.1:4222",
            "protocol": "nats",
            "description": "NATS with JetStream. Each user may publish and read only what is theirs.",
        }},
        "channels": channels(actors),
        "operations": operations(),
        "components": {"messages": messages, "schemas": schemas},
    })
}

const ABOUT: &str = "People in the loop of AI work: content comes in, policy routes it, people work tasks under an SLA, and every \
item has one end.\n\nEvents are CloudEvents 1.0 in binary mode: attributes are headers, named in exact lower case, and the body is \
a MessagePack map with named fields. What is sent to TraceRail may be JSON as well, and may lack headers. Deliveries can repeat: \
dedupe by `ce-id`. Ignore fields you do not know; a value you do not know was written by a newer version.\n\nWith the \
configuration `nats.subject_prefix: acme` every address begins with `acme.`.";

fn channels(actors: &[&str]) -> Map<String, Value> {
    let mut channels: Map<_, _> =
        subjects().map(|subject| (subject.as_str().to_owned(), channel(subject))).collect();
    let commands: Map<_, _> = commands().flat_map(references).collect();
    channels.insert(
        REQUESTS.into(),
        json!({
            "address": REQUESTS,
            "description": "Commands as NATS requests, answered when they have taken effect or were refused.",
            "messages": commands,
        }),
    );
    channels.insert(
        ANSWERS.into(),
        json!({
            "address": null,
            "description": "The inbox that the request names.",
            "messages": {ANSWER: reference("components/messages", ANSWER)},
        }),
    );
    channels.insert(DEAD_LETTERS.into(), json!({
        "address": dead_letters_of("{actor}"),
        "description": "Events an actor could not handle. They wait to be replayed or discarded: `tracerail dlq`.",
        "parameters": {"actor": {"description": "The actor that could not handle it.", "enum": actors}},
        "messages": {DEAD_LETTER: reference("components/messages", DEAD_LETTER)},
    }));
    channels
}

fn channel(subject: Subject) -> Value {
    json!({
        "address": subject.as_str(),
        "description": Shape::Body(subject).about(),
        "messages": references(subject).into_iter().collect::<Map<_, _>>(),
    })
}

fn operations() -> Map<String, Value> {
    let mut operations: Map<_, _> = subjects().map(operation).collect();
    let names: Vec<String> = commands().flat_map(references).map(|(name, _)| name).collect();
    operations.insert(
        "answer.command".into(),
        json!({
            "action": "receive",
            "summary": "Answer a command.",
            "channel": reference("channels", REQUESTS),
            "messages": of_channel(REQUESTS, &names),
            "bindings": {"nats": {"queue": "task"}},
            "reply": {
                "channel": reference("channels", ANSWERS),
                "messages": of_channel(ANSWERS, &[ANSWER.to_owned()]),
            },
        }),
    );
    operations.insert(
        "send.dead_letter".into(),
        json!({
            "action": "send",
            "summary": "Keep an event that could not be handled.",
            "channel": reference("channels", DEAD_LETTERS),
            "messages": of_channel(DEAD_LETTERS, &[DEAD_LETTER.to_owned()]),
        }),
    );
    operations
}

fn operation(subject: Subject) -> (String, Value) {
    let name = subject.as_str();
    let action = if messages::is_for_tracerail(subject) { "receive" } else { "send" };
    let messages: Vec<String> = references(subject).into_iter().map(|(name, _)| name).collect();
    let operation = json!({
        "action": action,
        "summary": Shape::Body(subject).about(),
        "channel": reference("channels", name),
        "messages": of_channel(name, &messages),
    });
    (format!("{action}.{name}"), operation)
}

fn subjects() -> impl Iterator<Item = Subject> {
    Subject::ALL.iter().copied().chain(commands())
}

fn commands() -> impl Iterator<Item = Subject> {
    CommandKind::ALL.iter().map(|kind| Subject::TaskCommand(*kind))
}

/// The messages of a subject, one a media type.
fn references(subject: Subject) -> Vec<(String, Value)> {
    let media = messages::media(subject);
    media
        .iter()
        .map(|media| messages::name(subject, *media))
        .map(|name| (name.clone(), reference("components/messages", &name)))
        .collect()
}

fn of_channel(channel: &str, messages: &[String]) -> Vec<Value> {
    messages.iter().map(|name| json!({"$ref": format!("#/channels/{channel}/messages/{name}")})).collect()
}

fn reference(to: &str, name: &str) -> Value {
    json!({"$ref": format!("#/{to}/{name}")})
}
