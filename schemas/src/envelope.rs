//! What stands around every event: CloudEvents 1.0 attributes, in binary mode.
//!
//! The attributes travel as headers and the body as MessagePack beside them, so the body never repeats them.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::{ContentKey, EventId, TaskId, TenantId};
use crate::subject::Subject;
use crate::time::Timestamp;

/// The media type of every body TraceRail writes.
pub const MESSAGEPACK: &str = "application/vnd.msgpack";

/// The attributes of one event.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Envelope {
    /// `ce-id`: what makes the event the same event, wherever it is stored twice.
    pub id: EventId,
    /// The subject it is published on; with the version it makes `ce-type`.
    pub subject: Subject,
    /// The version of the body's shape.
    #[serde(default = "first_version")]
    pub version: u16,
    /// `ce-source`: who says so, for example `tracerail/task` or the content's own source.
    pub source: String,
    /// `ce-subject`: the task's id or the content's key.
    pub about: String,
    /// `ce-time`: when it happened.
    pub time: Timestamp,
    /// The tenant it belongs to.
    pub tenant: TenantId,
    /// `ce-correlationid`: the first event of the story this one belongs to.
    pub correlation_id: EventId,
    /// `ce-causationid`: the event or command that brought it about.
    #[serde(default)]
    pub causation_id: Option<Uuid>,
    /// `ce-traceparent`: the W3C trace it belongs to.
    #[serde(default)]
    pub traceparent: Option<String>,
}

/// An event ready to be stored or sent: the exact bytes that every consumer will see.
#[derive(Clone, PartialEq, Debug)]
pub struct EncodedEvent {
    /// The attributes.
    pub envelope: Envelope,
    /// The body.
    pub data: Vec<u8>,
}

impl Envelope {
    /// The attributes as headers, names in the exact lower case that NATS keeps apart.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            ("ce-specversion", "1.0".to_owned()),
            ("ce-id", self.id.to_string()),
            ("ce-source", percent_encoded(&self.source)),
            ("ce-type", self.event_type()),
            ("ce-subject", percent_encoded(&self.about)),
            ("ce-time", self.time.to_string()),
            ("ce-datacontenttype", MESSAGEPACK.to_owned()),
            ("ce-tenantid", percent_encoded(self.tenant.as_str())),
            ("ce-correlationid", self.correlation_id.to_string()),
        ];
        if let Some(cause) = self.causation_id {
            headers.push(("ce-causationid", cause.to_string()));
        }
        if let Some(trace) = &self.traceparent {
            headers.push(("ce-traceparent", trace.clone()));
            headers.push(("traceparent", trace.clone()));
        }
        headers.push(("content-type", MESSAGEPACK.to_owned()));
        headers
    }

    /// The task it is about: for an event about content, the one this item has or would have.
    pub fn task_id(&self) -> Option<TaskId> {
        if let Ok(id) = self.about.parse() {
            return Some(id);
        }
        let mut parts = self.about.splitn(3, '/');
        let (tenant, source, id) = (parts.next()?, parts.next()?, parts.next()?);
        let key = ContentKey::new(TenantId::new(tenant).ok()?, source, id).ok()?;
        Some(TaskId::of_content(&key))
    }

    /// The CloudEvents type with this event's version.
    pub fn event_type(&self) -> String {
        format!("io.tracerail.{}.v{}", self.subject.as_str(), self.version)
    }
}

const fn first_version() -> u16 {
    1
}

/// CloudEvents' encoding of header values: space, `"`, `%` and everything outside printable ASCII.
fn percent_encoded(text: &str) -> String {
    use std::fmt::Write;
    let plain = |byte: u8| (0x21..=0x7e).contains(&byte) && byte != b'"' && byte != b'%';
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if plain(byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            write!(encoded, "%{byte:02X}").unwrap_or_default();
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_have_the_names_and_encoding_of_cloudevents() {
        let envelope = Envelope {
            id: EventId::from_uuid(Uuid::from_u128(1)),
            subject: Subject::TaskEscalated,
            version: 1,
            source: "tracerail/task".into(),
            about: "Größe 5%".into(),
            time: "2026-11-22T16:20:00Z".parse().unwrap(),
            tenant: TenantId::default(),
            correlation_id: EventId::from_uuid(Uuid::from_u128(2)),
            causation_id: None,
            traceparent: None,
        };
        let headers = envelope.headers();
        let value =
            |name: &str| headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str());
        assert_eq!(value("ce-type"), Some("io.tracerail.task.escalated.v1"));
        assert_eq!(value("ce-subject"), Some("Gr%C3%B6%C3%9Fe%205%25"));
        assert_eq!(value("ce-causationid"), None);
        assert_eq!(value("content-type"), Some(MESSAGEPACK));
    }
}
