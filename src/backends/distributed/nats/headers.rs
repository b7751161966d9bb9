//! Attributes as NATS headers and back.

use async_nats::header::{NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, NATS_MESSAGE_ID};
use async_nats::{HeaderMap, HeaderName};
use tracerail_schemas::{Envelope, EventId, Filling, Subject, Timestamp};

use super::names::Names;

/// What stands before the headers of the original event on its dead letter.
const ORIGINAL: &str = "original-";
/// The source of what came without one.
const BUS: &str = "bus";

/// Where a message stands: what stands in for attributes that its publisher left out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin<'a> {
    /// The subject without the installation's prefix.
    pub(super) subject: &'a str,
    /// The stream's name.
    pub(super) stream: &'a str,
    /// When the stream was made.
    pub(super) created: Timestamp,
    /// The message's number there.
    pub(super) sequence: u64,
    /// When the server took it.
    pub(super) at: Timestamp,
    /// The subject of an event whose own is not known: one that is handed out again, without headers.
    pub(super) otherwise: Subject,
}

/// The headers of an event.
pub(super) fn of_event(envelope: &Envelope) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in envelope.headers().into_iter().filter(fits) {
        if name == "ce-id" {
            map.insert(NATS_MESSAGE_ID, value.as_str());
        }
        // A static name needs no room of its own.
        map.insert(HeaderName::from_static(name), value);
    }
    map
}

/// Whether a header can be written at all: the client panics at a line break, and a trace's name may come from anywhere.
fn fits(header: &(&'static str, String)) -> bool {
    !header.1.contains(['\r', '\n'])
}

/// The headers of an event that is handed to its consumer again, under another id for the server.
pub(super) fn of_retry(envelope: &Envelope, id: &str) -> HeaderMap {
    let mut map = of_event(envelope);
    map.insert(NATS_MESSAGE_ID, id);
    map
}

/// The headers of bytes without attributes.
pub(super) fn of_bytes(id: &str) -> HeaderMap {
    let mut map = HeaderMap::new();
    map.insert(NATS_MESSAGE_ID, id);
    map
}

/// The headers of a dead letter.
pub(super) fn of_dead_letter(envelope: &Envelope, id: &str) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in envelope.headers().into_iter().filter(fits) {
        map.insert(format!("{ORIGINAL}{name}"), value);
    }
    map.insert("content-type", tracerail_schemas::envelope::MESSAGEPACK);
    map.insert(NATS_MESSAGE_ID, id);
    map
}

/// No headers.
pub(super) fn none() -> HeaderMap {
    HeaderMap::new()
}

/// The headers of a note that may be the first on its subject only.
pub(super) fn of_first_note() -> HeaderMap {
    after(0)
}

/// The headers of a message that is taken only if the last one on its subject is this.
pub(super) fn after(number: u64) -> HeaderMap {
    let mut map = HeaderMap::new();
    map.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, number.to_string());
    map
}

/// The attributes of a message.
pub(super) fn envelope(headers: Option<&HeaderMap>, origin: &Origin<'_>) -> Envelope {
    read(headers, "", origin)
}

/// The attributes of the event that a dead letter is about.
pub(super) fn original(headers: Option<&HeaderMap>, origin: &Origin<'_>) -> Envelope {
    read(headers, ORIGINAL, origin)
}

/// Whether anybody reads a header of this name: an attribute of an event, or of the one that a dead letter is about.
pub(super) fn is_read(name: &str) -> bool {
    Envelope::HEADERS.contains(&name.strip_prefix(ORIGINAL).unwrap_or(name))
}

/// What the server says of a message that it hands out.
const OF_SERVER: [&str; 7] = [
    "Nats-Stream",
    "Nats-Subject",
    "Nats-Sequence",
    "Nats-Time-Stamp",
    "Nats-Num-Pending",
    "Nats-Last-Sequence",
    "Nats-UpTo-Sequence",
];

/// What is said in the headers that nobody here reads, by whoever published the message.
pub(super) fn unread(headers: Option<&HeaderMap>) -> impl Iterator<Item = &str> {
    let all = headers.into_iter().flat_map(HeaderMap::iter);
    let unread = all.filter(|(name, _)| {
        let name: &str = name.as_ref();
        !is_read(name) && !OF_SERVER.contains(&name)
    });
    unread.flat_map(|(_, values)| values.iter().map(async_nats::HeaderValue::as_str))
}

/// One header.
pub(super) fn get<'a>(headers: Option<&'a HeaderMap>, name: &str) -> Option<&'a str> {
    headers?.get(name).map(async_nats::HeaderValue::as_str)
}

fn read(headers: Option<&HeaderMap>, before: &str, origin: &Origin<'_>) -> Envelope {
    // A short list is searched faster than a map whose keys have to be made.
    let all: Vec<(&str, &str)> = headers
        .into_iter()
        .flat_map(HeaderMap::iter)
        .filter_map(|(name, values)| {
            let name: &str = name.as_ref();
            Some((name.strip_prefix(before)?, values.first()?.as_str()))
        })
        .collect();
    let get = |wanted: &str| all.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
    let filling = || Filling {
        id: EventId::of_place(origin.stream, origin.created, origin.sequence),
        source: BUS.to_owned(),
        time: origin.at,
    };
    let mut envelope = Envelope::from_headers(get, origin.otherwise, filling);
    // Where it was published counts more than what it says of itself; only a retry is published elsewhere.
    if let Ok(subject) = origin.subject.parse::<Subject>()
        && envelope.subject != subject
    {
        (envelope.subject, envelope.version) = (subject, 1);
    }
    envelope
}

/// What the reply subject of a delivery says: `$JS.ACK.<stream>.<consumer>.<deliveries>.<number>.<consumer's number>.<time>.<pending>`,
/// with the domain and the account's hash after `ACK` on newer servers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Delivered {
    /// How often it was handed out, this time included.
    pub(super) deliveries: u64,
    /// Its number in the stream.
    pub(super) sequence: u64,
    /// When the server took it.
    pub(super) at: Timestamp,
}

impl Delivered {
    pub(super) fn parse(reply: &str) -> Option<Self> {
        let rest = reply.strip_prefix("$JS.ACK.")?;
        let skip = if rest.bytes().filter(|byte| *byte == b'.').count() == 6 { 2 } else { 4 };
        let mut numbers = rest.split('.').skip(skip);
        let deliveries = numbers.next()?.parse().ok()?;
        let sequence = numbers.next()?.parse().ok()?;
        let nanos: i64 = numbers.nth(1)?.parse().ok()?;
        Some(Self { deliveries, sequence, at: Timestamp::from_micros(nanos / 1_000) })
    }
}

/// The subject of a message without the installation's prefix, and the event it is if it is one.
pub(super) fn event_subject(names: &Names, subject: &str) -> Option<Subject> {
    names.plain(subject).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_subject_is_read_in_both_shapes() {
        let at = Timestamp::from_micros(1_700_000_000_000_000);
        let expected = Delivered { deliveries: 3, sequence: 42, at };
        for reply in [
            "$JS.ACK.content_submitted.llm.3.42.40.1700000000000000000.7",
            "$JS.ACK._.ACCOUNT.content_submitted.llm.3.42.40.1700000000000000000.7",
            "$JS.ACK.hub.ACCOUNT.content_submitted.llm.3.42.40.1700000000000000000.7.token",
        ] {
            assert_eq!(Delivered::parse(reply), Some(expected), "{reply}");
        }
        assert_eq!(Delivered::parse("_INBOX.x"), None);
    }

    #[test]
    fn a_line_break_in_a_trace_ends_the_header_and_not_the_process() {
        let mut event = envelope(None, &origin("content.submitted"));
        event.traceparent = Some("00-1\r\nNats-Msg-Id: other".to_owned());
        let map = of_event(&event);
        assert_eq!(get(Some(&map), "traceparent"), None);
        assert_eq!(get(Some(&map), "Nats-Msg-Id"), Some(event.id.to_string().as_str()));
    }

    fn origin(subject: &str) -> Origin<'_> {
        Origin {
            subject,
            stream: "content_submitted",
            created: Timestamp::from_micros(0),
            sequence: 1,
            at: Timestamp::from_micros(0),
            otherwise: Subject::ContentSubmitted,
        }
    }

    #[test]
    fn where_it_was_published_counts_and_a_retry_keeps_what_it_was() {
        let mut map = HeaderMap::new();
        map.insert("ce-type", "io.tracerail.task.created.v2");
        let read = envelope(Some(&map), &origin("content.submitted"));
        assert_eq!((read.subject, read.version), (Subject::ContentSubmitted, 1));
        let read = envelope(Some(&map), &origin("retry.llm"));
        assert_eq!((read.subject, read.version), (Subject::TaskCreated, 2));
        assert_eq!(envelope(None, &origin("retry.llm")).subject, Subject::ContentSubmitted);
    }
}
