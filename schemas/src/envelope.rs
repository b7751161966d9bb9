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

/// What stands in for attributes that a publisher left out.
#[derive(Clone, PartialEq, Debug)]
pub struct Filling {
    /// The event's id.
    pub id: EventId,
    /// Who says so.
    pub source: String,
    /// When it happened.
    pub time: Timestamp,
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
    /// The names of all headers that are written or read; a message may have others.
    pub const HEADERS: [&str; 13] = [
        "ce-specversion",
        "ce-id",
        "ce-source",
        "ce-type",
        "ce-subject",
        "ce-time",
        "ce-datacontenttype",
        "ce-tenantid",
        "ce-correlationid",
        "ce-causationid",
        "ce-traceparent",
        "traceparent",
        "content-type",
    ];

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

    /// Reads the attributes from headers. What is not there, or cannot be read, is taken from what `fill` makes;
    /// an own id that is no UUID gives one that is the same whenever this source sends it again. Of the type, `otherwise` is
    /// the subject when none of TraceRail's is named.
    pub fn from_headers<'a>(
        get: impl Fn(&str) -> Option<&'a str>,
        otherwise: Subject,
        fill: impl Fn() -> Filling,
    ) -> Self {
        let text = |name: &str| get(name).and_then(percent_decoded).filter(|text| !text.is_empty());
        let (subject, version) =
            get("ce-type").and_then(Subject::from_event_type).unwrap_or((otherwise, first_version()));
        let source = text("ce-source").unwrap_or_else(|| fill().source);
        let id = match get("ce-id") {
            Some(given) => given.parse().unwrap_or_else(|_| EventId::of_foreign(&source, given)),
            None => fill().id,
        };
        Self {
            id,
            subject,
            version,
            source,
            about: text("ce-subject").unwrap_or_else(|| id.to_string()),
            time: get("ce-time").and_then(|time| time.parse().ok()).unwrap_or_else(|| fill().time),
            tenant: text("ce-tenantid").and_then(|tenant| TenantId::new(tenant).ok()).unwrap_or_default(),
            correlation_id: get("ce-correlationid").and_then(|id| id.parse().ok()).unwrap_or(id),
            causation_id: get("ce-causationid").and_then(|id| id.parse().ok()),
            traceparent: get("ce-traceparent").or_else(|| get("traceparent")).map(str::to_owned),
        }
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

/// The text of a header value; `None` if it is none.
fn percent_decoded(value: &str) -> Option<String> {
    if !value.contains('%') {
        return Some(value.to_owned());
    }
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((plain, encoded)) = rest.split_once('%') {
        bytes.extend_from_slice(plain.as_bytes());
        bytes.push(u8::from_str_radix(encoded.get(..2)?, 16).ok()?);
        rest = encoded.get(2..)?;
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).ok()
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
    fn read(headers: &[(&str, String)]) -> Envelope {
        let get = |name: &str| headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str());
        let filling = || Filling {
            id: EventId::from_uuid(Uuid::from_u128(7)),
            source: "bus".into(),
            time: "2026-11-22T16:20:00Z".parse().unwrap(),
        };
        Envelope::from_headers(get, Subject::ContentSubmitted, filling)
    }

    #[test]
    fn headers_read_back() {
        let envelope = Envelope {
            id: EventId::from_uuid(Uuid::from_u128(1)),
            subject: Subject::TaskEscalated,
            version: 2,
            source: "tracerail/task".into(),
            about: "Größe 5%".into(),
            time: "2026-11-22T16:20:00.000001Z".parse().unwrap(),
            tenant: TenantId::new("acme & söhne").unwrap(),
            correlation_id: EventId::from_uuid(Uuid::from_u128(2)),
            causation_id: Some(Uuid::from_u128(3)),
            traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
        };
        assert_eq!(read(&envelope.headers()), envelope);
        let names: Vec<_> = envelope.headers().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, Envelope::HEADERS, "this one has all of them");
    }

    #[test]
    fn what_is_missing_or_unreadable_is_filled_in() {
        let bare = read(&[]);
        assert_eq!((bare.id.uuid(), bare.source.as_str()), (Uuid::from_u128(7), "bus"));
        assert_eq!((bare.subject, bare.version), (Subject::ContentSubmitted, 1));
        assert_eq!((bare.about, bare.correlation_id), (bare.id.to_string(), bare.id));
        assert_eq!(
            (bare.tenant, bare.time.to_string()),
            (TenantId::default(), "2026-11-22T16:20:00Z".into())
        );
        let bad = [
            ("ce-time", "tomorrow"),
            ("ce-tenantid", "%zz"),
            ("ce-type", "com.acme.order"),
            ("ce-source", "%f"),
        ];
        let bad = read(&bad.map(|(name, value)| (name, value.to_owned())));
        assert_eq!(bad, read(&[]));
    }

    #[test]
    fn an_own_id_that_is_no_uuid_gives_the_same_id_each_time_for_its_source() {
        let id = |source: &str, id: &str| read(&[("ce-source", source.into()), ("ce-id", id.into())]).id;
        assert_eq!(id("shop", "order-1"), id("shop", "order-1"));
        assert_ne!(id("shop", "order-1"), id("shop", "order-2"));
        assert_ne!(id("shop", "order-1"), id("till", "order-1"));
    }
}
