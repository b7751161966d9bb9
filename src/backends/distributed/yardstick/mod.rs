//! What the servers do with the same bytes when nobody decides anything in between: what the pipeline is measured against.
//!
//! Promises: an item's events are published, consumed and acknowledged as the actors would, hop by hop, on streams with our settings, with
//! as many in flight; with the store, each hop also reads the record and runs the commit that the item's own hop ran, its arguments made
//! before the clock runs.
//!
//! Deliberately absent: decoding, encoding, and anything that looks inside.

mod name;
mod path;

use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryStreamExt as _};
use tracerail_actors::port::{Consumer, Place, PortError, PortErrorKind, Store as _};
use tracerail_schemas::TaskId;

use super::nats::{BareDelivery, BareEvent, BareStreams, Connection, NatsSettings};
use super::redis::{BareCommit, RedisStore};
use name::Name;
use path::STEPS;
pub use path::Sample;

/// Who consumes what the step before published.
const HOPS: [Consumer; STEPS - 1] = [Consumer::Llm, Consumer::Router, Consumer::Task];

/// Deliveries of one consumer that are worked on at once: as many as an actor's.
const IN_FLIGHT: usize = 256;

/// Items that come in at once.
const COME_IN: usize = 512;

/// Streams of its own, and what is published on them.
#[derive(Debug)]
pub struct Yardstick {
    streams: BareStreams,
    samples: Vec<Sample>,
    events: Vec<[Vec<BareEvent>; STEPS]>,
}

/// One run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct YardstickRun {
    /// Another number each time.
    pub number: u16,
    /// How many items.
    pub items: u32,
    /// Items are published, and taken in where they are analysed; otherwise they are committed first.
    pub publish: bool,
}

/// What the steps of a run share.
#[derive(Debug)]
struct Walk {
    yardstick: std::sync::Arc<Yardstick>,
    run: YardstickRun,
    store: Option<RedisStore>,
    /// The commits, step by step, item by item.
    commits: Vec<[Option<BareCommit>; STEPS]>,
}

impl Yardstick {
    /// For items like these; item after item takes the next of them.
    pub async fn make(
        connection: &Connection,
        settings: &NatsSettings,
        samples: Vec<Sample>,
    ) -> Result<Self, PortError> {
        let streams = BareStreams::make(connection, settings).await?;
        let events = |sample: &Sample| {
            std::array::from_fn(|step| sample.events(step).map(|event| streams.event(event)).collect())
        };
        let events = samples.iter().map(events).collect();
        Ok(Self { streams, samples, events })
    }

    /// Makes ready what the run sends, then moves the items through all hops. The answer is how long they took.
    pub async fn run(
        self: &std::sync::Arc<Self>,
        run: YardstickRun,
        store: Option<RedisStore>,
        began: impl FnOnce() + Send,
    ) -> Result<Duration, PortError> {
        let commits = store.as_ref().map(|store| self.commits(run, store)).transpose()?.unwrap_or_default();
        let walk = std::sync::Arc::new(Walk { yardstick: std::sync::Arc::clone(self), run, store, commits });
        began();
        let clock = Instant::now();
        let hops: Vec<_> = HOPS
            .iter()
            .zip(1..)
            .map(|(&consumer, step)| {
                let walk = std::sync::Arc::clone(&walk);
                // Each on its own, as the actors and their connections are.
                tokio::spawn(async move { walk.hop(consumer, step).await })
            })
            .collect();
        let names = (0..run.items).map(|item| Name { run: run.number, item, step: 0, event: 0 });
        let come_in = futures_util::stream::iter(names).map(Ok);
        come_in.try_for_each_concurrent(COME_IN, |name| walk.step(name)).await?;
        for hop in hops {
            hop.await
                .map_err(|error| PortError::new("run the yardstick", PortErrorKind::Invalid, error))??;
        }
        Ok(clock.elapsed())
    }

    /// Removes its streams.
    pub async fn remove(&self) {
        self.streams.remove().await;
    }

    fn commits(
        &self,
        run: YardstickRun,
        store: &RedisStore,
    ) -> Result<Vec<[Option<BareCommit>; STEPS]>, PortError> {
        let admits = usize::from(run.publish);
        let mut commits = Vec::with_capacity(run.items as usize);
        for (item, sample) in (0..run.items).zip(self.samples.iter().cycle()) {
            let mut steps = [const { None }; STEPS];
            for (slot, step) in steps.iter_mut().zip(0..) {
                let batch = sample.batch(Name { run: run.number, item, step, event: 0 }, admits);
                *slot = batch.map(|batch| store.bare_commit(&batch)).transpose()?;
            }
            commits.push(steps);
        }
        Ok(commits)
    }
}

impl Walk {
    /// Consumes every item once.
    async fn hop(&self, consumer: Consumer, step: u8) -> Result<(), PortError> {
        let deliveries = self.yardstick.streams.deliveries(consumer).await?;
        let deliveries = deliveries.take(self.run.items as usize);
        deliveries
            .try_for_each_concurrent(IN_FLIGHT, async |delivery: BareDelivery| {
                if let Some(name) = Name::read(delivery.id()).filter(|name| name.run == self.run.number) {
                    self.step(Name { step, event: 0, ..name }).await?;
                }
                delivery.ack().await
            })
            .await
    }

    /// Commits, publishes what follows all at once, and notes that it is.
    async fn step(&self, name: Name) -> Result<(), PortError> {
        let (item, step) = (name.item as usize, usize::from(name.step));
        let commit = self.commits.get(item).and_then(|steps| steps.get(step)?.as_ref());
        let about = self.commit(name, commit).await?;
        let paths = &self.yardstick.events;
        let events =
            paths.get(item % paths.len().max(1)).and_then(|path| path.get(step)).into_iter().flatten();
        let sent = events.zip(0..).map(async |(event, index)| {
            let id = Name { event: index, ..name }.id();
            let sequence = self.yardstick.streams.publish(event, &id.to_string()).await?;
            Ok::<_, PortError>((event, id, Place { stream: name.step, sequence }))
        });
        let sent = futures_util::future::try_join_all(sent).await?;
        if let (Some(store), Some(about)) = (&self.store, about) {
            let published = sent.into_iter().map(|(event, id, place)| event.published(id, about, place));
            store.sent(&published.collect::<Vec<_>>()).await?;
        }
        Ok(())
    }

    /// Reads the record, as every hop does, and commits. The answer is the task it was about.
    async fn commit(&self, name: Name, commit: Option<&BareCommit>) -> Result<Option<TaskId>, PortError> {
        let (Some(store), Some(commit), Some(key)) = (&self.store, commit, name.key()) else {
            return Ok(None);
        };
        if name.step > 0 {
            store.read_bare(&key).await?;
        }
        store.run_bare(commit).await?;
        Ok(Some(TaskId::of_content(&key)))
    }
}
