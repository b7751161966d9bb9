//! What the servers do with the same bytes when nobody decides anything in between: what the pipeline is measured against.
//!
//! An item's events are published, consumed and acknowledged as the actors would, hop by hop, with 256 in flight; first without, then with
//! the scripts its commits run.

use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryStreamExt as _};
use tracerail_actors::port::Consumer;
use tracerail_schemas::{EncodedEvent, Subject};
use uuid::Uuid;

use super::nats::{BareDelivery, BareEvent, BareStreams, Connection, NatsError, NatsSettings};

/// Hops of an item: those who consume what the step before published.
const HOPS: [Consumer; 3] = [Consumer::Llm, Consumer::Router, Consumer::Task];

/// Deliveries of one consumer that are worked on at once: as many as an actor's.
const IN_FLIGHT: usize = 256;

/// Items that come in at once.
const COME_IN: usize = 512;

/// Streams of their own, and what is published on them.
#[derive(Clone, Debug)]
pub struct Yardstick {
    streams: BareStreams,
    paths: Vec<Path>,
}

/// The events of one item: what comes in, and what follows from it at each hop.
#[derive(Clone, Default, Debug)]
struct Path([Vec<BareEvent>; HOPS.len() + 1]);

/// Which event of which item of which run: the id it is published under says so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Name {
    run: u16,
    item: u32,
    step: u8,
    event: u8,
}

impl Yardstick {
    /// For items whose events were these; item after item takes the next of them.
    pub async fn make(
        connection: &Connection,
        settings: &NatsSettings,
        trails: &[Vec<EncodedEvent>],
    ) -> Result<Self, NatsError> {
        let streams = BareStreams::make(connection, settings).await?;
        let paths = trails.iter().map(|trail| Path::of(&streams, trail)).collect();
        Ok(Self { streams, paths })
    }

    /// Moves so many items through all hops. The answer is how long that took.
    pub async fn run(&self, run: u16, items: u32) -> Result<Duration, NatsError> {
        let hops = HOPS.iter().zip(1..).map(|(&consumer, step)| {
            let yardstick = self.clone();
            // Each on its own, as the actors' connection and the actors are.
            tokio::spawn(async move { yardstick.hop(run, consumer, step, items).await })
        });
        let hops: Vec<_> = hops.collect();
        let began = Instant::now();
        let come_in = futures_util::stream::iter(0..items).map(Ok);
        come_in
            .try_for_each_concurrent(COME_IN, |item| self.step(Name { run, item, step: 0, event: 0 }))
            .await?;
        for hop in hops {
            hop.await.map_err(|error| NatsError::Server {
                operation: "run the yardstick".to_owned(),
                why: error.to_string(),
            })??;
        }
        Ok(began.elapsed())
    }

    /// Removes its streams.
    pub async fn remove(&self) {
        self.streams.remove().await;
    }

    /// Consumes every item once.
    async fn hop(&self, run: u16, consumer: Consumer, step: u8, items: u32) -> Result<(), NatsError> {
        let deliveries = self.streams.deliveries(consumer).await?;
        let deliveries = deliveries.take(items as usize);
        deliveries
            .try_for_each_concurrent(IN_FLIGHT, async |delivery: BareDelivery| {
                if let Some(item) = Name::read(delivery.id()).filter(|name| name.run == run) {
                    self.step(Name { step, event: 0, ..item }).await?;
                }
                delivery.ack().await
            })
            .await
    }

    /// Publishes what follows at this step, all at once.
    async fn step(&self, name: Name) -> Result<(), NatsError> {
        let path = self.paths.get(name.item as usize % self.paths.len().max(1));
        let events = path.and_then(|path| path.0.get(usize::from(name.step))).into_iter().flatten();
        let sent = events.zip(0..).map(|(event, index)| async move {
            self.streams.publish(event, &Name { event: index, ..name }.to_string()).await
        });
        futures_util::future::try_join_all(sent).await.map(drop)
    }
}

impl Path {
    fn of(streams: &BareStreams, trail: &[EncodedEvent]) -> Self {
        let mut path = Self::default();
        let is_automatic = !trail.iter().any(|event| event.envelope.subject == Subject::TaskCreated);
        for event in trail {
            let subject = event.envelope.subject;
            // The router ends what ends by itself.
            let routed =
                subject == Subject::ContentRouted || is_automatic && subject == Subject::ContentCompleted;
            let earlier =
                [Subject::ContentSubmitted, Subject::ContentAnalyzed].iter().position(|of| *of == subject);
            let step = earlier.unwrap_or(if routed { 2 } else { 3 });
            if let Some(events) = path.0.get_mut(step) {
                events.push(streams.event(event));
            }
        }
        path
    }
}

impl Name {
    fn read(id: &str) -> Option<Self> {
        let [run1, run2, _, _, item @ .., _, _, step, event] = Uuid::parse_str(id).ok()?.into_bytes();
        let [_, _, _, _, item1, item2, item3, item4] = item;
        let (run, item) =
            (u16::from_be_bytes([run1, run2]), u32::from_be_bytes([item1, item2, item3, item4]));
        Some(Self { run, item, step, event })
    }
}

impl std::fmt::Display for Name {
    /// As long as the ids of events.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let number = u128::from(self.run) << 112
            | u128::from(self.item) << 32
            | u128::from(self.step) << 8
            | u128::from(self.event);
        Uuid::from_u128(number).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_which_event_it_is() {
        let name = Name { run: 0x1234, item: 0xdead_beef, step: 3, event: 1 };
        assert_eq!(Name::read(&name.to_string()), Some(name));
        assert_eq!(name.to_string().len(), 36);
    }
}
