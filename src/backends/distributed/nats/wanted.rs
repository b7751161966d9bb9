//! How each stream and consumer should be, and in what one that is there falls short of it.

use std::time::Duration;

use async_nats::jetstream::consumer::{self, AckPolicy, DeliverPolicy, pull};
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};
use tracerail_actors::port::Consumer;

use super::names::Names;
use super::settings::NatsSettings;
use super::streams::StreamId;

/// The stream as it is made.
pub(super) fn stream(stream: StreamId, names: &Names, settings: &NatsSettings) -> Config {
    let bytes_max = match (stream, stream.index()) {
        (StreamId::ContentSubmitted, _) => settings.intake_bytes_max,
        // What is left of them takes the room they had.
        (_, Some(_)) | (StreamId::Erased, None) => settings.stream_bytes_max,
        (_, None) => settings.side_bytes_max,
    };
    Config {
        name: names.stream(stream),
        subjects: stream.subjects(names),
        max_bytes: i64::try_from(bytes_max).unwrap_or(i64::MAX),
        max_messages: -1,
        // Of a note, only the last counts.
        max_messages_per_subject: if stream == StreamId::LogNotes { 1 } else { -1 },
        max_consumers: -1,
        // Somebody will look at a dead letter, however late; what is left of an event leaves when the event would have.
        max_age: if matches!(stream, StreamId::DeadLetters | StreamId::Erased) {
            Duration::ZERO
        } else {
            settings.age_max
        },
        allow_message_ttl: stream == StreamId::Erased,
        // A full log refuses new events; it never drops old ones that somebody still has to handle.
        discard: if stream == StreamId::LogNotes { DiscardPolicy::Old } else { DiscardPolicy::New },
        retention: RetentionPolicy::Limits,
        storage: StorageType::File,
        num_replicas: settings.replicas,
        duplicate_window: settings.duplicate_window,
        allow_direct: true,
        // What is personal can be erased, one message at a time, by whoever may: `nats.conf` lets the administrator alone.
        deny_delete: false,
        deny_purge: true,
        ..Config::default()
    }
}

/// The durable consumers: those of the actors, and those of the advisories about them.
pub(super) fn consumers(
    names: &Names,
    settings: &NatsSettings,
    consumers: &[Consumer],
) -> Vec<(StreamId, pull::Config)> {
    let actors = consumers.iter().map(|&consumer| {
        let config = pull::Config {
            ack_wait: settings.ack_wait,
            max_deliver: i64::from(settings.deliver_max),
            ..durable(names.consumer(consumer), i64::from(settings.ack_pending_max))
        };
        (StreamId::of(consumer), config)
    });
    let advisories = consumers.iter().map(|&consumer| {
        let config = pull::Config {
            filter_subject: names.advisory_subject(consumer),
            ..durable(names.advisories(consumer), 1_000)
        };
        (StreamId::Advisories, config)
    });
    actors.chain(advisories).collect()
}

fn durable(name: String, max_ack_pending: i64) -> pull::Config {
    pull::Config {
        durable_name: Some(name),
        deliver_policy: DeliverPolicy::All,
        ack_policy: AckPolicy::Explicit,
        max_ack_pending,
        ..pull::Config::default()
    }
}

/// In what a stream that is there promises less than it should. Larger limits, more replicas and the like are the operator's business.
pub(super) fn weaker(is: &Config, should: &Config) -> Vec<String> {
    let mut sorted = (is.subjects.clone(), should.subjects.clone());
    sorted.0.sort();
    sorted.1.sort();
    let checks = [
        (sorted.0 == sorted.1, format!("takes {:?} and not {:?}", is.subjects, should.subjects)),
        (is.storage == should.storage, "is kept in memory and not in files".to_owned()),
        (is.retention == should.retention, "drops events once they are acknowledged".to_owned()),
        (
            is.discard == should.discard,
            "drops old events when it is full, and does not refuse new ones".to_owned(),
        ),
        (
            is.duplicate_window >= should.duplicate_window,
            format!(
                "remembers event ids for {}s and not {}s",
                is.duplicate_window.as_secs(),
                should.duplicate_window.as_secs()
            ),
        ),
        (
            lasts(is.max_age) >= lasts(should.max_age),
            format!("keeps events for {} and not for {}", age(is.max_age), age(should.max_age)),
        ),
        (is.allow_direct, "cannot be read directly".to_owned()),
        (is.allow_message_ttl || !should.allow_message_ttl, "lets no event leave at its time".to_owned()),
        (!is.no_ack, "does not confirm what is published".to_owned()),
        (
            is.max_messages_per_subject == should.max_messages_per_subject,
            format!("keeps {} events of a subject", is.max_messages_per_subject),
        ),
    ];
    checks
        .into_iter()
        .filter(|(fine, _)| !fine)
        .map(|(_, what)| format!("the stream {} {what}", is.name))
        .collect()
}

/// How long events stay; no age is for ever.
const fn lasts(age: Duration) -> Duration {
    if age.is_zero() { Duration::MAX } else { age }
}

fn age(age: Duration) -> String {
    if age.is_zero() { "ever".to_owned() } else { format!("{}s", age.as_secs()) }
}

/// In what a consumer that is there differs from what it should be.
pub(super) fn other_consumer(is: &consumer::Config, should: &pull::Config, name: &str) -> Vec<String> {
    let checks = [
        (is.ack_policy == should.ack_policy, "does not wait for acknowledgements"),
        (is.deliver_policy == should.deliver_policy, "does not begin with the first event"),
        (is.backoff.is_empty(), "has a backoff, which replaces the time to acknowledge"),
        (is.filter_subject == should.filter_subject, "reads other subjects"),
        (!is.memory_storage, "keeps its position in memory"),
        (is.ack_wait >= should.ack_wait, "waits too short for acknowledgements"),
    ];
    checks
        .into_iter()
        .filter(|(fine, _)| !fine)
        .map(|(_, what)| format!("the consumer {name} {what}"))
        .collect()
}
