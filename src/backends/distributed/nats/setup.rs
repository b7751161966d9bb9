//! Streams and consumers: made by `setup`, compared by `verify`.
//!
//! A stream that is missing, shorter than it was or made anew is never silently made again over old state: whoever reads it would believe
//! that nothing had happened. Only a fresh installation, where nothing is there, may be made by whoever starts first.

use std::time::{Duration, Instant};

use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::context::GetStreamErrorKind;
use async_nats::jetstream::stream::{Config, ConsumerError, ConsumerErrorKind, State};
use async_nats::jetstream::{self, Context, ErrorCode};
use tracerail_actors::port::Consumer;
use tracerail_schemas::Timestamp;

use super::connect::{Connection, full};
use super::error::NatsError;
use super::names::Names;
use super::settings::NatsSettings;
use super::streams::StreamId;
use super::wanted::{self, other_consumer, weaker};

/// What is seen of a stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StreamSeen {
    /// Which.
    pub stream: StreamId,
    /// When it was made. Another time is another stream under the same name.
    pub created: Timestamp,
    /// The number of its oldest event; one more than the newest, when it is empty.
    pub first: u64,
    /// The number of its newest event; it never falls.
    pub last: u64,
    /// How long it keeps an event; zero is for ever.
    pub age_max: Duration,
}

/// How long another process may need that is making them.
const BEING_MADE: Duration = Duration::from_secs(5);

const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Makes what is missing. What is there stays as it is, and must be as it would be made.
pub async fn setup(connection: &Connection, settings: &NatsSettings) -> Result<Vec<StreamSeen>, NatsError> {
    let (names, context) = (Names::new(&settings.prefix), context(connection));
    for stream in StreamId::ALL {
        if seen(&context, &names, stream).await?.is_none() {
            let made = context.create_stream(wanted::stream(stream, &names, settings)).await;
            made.map_err(|error| failed(connection, format!("make the stream {stream}"), &error))?;
        }
    }
    for (stream, config) in wanted::consumers(&names, settings, &Consumer::ALL) {
        let name = config.durable_name.clone().unwrap_or_default();
        let made = context.create_consumer_on_stream(config, names.stream(stream)).await;
        made.map_err(|error| failed(connection, format!("make the consumer {name}"), &error))?;
    }
    verify(connection, settings, &Consumer::ALL).await
}

/// Makes everything when nothing is there and the caller knows of nothing that was; verifies otherwise.
pub async fn setup_if_fresh(
    connection: &Connection,
    settings: &NatsSettings,
    consumers: &[Consumer],
    store_is_empty: bool,
) -> Result<Vec<StreamSeen>, NatsError> {
    let (names, context) = (Names::new(&settings.prefix), context(connection));
    let mut fresh = store_is_empty;
    for stream in StreamId::ALL {
        fresh = fresh && seen(&context, &names, stream).await?.is_none();
    }
    if fresh {
        return setup(connection, settings).await;
    }
    let until = Instant::now() + if store_is_empty { BEING_MADE } else { Duration::ZERO };
    loop {
        match verify(connection, settings, consumers).await {
            // Where nothing is in the store yet, another process may be making them at this moment.
            Err(NatsError::NotSetUp { .. }) if Instant::now() < until => tokio::time::sleep(LOOK_EVERY).await,
            seen => return seen,
        }
    }
}

/// Compares what is there with what should be; says everything that differs. Of the consumers, only those that this process has: its user may
/// see no others.
pub async fn verify(
    connection: &Connection,
    settings: &NatsSettings,
    consumers: &[Consumer],
) -> Result<Vec<StreamSeen>, NatsError> {
    let (names, context) = (Names::new(&settings.prefix), context(connection));
    let (mut all, mut missing, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for stream in StreamId::ALL {
        match seen(&context, &names, stream).await? {
            None => missing.push(format!("the stream {}", names.stream(stream))),
            Some((seen, config)) => {
                all.push(seen);
                problems.extend(weaker(&config, &wanted::stream(stream, &names, settings)));
            }
        }
    }
    for (stream, should) in wanted::consumers(&names, settings, consumers) {
        let name = should.durable_name.clone().unwrap_or_default();
        match context.get_consumer_from_stream::<pull::Config, _, _>(&name, names.stream(stream)).await {
            Ok(consumer) => problems.extend(other_consumer(&consumer.cached_info().config, &should, &name)),
            Err(error) if gone(&error) => missing.push(format!("the consumer {name}")),
            Err(error) => return Err(failed(connection, format!("look at the consumer {name}"), &error)),
        }
    }
    if !missing.is_empty() {
        return Err(NatsError::NotSetUp { missing });
    }
    if problems.is_empty() { Ok(all) } else { Err(NatsError::Damaged { problems }) }
}

/// What is seen of every public stream now: what a store notes, and compares later.
pub async fn observe(connection: &Connection, settings: &NatsSettings) -> Result<Vec<StreamSeen>, NatsError> {
    let (names, context) = (Names::new(&settings.prefix), context(connection));
    let asked = StreamId::PUBLIC.map(|stream| seen(&context, &names, stream));
    let mut all = Vec::new();
    for (answer, stream) in futures_util::future::join_all(asked).await.into_iter().zip(StreamId::PUBLIC) {
        let missing =
            || NatsError::NotSetUp { missing: vec![format!("the stream {}", names.stream(stream))] };
        all.push(answer?.ok_or_else(missing)?.0);
    }
    Ok(all)
}

pub(super) fn context(connection: &Connection) -> Context {
    jetstream::new(connection.client.clone())
}

async fn seen(
    context: &Context,
    names: &Names,
    stream: StreamId,
) -> Result<Option<(StreamSeen, Config)>, NatsError> {
    let found = match context.get_stream(names.stream(stream)).await {
        Ok(found) => found,
        Err(error) => {
            let none = matches!(error.kind(), GetStreamErrorKind::JetStream(ref said)
                if said.error_code() == ErrorCode::STREAM_NOT_FOUND);
            let operation = format!("look at the stream {}", names.stream(stream));
            return if none { Ok(None) } else { Err(NatsError::Server { operation, why: full(&error) }) };
        }
    };
    let info = found.cached_info();
    let State { first_sequence: first, last_sequence: last, .. } = info.state;
    let created = i64::try_from(info.created.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX);
    let age_max = info.config.max_age;
    let seen = StreamSeen { stream, created: Timestamp::from_micros(created), first, last, age_max };
    Ok(Some((seen, info.config.clone())))
}

pub(super) fn gone(error: &ConsumerError) -> bool {
    matches!(error.kind(), ConsumerErrorKind::JetStream(ref said)
        if [ErrorCode::CONSUMER_NOT_FOUND, ErrorCode::STREAM_NOT_FOUND].contains(&said.error_code()))
}

fn failed(connection: &Connection, operation: String, error: &dyn std::error::Error) -> NatsError {
    let denied = connection.denied().map_or_else(String::new, |said| format!(" ({said})"));
    NatsError::Server { operation, why: format!("{}{denied}", full(error)) }
}
