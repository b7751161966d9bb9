//! Events of the log: as lines for people, as CloudEvents in JSON for programs.

use serde_json::{Value, json};
use tracerail_actors::port::LoggedEvent;
use tracerail_schemas::Event;
use tracerail_schemas::codec::{Limits, decode};

use super::clean::clean_line;
use super::story::tell;
use super::when::exact;

/// The event in CloudEvents' JSON format, with its place in the log.
pub(crate) fn json_of(logged: &LoggedEvent) -> Value {
    let envelope = &logged.event.envelope;
    // Whoever publishes may write JSON; what it is shows in the first byte.
    let data: Value = decode(&logged.event.data, &unlimited()).unwrap_or(Value::Null);
    json!({
        "position": logged.position.to_string(),
        "specversion": "1.0",
        "id": envelope.id,
        "type": envelope.event_type(),
        "source": envelope.source,
        "subject": envelope.about,
        "time": envelope.time,
        "datacontenttype": "application/json",
        "tenantid": envelope.tenant,
        "correlationid": envelope.correlation_id,
        "causationid": envelope.causation_id,
        "traceparent": envelope.traceparent,
        "data": data,
    })
}

/// When, who, what: the line of a trail.
pub(crate) fn row_of(logged: &LoggedEvent) -> Vec<String> {
    let envelope = &logged.event.envelope;
    let (who, what) = words(logged);
    vec![exact(envelope.time), envelope.subject.to_string(), who, what]
}

/// The line of `watch`.
pub(crate) fn line_of(logged: &LoggedEvent) -> String {
    let envelope = &logged.event.envelope;
    let (who, what) = words(logged);
    let about = clean_line(&envelope.about, 44);
    let said = clean_line(&format!("{who}: {what}"), 200);
    format!(
        "{:>7}  {}  {:<24} {about}  {said}",
        logged.position.to_string(),
        exact(envelope.time),
        envelope.subject
    )
}

fn words(logged: &LoggedEvent) -> (String, String) {
    match Event::decode(logged.event.envelope.subject, &logged.event.data, &unlimited()) {
        Ok(event) => tell(&event),
        Err(error) => ("?".to_owned(), format!("cannot be read: {}", error.full())),
    }
}

/// What stands in the log was inside the limits when it was written, and the whole state of a task comes on top.
fn unlimited() -> Limits {
    Limits { payload_bytes_max: usize::MAX, depth_max: 128, values_max: usize::MAX }
}
