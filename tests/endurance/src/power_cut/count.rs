//! What the server still has.

use std::time::Duration;

use async_nats::jetstream::Context;
use async_nats::jetstream::consumer::{DeliverPolicy, pull};
use futures_util::StreamExt as _;

use super::publish::{Events, ID, STREAMS, stream_name};

/// How long the next event of a stream may take.
const READ_WITHIN: Duration = Duration::from_secs(20);

/// Every event of every stream. A stream that is gone has none.
pub(crate) async fn everything(jetstream: &Context) -> Events {
    let mut events = Events::new();
    for number in 0..STREAMS {
        let Ok(mut stream) = jetstream.get_stream(stream_name(number)).await else { continue };
        let last = stream.info().await.expect("what the stream holds").state.last_sequence;
        let all = pull::OrderedConfig {
            deliver_policy: DeliverPolicy::All,
            headers_only: true,
            ..pull::OrderedConfig::default()
        };
        let consumer = stream.create_consumer(all).await.expect("a reader");
        let mut messages = consumer.messages().await.expect("a reader");
        let mut read = 0;
        while read < last {
            let next = tokio::time::timeout(READ_WITHIN, messages.next()).await;
            let message = next.expect("the stream can be read to its end").expect("more").expect("an event");
            read = message.info().expect("the event's place").stream_sequence;
            let id = message.headers.as_ref().and_then(|headers| headers.get(ID));
            let id = id.map(ToString::to_string).unwrap_or_default();
            events.insert(id, (number, read));
        }
    }
    events
}
