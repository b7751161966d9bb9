//! How far behind a consumer is, as the server sees it.

use async_nats::jetstream::consumer::pull::Config;
use tracerail_actors::port::{Backlog, Consumer, PortError};

use super::connect::full;
use super::core::Core;
use super::direct;
use super::error::away;
use super::setup::context;
use super::streams::StreamId;

/// What this consumer has still to handle, whoever runs it.
pub(super) async fn of(core: &Core, consumer: Consumer) -> Result<Backlog, PortError> {
    let stream = StreamId::of(consumer);
    let (name, stream_name) = (core.names.consumer(consumer), core.names.stream(stream));
    let found = context(&core.connection).get_consumer_from_stream::<Config, _, _>(name, stream_name).await;
    let found = found.map_err(|error| away(format!("count the events of {consumer}"), full(&error)))?;
    let info = found.cached_info();
    let in_flight = info.num_ack_pending as u64;
    // Everything up to the floor is settled, so the oldest that is not comes right after it.
    let oldest = if info.num_pending + in_flight > 0 {
        direct::numbered(core, stream, info.ack_floor.stream_sequence + 1).await?
    } else {
        None
    };
    Ok(Backlog {
        waiting: info.num_pending,
        in_flight: Some(in_flight),
        redelivered: Some(info.num_redelivered as u64),
        oldest_at: oldest.map(|kept| kept.at),
    })
}
