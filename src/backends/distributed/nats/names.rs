//! The names of everything on the server, with the installation's prefix: subjects, streams, consumers.

use tracerail_actors::port::Consumer;
use tracerail_schemas::subject::{COMMAND_REQUESTS, Subject, dead_letters_of, retries_of};

use super::streams::StreamId;

/// Makes names. The prefix `acme` makes the subject `acme.content.submitted` and the stream `acme_content_submitted`.
#[derive(Clone, Debug)]
pub(super) struct Names {
    dotted: String,
    underscored: String,
}

impl Names {
    pub(super) fn new(prefix: &str) -> Self {
        if prefix.is_empty() {
            return Self { dotted: String::new(), underscored: String::new() };
        }
        Self { dotted: format!("{prefix}."), underscored: format!("{prefix}_") }
    }

    /// The subject `plain` as it stands on the server.
    pub(super) fn subject(&self, plain: &str) -> String {
        format!("{}{plain}", self.dotted)
    }

    /// The subject without the prefix.
    pub(super) fn plain<'a>(&self, subject: &'a str) -> &'a str {
        subject.strip_prefix(&self.dotted).unwrap_or(subject)
    }

    /// The subject of an event.
    pub(super) fn event(&self, subject: Subject) -> String {
        self.subject(subject.as_str())
    }

    /// Where dead letters of a consumer are announced.
    pub(super) fn dead_letters(&self, consumer: Consumer) -> String {
        self.subject(&dead_letters_of(consumer.as_str()))
    }

    /// Where deliveries are handed to a consumer again.
    pub(super) fn retries(&self, consumer: Consumer) -> String {
        self.subject(&retries_of(consumer.as_str()))
    }

    /// Where it is noted how often a consumer gave an event of its stream back.
    pub(super) fn failures(&self, consumer: Consumer, sequence: u64) -> String {
        self.subject(&format!("note.failures.{consumer}.{sequence}"))
    }

    /// Where it is noted that a dead letter was replayed.
    pub(super) fn replayed(&self, number: u64) -> String {
        self.subject(&format!("note.replayed.{number}"))
    }

    /// Where it is noted whether intake stands still.
    pub(super) fn intake(&self) -> String {
        self.subject("note.intake")
    }

    /// Where stands what is left of the message of this number in a stream.
    pub(super) fn erased(&self, stream: StreamId, number: u64) -> String {
        self.subject(&format!("erased.{stream}.{number}"))
    }

    /// What that is the rest of, if a subject is one of those.
    pub(super) fn left_of(&self, subject: &str) -> Option<(StreamId, u64)> {
        let (stream, number) = self.plain(subject).strip_prefix("erased.")?.split_once('.')?;
        let stream = StreamId::ALL.into_iter().find(|it| it.as_str() == stream)?;
        Some((stream, number.parse().ok()?))
    }

    /// Where it stands what was erased.
    pub(super) fn tombstone(&self, number: u64) -> String {
        self.subject(&format!("erased.tombstone.{number}"))
    }

    /// Where commands are asked.
    pub(super) fn commands(&self) -> String {
        self.subject(COMMAND_REQUESTS)
    }

    /// The stream.
    pub(super) fn stream(&self, stream: StreamId) -> String {
        format!("{}{}", self.underscored, stream.as_str())
    }

    /// The durable consumer of an actor, in the actor's stream.
    pub(super) fn consumer(&self, consumer: Consumer) -> String {
        format!("{}{consumer}", self.underscored)
    }

    /// The durable consumer of the advisories about an actor's consumer.
    pub(super) fn advisories(&self, consumer: Consumer) -> String {
        format!("{}advisories_{consumer}", self.underscored)
    }

    /// Where the server says that a delivery was handed out too often.
    pub(super) fn advisory_subject(&self, consumer: Consumer) -> String {
        let (stream, consumer) = (self.stream(StreamId::of(consumer)), self.consumer(consumer));
        format!("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.{stream}.{consumer}")
    }
}
