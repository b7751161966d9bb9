//! JetStream as any program uses it, on streams that are made as ours are: what ours is measured against.

use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::header::NATS_MESSAGE_ID;
use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::{Context, Message};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use tracerail_actors::port::{Consumer, Place, PortError, Published};
use tracerail_schemas::{EncodedEvent, Envelope, EventId, TaskId};

use super::connect::{Connection, full};
use super::error::away;
use super::headers;
use super::names::Names;
use super::settings::NatsSettings;
use super::setup::context;
use super::streams::StreamId;
use super::wanted;

/// What stands before the names of these streams, after the installation's own prefix.
const PREFIX: &str = "yardstick";

/// The streams an item walks through.
const STREAMS: [StreamId; 5] = [
    StreamId::ContentSubmitted,
    StreamId::ContentAnalyzed,
    StreamId::ContentRouted,
    StreamId::ContentCompleted,
    StreamId::TaskCreated,
];

/// Who reads them.
const HOPS: [Consumer; 3] = [Consumer::Llm, Consumer::Router, Consumer::Task];

/// Deliveries that are asked for at once.
const BATCH: usize = 200;

/// Longer than a busy server takes between two messages.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// Streams of their own, with our settings; nothing else is on them.
#[derive(Clone, Debug)]
pub struct BareStreams {
    context: Context,
    names: Names,
}

/// An event, ready to be published many times.
#[derive(Clone, Debug)]
pub struct BareEvent {
    envelope: Envelope,
    subject: String,
    headers: HeaderMap,
    data: Bytes,
}

impl BareStreams {
    /// Makes the streams and consumers anew.
    pub async fn make(connection: &Connection, settings: &NatsSettings) -> Result<Self, PortError> {
        let prefix = [settings.prefix.as_str(), PREFIX].into_iter().filter(|part| !part.is_empty());
        let settings = NatsSettings { prefix: prefix.collect::<Vec<_>>().join("_"), ..settings.clone() };
        let bare = Self { context: context(connection), names: Names::new(&settings.prefix) };
        bare.remove().await;
        for stream in STREAMS {
            let made = bare.context.create_stream(wanted::stream(stream, &bare.names, &settings)).await;
            made.map_err(|error| failed(format!("make the stream {stream} of the yardstick"), &error))?;
        }
        for (stream, config) in wanted::consumers(&bare.names, &settings, &HOPS) {
            // The consumers of what the server says about them are not needed.
            if STREAMS.contains(&stream) {
                let made = bare.context.create_consumer_on_stream(config, bare.names.stream(stream)).await;
                made.map_err(|error| {
                    failed(format!("make a consumer of {stream} of the yardstick"), &error)
                })?;
            }
        }
        Ok(bare)
    }

    /// Removes the streams with all that is on them. One that is not there, or cannot be reached, stays as it is.
    pub async fn remove(&self) {
        for stream in STREAMS {
            if let Err(error) = self.context.delete_stream(self.names.stream(stream)).await {
                tracing::debug!(%error, %stream, "a stream of the yardstick was not removed");
            }
        }
    }

    /// The same bytes and headers, on these streams.
    pub fn event(&self, event: &EncodedEvent) -> BareEvent {
        BareEvent {
            envelope: event.envelope.clone(),
            subject: self.names.event(event.envelope.subject),
            headers: headers::of_event(&event.envelope),
            data: event.data.clone().into(),
        }
    }

    /// Publishes it under this id; returns when the server has it. The number is its place in the stream.
    pub async fn publish(&self, event: &BareEvent, id: &str) -> Result<u64, PortError> {
        let mut headers = event.headers.clone();
        headers.insert(NATS_MESSAGE_ID, id);
        let sent =
            self.context.publish_with_headers(event.subject.clone(), headers, event.data.clone()).await;
        let stored = match sent {
            Ok(stored) => stored.await,
            Err(error) => Err(error),
        };
        stored
            .map(|stored| stored.sequence)
            .map_err(|error| failed(format!("publish {}", event.subject), &error))
    }

    /// The deliveries of this consumer, each with the id it was published under.
    pub async fn deliveries(
        &self,
        consumer: Consumer,
    ) -> Result<impl Stream<Item = Result<BareDelivery, PortError>>, PortError> {
        let operation = move || format!("read the yardstick's events of {consumer}");
        let stream = self.names.stream(StreamId::of(consumer));
        let found = self
            .context
            .get_consumer_from_stream::<pull::Config, _, _>(self.names.consumer(consumer), stream)
            .await
            .map_err(|error| failed(operation(), &error))?;
        let messages = found
            .stream()
            .max_messages_per_batch(BATCH)
            .heartbeat(HEARTBEAT)
            .messages()
            .await
            .map_err(|error| failed(operation(), &error))?;
        Ok(messages
            .map(move |message| message.map(BareDelivery).map_err(|error| failed(operation(), &error))))
    }
}

impl BareEvent {
    /// What its publisher tells the store, when it is about this.
    pub fn published(&self, id: EventId, about: TaskId, place: Place) -> Published {
        Published { id, about, at: self.envelope.time, subject: self.envelope.subject, place: Some(place) }
    }
}

/// One delivery.
#[derive(Debug)]
pub struct BareDelivery(Message);

impl BareDelivery {
    /// The id it was published under.
    pub fn id(&self) -> &str {
        headers::get(self.0.headers.as_ref(), NATS_MESSAGE_ID.as_ref()).unwrap_or_default()
    }

    /// It is done.
    pub async fn ack(&self) -> Result<(), PortError> {
        self.0.ack().await.map_err(|error| away("acknowledge an event of the yardstick", error))
    }
}

fn failed(operation: String, error: &dyn std::error::Error) -> PortError {
    away(operation, full(error))
}
