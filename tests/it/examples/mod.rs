//! The examples in other languages do what they say. All they get is the address of a NATS server, and a user who may do
//! just that.

mod beside;
mod bus;
mod example;

use serde_json::{Value, json};
use tracerail_schemas::codec::{self, Limits};
use tracerail_schemas::event::ContentSubmitted;
use tracerail_schemas::ids::{EventId, TenantId};
use tracerail_schemas::{Envelope, Subject};
use tracerail_testkit::servers::{Nats, NatsOptions};
use uuid::Uuid;

use bus::{Bus, Headers};
use example::{Example, LANGUAGES};

const GOLDEN: &[u8] = include_bytes!("../../../schemas/golden/task.escalated.v1.msgpack");

#[test]
fn what_they_publish_is_content_and_a_repetition_changes_nothing() {
    let server = server();
    let mut bus = Bus::connect(&server.url());
    bus.stream("content_submitted", &[Subject::ContentSubmitted]);
    for language in LANGUAGES {
        for form in [None, Some("--json")] {
            let id = format!("ticket{}", form.unwrap_or_default());
            let mut args = vec!["The grinder is broken.", "--count", "2", "--id", &id];
            args.extend(form);
            for _ in 0..2 {
                let told = Example::new(language, "publish", &server.url()).run(&args);
                assert_eq!(told.lines(), [format!("{id}-1"), format!("{id}-2")], "{language}: {told:?}");
            }
        }
    }
    let published = bus.stored("content_submitted");
    assert_eq!(published.len(), 8, "two languages, two forms, two items");
    for (headers, body) in &published {
        let content: ContentSubmitted = codec::decode(body, &Limits::default()).unwrap();
        assert_eq!(content.content, "The grinder is broken.");
        let (key, _) = content.admit("fallback", 1_000).unwrap();
        assert_eq!(headers["Nats-Msg-Id"], format!("{}/{}", key.source, key.id));
        let media_type =
            if key.id.contains("--json") { "application/json" } else { "application/vnd.msgpack" };
        assert_eq!(headers["content-type"], media_type);
        assert_eq!(
            body.first() == Some(&b'{'),
            key.id.contains("--json"),
            "the body is what the header says"
        );
    }
}

#[test]
fn a_line_of_json_without_headers_is_content() {
    let server = server();
    let mut bus = Bus::connect(&server.url());
    bus.stream("content_submitted", &[Subject::ContentSubmitted]);
    // What `nats pub content.submitted '...'` sends, as examples/README.md shows it.
    let readme = include_str!("../../../examples/README.md");
    let line = readme.lines().find_map(|line| line.strip_prefix("nats pub content.submitted '")).unwrap();
    bus.publish("content.submitted", &Headers::new(), line.trim_end_matches('\'').as_bytes());
    let (_, body) = bus.stored("content_submitted").remove(0);
    let content: ContentSubmitted = codec::decode(&body, &Limits::default()).unwrap();
    assert!(content.admit("fallback", 1_000).is_ok());
}

#[test]
fn they_handle_each_escalation_once_and_leave_what_they_do_not_understand() {
    let server = server();
    let mut bus = Bus::connect(&server.url());
    bus.stream("task_events", &[Subject::TaskEscalated, Subject::TaskCompleted]);
    let mut broken: Value = codec::decode_own(GOLDEN).unwrap();
    broken["detail"]["level"] = json!("one");
    let broken = codec::encode(&broken).unwrap();
    escalated(&mut bus, 1, "first", GOLDEN);
    escalated(&mut bus, 1, "the same once more", GOLDEN);
    escalated(&mut bus, 2, "broken", &broken);
    escalated(&mut bus, 3, "second", GOLDEN);
    for language in LANGUAGES {
        let told = Example::new(language, "escalations", &server.url()).run(&["--count", "2"]);
        assert_eq!(told.lines(), [line(1), line(3)], "{language}: {told:?}");
        let complaint = told.stderr.lines().next().unwrap_or_default();
        assert!(complaint.starts_with(&id(2).to_string()), "{language}: {told:?}");
        assert!(complaint.contains("level"), "{language}: {told:?}");
        let left = bus.unacknowledged("task_events", &format!("escalations-{language}"));
        assert_eq!(left, 1, "{language} keeps the one it does not understand, and nothing else");
    }
    escalated(&mut bus, 4, "later", GOLDEN);
    for language in LANGUAGES {
        let told = Example::new(language, "escalations", &server.url()).run(&["--count", "1"]);
        assert_eq!(told.lines(), [line(4)], "{language} goes on where it was: {told:?}");
    }
}

fn server() -> Nats {
    Nats::start(NatsOptions { shipped: true, ..NatsOptions::default() })
}

/// Publishes a body as `task.escalated` the way TraceRail does.
fn escalated(bus: &mut Bus, number: u128, delivery: &str, body: &[u8]) {
    let envelope = Envelope {
        id: id(number),
        subject: Subject::TaskEscalated,
        version: 1,
        source: "tracerail/escalation".into(),
        about: "0199e2c4-6d1f-7c3e-9a55-0f6f6f0b2a10".into(),
        time: "2026-11-22T16:20:00Z".parse().unwrap(),
        tenant: TenantId::default(),
        correlation_id: id(100),
        causation_id: None,
        traceparent: None,
    };
    let headers = envelope.headers().into_iter().map(|(name, value)| (name.to_owned(), value));
    // Beyond the duplicate window a stream can hold an event twice: here another message id stands for the time.
    let headers = headers.chain([("Nats-Msg-Id".to_owned(), delivery.to_owned())]).collect();
    bus.publish("task.escalated", &headers, body);
}

fn id(number: u128) -> EventId {
    EventId::from_uuid(Uuid::from_u128(number))
}

/// What an example prints of the golden event.
fn line(number: u128) -> Value {
    json!({
        "id": id(number), "task": "0199e2c4-6d1f-7c3e-9a55-0f6f6f0b2a10", "level": 1,
        "reason": "the deadline of level 1 passed", "tell": ["lea", "support"],
    })
}
