//! Deliveries that kill their process: the server hands them out again and again, and at last says that it will not any more.
//!
//! Such an event becomes a dead letter with its original bytes, as if its handler had failed. One that was mostly given back by
//! living processes, because something was away for long, is handed out anew instead.

use std::time::Duration;

use async_nats::jetstream::{self, consumer::pull};
use futures_util::StreamExt;
use serde::Deserialize;
use tracerail_actors::port::{Consumer, Giveup, PortError};
use tracerail_schemas::{Code, Subject};

use super::core::Core;
use super::dead_letters::{self, Dead};
use super::error::{away, unreadable};
use super::headers::{self, Origin};
use super::log::NatsLog;
use super::setup::context;
use super::streams::StreamId;
use super::{erased, notes};

/// How many advisories are fetched at once.
const BATCH: usize = 16;
/// How long a fetch waits.
const FETCH_WAITS: Duration = Duration::from_secs(20);
/// How long to wait after a failure.
const PAUSE: Duration = Duration::from_secs(2);

/// What the server says.
#[derive(Deserialize, Clone, Copy, Debug)]
struct Advisory {
    stream_seq: u64,
    deliveries: u64,
}

/// Looks after the events of this consumer that the server gave up, until it is dropped.
pub async fn keep(log: &NatsLog, consumer: Consumer) {
    loop {
        if let Err(error) = keep_some(&log.core, consumer).await {
            tracing::warn!(%consumer, error = %error.chain(), "cannot look after events that were given up; trying on");
            tokio::time::sleep(PAUSE).await;
        }
    }
}

async fn keep_some(core: &Core, consumer: Consumer) -> Result<(), PortError> {
    let operation = || format!("look after the events of {consumer}");
    let failed = |error: &dyn std::error::Error| away(operation(), super::connect::full(error));
    let (stream, name) = (core.names.stream(StreamId::Advisories), core.names.advisories(consumer));
    let context = context(&core.connection);
    let source = context.get_consumer_from_stream::<pull::Config, _, _>(name, stream).await;
    let source = source.map_err(|error| failed(&error))?;
    loop {
        let some = source.fetch().max_messages(BATCH).expires(FETCH_WAITS).messages().await;
        let mut some = some.map_err(|error| failed(&error))?;
        while let Some(message) = some.next().await {
            let message = message.map_err(|error| away(operation(), error))?;
            look_after(core, consumer, &message).await?;
            message.double_ack().await.map_err(|error| away(operation(), error))?;
        }
    }
}

async fn look_after(core: &Core, consumer: Consumer, said: &jetstream::Message) -> Result<(), PortError> {
    let operation = || format!("read what the server says about {consumer}");
    let Advisory { stream_seq: sequence, deliveries } =
        serde_json::from_slice(&said.payload).map_err(|error| unreadable(operation(), error))?;
    let stream = StreamId::of(consumer);
    let Some(kept) = erased::of_own(core, stream, sequence).await? else {
        tracing::error!(%consumer, sequence, "an event that was handed out too often has left the log");
        return Ok(());
    };
    let origin = Origin {
        subject: core.names.plain(&kept.subject),
        stream: &core.names.stream(stream),
        created: core.created(stream),
        sequence,
        at: kept.at,
        otherwise: consumer.subjects().first().copied().unwrap_or(Subject::ContentSubmitted),
    };
    let envelope = headers::envelope(kept.headers.as_ref(), &origin);
    let noted = notes::read(core, consumer, sequence).await?;
    if u64::from(noted.naks) * 2 >= deliveries {
        tracing::warn!(%consumer, sequence, naks = noted.naks, "an event was given back too often; handing it out anew");
        let id = dead_letters::id_of("again", core, stream, sequence);
        return dead_letters::hand_again(core, consumer, &envelope, kept.data, &id).await;
    }
    tracing::error!(%consumer, sequence, deliveries, "an event was handed out too often without an end");
    let cause = format!(
        "it was handed out {deliveries} times without an end: it seems to kill the process that handles it"
    );
    let why = Giveup { code: Code::HandlerFailed, cause };
    let attempts = u32::try_from(deliveries).unwrap_or(u32::MAX);
    let dead = Dead { consumer, sequence, envelope, data: kept.data.into(), attempts, why };
    dead_letters::bury(core, dead).await
}
