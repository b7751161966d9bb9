//! Fetching ahead: one task per consumer keeps a few deliveries in this process, and tells the server that what it holds is being
//! handled.
//!
//! When the heartbeats of its requests stay away while the connection stands, the subscription is made anew. Nothing that is held is
//! ever lost to that: the server hands it out again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_nats::jetstream::consumer::pull::Config;
use bytes::Bytes;
use tokio::sync::Notify;
use tracerail_actors::port::Consumer;

use super::core::Core;
use super::hands::Hands;
use super::setup::context;
use super::streams::StreamId;
use super::subscription::{End, Subscription};

/// How long to wait before a subscription is made anew.
const PAUSE: Duration = Duration::from_millis(500);

/// What the fetcher shares with those who pull.
pub(super) struct Shared {
    pub(super) core: Arc<Core>,
    pub(super) consumer: Consumer,
    hands: Mutex<Hands>,
    /// Told when deliveries came, or will come no more.
    pub(super) arrived: Notify,
    /// Told when there is room for more, or the fetcher is to stop.
    pub(super) wanted: Notify,
}

impl Shared {
    pub(super) fn new(core: Arc<Core>, consumer: Consumer) -> Self {
        let (arrived, wanted) = (Notify::new(), Notify::new());
        Self { core, consumer, hands: Mutex::new(Hands::new()), arrived, wanted }
    }

    pub(super) fn hands(&self) -> MutexGuard<'_, Hands> {
        // The hands are sound after each statement that changes them.
        self.hands.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn say(&self, reply: async_nats::Subject, what: Bytes) {
        if let Err(error) = self.core.connection.client.publish(reply, what).await {
            tracing::debug!(%error, consumer = %self.consumer, "the server could not be told");
        }
    }
}

/// Fetches until this process releases the consumer.
pub(super) async fn run(shared: Arc<Shared>) {
    loop {
        let end = match Subscription::open(&shared).await {
            Ok(mut subscription) => {
                let end = subscription.run(&shared).await;
                subscription.close(&shared, end).await;
                end
            }
            Err(why) => {
                tracing::warn!(%why, consumer = %shared.consumer, "cannot subscribe to deliveries");
                End::Stalled
            }
        };
        match end {
            End::Released => return,
            End::Reconnected => {}
            End::Stalled | End::Gone => {
                tracing::warn!(consumer = %shared.consumer, ?end, "fetching stopped; beginning anew");
                tokio::time::sleep(PAUSE).await;
                while !is_there(&shared).await {
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}

/// Whether the consumer is still there, or was released meanwhile; whoever pulls and waits in vain is told when it is not.
async fn is_there(shared: &Shared) -> bool {
    let (core, consumer) = (&shared.core, shared.consumer);
    let stream = core.names.stream(StreamId::of(consumer));
    let name = core.names.consumer(consumer);
    let found = context(&core.connection).get_consumer_from_stream::<Config, _, _>(&name, &stream).await;
    let broken = match &found {
        Err(error) if super::setup::gone(error) => {
            let why = format!("the consumer {name} of the stream {stream} is gone: run `tracerail setup`");
            Some(why)
        }
        Ok(_) | Err(_) => None,
    };
    let mut hands = shared.hands();
    if let (Some(why), None) = (&broken, &hands.broken) {
        tracing::error!(%why, "events cannot be handled");
    }
    let there = broken.is_none() || hands.released;
    hands.broken = broken;
    there
}
