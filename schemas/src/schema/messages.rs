//! The messages of the `AsyncAPI` document: a body, its headers, its media type, and an example of all three.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::{Shape, body, headers};
use crate::envelope::MESSAGEPACK;
use crate::subject::Subject;

/// The headers of what TraceRail reads.
const HEADERS_READ: &str = "headers_read";
/// The headers of what it writes.
const HEADERS_WRITTEN: &str = "headers_written";

/// How a body is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    MessagePack,
    Json,
}

impl Media {
    /// The media type.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::MessagePack => MESSAGEPACK,
            Self::Json => headers::JSON,
        }
    }
}

/// Whether others send it and TraceRail reads it.
pub(super) fn is_for_tracerail(subject: Subject) -> bool {
    matches!(subject, Subject::ContentSubmitted | Subject::TaskCommand(_))
}

/// How the bodies of a subject may be written. TraceRail itself writes `MessagePack` only.
pub(super) fn media(subject: Subject) -> &'static [Media] {
    if is_for_tracerail(subject) { &[Media::MessagePack, Media::Json] } else { &[Media::MessagePack] }
}

/// The name of a message.
pub(super) fn name(subject: Subject, media: Media) -> String {
    match media {
        Media::MessagePack => subject.as_str().to_owned(),
        Media::Json => format!("{subject}.json"),
    }
}

/// All messages, and the schemas they refer to.
pub(super) fn all() -> (Map<String, Value>, Map<String, Value>) {
    let mut generator = body::settings(SchemaSettings::draft07())
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .into_generator();
    let (mut messages, mut bodies) = (Map::new(), Map::new());
    for shape in Shape::all() {
        match shape {
            Shape::Body(subject) => messages.extend(of_subject(subject)),
            Shape::CommandAnswer | Shape::DeadLetter => {
                messages.insert(shape.name().to_owned(), bare(shape));
            }
            Shape::Headers => continue,
        }
        bodies.insert(shape.name().to_owned(), body::of(shape, &mut generator).to_value());
    }
    let mut schemas = body::used(generator.take_definitions(true), &json!(bodies));
    schemas.extend(bodies);
    schemas.insert(HEADERS_READ.into(), headers::read().to_value());
    schemas.insert(HEADERS_WRITTEN.into(), headers::written().to_value());
    (messages, schemas)
}

fn of_subject(subject: Subject) -> Vec<(String, Value)> {
    let shape = Shape::Body(subject);
    let headers = if is_for_tracerail(subject) { HEADERS_READ } else { HEADERS_WRITTEN };
    let message = |media: &Media| {
        let message = json!({
            "name": subject.event_type(),
            "title": shape.name(),
            "summary": shape.about(),
            "contentType": media.as_str(),
            "headers": schema_of(headers),
            "correlationId": {"location": "$message.header#/ce-correlationid"},
            "payload": schema_of(shape.name()),
            "examples": [{"headers": headers::sample(subject, media.as_str()), "payload": shape.sample()}],
        });
        (name(subject, *media), message)
    };
    media(subject).iter().map(message).collect()
}

/// A message without headers.
fn bare(shape: Shape) -> Value {
    json!({
        "name": shape.name(),
        "title": shape.name(),
        "summary": shape.about(),
        "contentType": Media::MessagePack.as_str(),
        "payload": schema_of(shape.name()),
        "examples": [{"payload": shape.sample()}],
    })
}

fn schema_of(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}
