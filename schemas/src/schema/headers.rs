//! The headers: CloudEvents in binary mode, names in exact lower case (NATS tells cases apart).

use schemars::{Schema, json_schema};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::envelope::{Envelope, MESSAGEPACK};
use crate::ids::{EventId, TaskId, TenantId};
use crate::subject::Subject;
use crate::time::Timestamp;

/// The media type of bodies in JSON, which TraceRail reads and never writes.
pub(super) const JSON: &str = "application/json";

/// As TraceRail writes them.
pub(super) fn written() -> Schema {
    let optional = ["ce-causationid", "ce-traceparent", "traceparent"];
    let properties = properties(&json!({"type": "string", "const": MESSAGEPACK}));
    let required: Vec<_> =
        properties.keys().filter(|name| !optional.contains(&name.as_str())).cloned().collect();
    json_schema!({"type": "object", "required": required, "properties": properties})
}

/// As TraceRail reads them: what is missing is filled in.
pub(super) fn read() -> Schema {
    json_schema!({"type": "object", "properties": properties(&json!({"type": "string", "enum": [MESSAGEPACK, JSON]}))})
}

/// The headers of one event of this subject, all that there can be.
pub(super) fn sample(subject: Subject, media_type: &str) -> Value {
    let id = EventId::consequence(Uuid::nil(), 1);
    let envelope = Envelope {
        id,
        subject,
        version: 1,
        source: "tracerail".to_owned(),
        about: about(subject),
        time: Timestamp::from_micros(1_795_364_400_250_001),
        tenant: TenantId::default(),
        correlation_id: EventId::consequence(Uuid::nil(), 0),
        causation_id: Some(EventId::consequence(Uuid::nil(), 0).uuid()),
        traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
    };
    let mut headers: Map<_, _> =
        envelope.headers().into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    for name in ["content-type", "ce-datacontenttype"] {
        headers.insert(name.to_owned(), media_type.into());
    }
    headers.insert("Nats-Msg-Id".to_owned(), id.to_string().into());
    Value::Object(headers)
}

fn about(subject: Subject) -> String {
    if subject.as_str().starts_with("content.") {
        "default/helpdesk/ticket-4711".to_owned()
    } else {
        TaskId::from_uuid(Uuid::from_u128(0x0199_e2c4_6d1f_7c3e_9a55_0f6f_6f0b_2a10)).to_string()
    }
}

fn properties(media_type: &Value) -> Map<String, Value> {
    let text = |about: &str| json!({"type": "string", "minLength": 1, "description": about});
    let uuid = |about: &str| json!({"type": "string", "format": "uuid", "description": about});
    let trace = json!({
        "type": "string", "pattern": "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$",
        "description": "The W3C trace context the event belongs to.",
    });
    let all = [
        ("ce-specversion", json!({"type": "string", "const": "1.0"})),
        ("ce-id", uuid("What makes the event the same event, wherever it is stored twice: dedupe by it.")),
        ("ce-source", text("Who says so: a part of TraceRail, or the content's own source.")),
        (
            "ce-type",
            json!({
                "type": "string", "pattern": "^io\\.tracerail\\.[a-z_.]+\\.v[0-9]+$",
                "description": "The subject and the version of the body's shape.",
            }),
        ),
        ("ce-subject", text("What it is about: the task's id, or the content's TENANT/SOURCE/ID.")),
        ("ce-time", json!({"type": "string", "format": "date-time", "description": "When it happened."})),
        ("ce-datacontenttype", media_type.clone()),
        ("ce-tenantid", text("The tenant it belongs to.")),
        ("ce-correlationid", uuid("The first event of the story this one belongs to.")),
        ("ce-causationid", uuid("The event or command that brought it about.")),
        ("ce-traceparent", trace.clone()),
        ("traceparent", trace),
        ("content-type", media_type.clone()),
        ("Nats-Msg-Id", text("The same as `ce-id`: NATS drops a second one within the duplicate window.")),
    ];
    all.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}
