//! The event log on NATS.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::consumer::pull::Config;
use async_trait::async_trait;
use futures_util::future::{join_all, try_join_all};
use tracerail_actors::port::{
    Backlog, Clock, Consumer, DeadLetterFilter, Delivery, EventLog, Giveup, LoggedEvent, Nak, PortError,
    Position, Published, Receipt,
};
use tracerail_schemas::dead_letter::DeadLetter;
use tracerail_schemas::intake::IntakePause;
use tracerail_schemas::{ContentKey, EncodedEvent, EventId, Subject, Timestamp};

use super::connect::{Connection, full};
use super::core::Core;
use super::error::{NatsError, away};
use super::history::{History, Places};
use super::pull::Puller;
use super::read::{self, Reader};
use super::settings::NatsSettings;
use super::setup::{StreamSeen, context, observe};
use super::streams::StreamId;
use super::{backlog, dead_letters, notes, publish};

/// The event log on NATS JetStream. Dropped, it hands out nothing more, and what it held comes again elsewhere.
pub struct NatsLog {
    pub(super) core: Arc<Core>,
    pullers: Vec<(Consumer, Puller)>,
    places: Arc<dyn Places>,
}

impl NatsLog {
    /// The log on this connection, whose streams were seen so by `setup` or `verify`.
    pub fn new(
        connection: Connection,
        settings: NatsSettings,
        seen: &[StreamSeen],
        clock: Arc<dyn Clock>,
        places: Arc<dyn Places>,
    ) -> Self {
        let core = Arc::new(Core::new(connection, settings, seen, clock));
        let pullers = Consumer::ALL.map(|consumer| (consumer, Puller::new(core.clone(), consumer))).into();
        Self { core, pullers, places }
    }

    /// Everything that happened.
    pub fn history(&self) -> History {
        History::from_start(self.core.clone())
    }

    /// Everything that the server took at this time or later.
    pub fn history_since(&self, at: Timestamp) -> History {
        History::since(self.core.clone(), at)
    }

    /// How many dead letters wait for a person: what a store apart from the log cannot count.
    pub async fn dead_letters_held(&self) -> Result<u64, PortError> {
        dead_letters::held(&self.core).await
    }

    /// What is seen of the public streams now.
    pub async fn observe(&self) -> Result<Vec<StreamSeen>, NatsError> {
        observe(&self.core.connection, &self.core.settings).await
    }

    fn puller(&self, consumer: Consumer) -> Result<&Puller, PortError> {
        let found = self.pullers.iter().find(|(of, _)| *of == consumer);
        found.map(|(_, puller)| puller).ok_or_else(|| away("pull", "no such consumer"))
    }
}

#[async_trait]
impl EventLog for NatsLog {
    async fn publish(&self, events: Vec<EncodedEvent>) -> Result<Vec<Published>, PortError> {
        publish::events(&self.core, events).await
    }

    async fn publish_raw(&self, subject: Subject, data: Vec<u8>) -> Result<EventId, PortError> {
        publish::raw(&self.core, subject, data).await
    }

    async fn pull(&self, consumer: Consumer, max: usize, wait: Duration) -> Result<Vec<Delivery>, PortError> {
        self.puller(consumer)?.pull(max, wait).await
    }

    async fn ack(&self, receipt: Receipt) -> Result<(), PortError> {
        self.puller(receipt.consumer)?.ack(receipt).await
    }

    async fn nak(&self, receipt: Receipt, nak: Nak) -> Result<(), PortError> {
        self.puller(receipt.consumer)?.nak(receipt, nak).await
    }

    async fn give_up(&self, receipt: Receipt, why: Giveup) -> Result<(), PortError> {
        self.puller(receipt.consumer)?.give_up(receipt, why).await
    }

    async fn release(&self) -> Result<(), PortError> {
        join_all(self.pullers.iter().map(|(_, puller)| puller.release())).await;
        Ok(())
    }

    async fn read(
        &self,
        after: &Position,
        subjects: &[Subject],
        limit: usize,
    ) -> Result<Vec<LoggedEvent>, PortError> {
        let mut reader = Reader::after(self.core.clone(), after, subjects, limit);
        Ok(reader.read(limit).await?.into_iter().map(|(_, logged)| logged).collect())
    }

    async fn trail(&self, about: &ContentKey) -> Result<Vec<LoggedEvent>, PortError> {
        let places = self.places.places(about).await?;
        let found = try_join_all(places.into_iter().map(|place| read::at(&self.core, place))).await?;
        let mut trail: Vec<_> = found.into_iter().flatten().collect();
        trail.sort_by_key(|logged| (read::order(&logged.event.envelope), logged.event.envelope.id));
        Ok(trail)
    }

    async fn head(&self) -> Result<Position, PortError> {
        let seen = self.observe().await.map_err(|error| error.during("find the end of the log"))?;
        Ok(Position::of(seen.iter().map(|seen| seen.last).collect::<Vec<_>>()))
    }

    async fn lag(&self, consumer: Consumer) -> Result<u64, PortError> {
        let names = &self.core.names;
        let (stream, name) = (names.stream(StreamId::of(consumer)), names.consumer(consumer));
        let found =
            context(&self.core.connection).get_consumer_from_stream::<Config, _, _>(name, stream).await;
        let found = found.map_err(|error| away(format!("count the events of {consumer}"), full(&error)))?;
        let info = found.cached_info();
        Ok(info.num_pending + info.num_ack_pending as u64)
    }

    async fn backlog(&self, consumer: Consumer) -> Result<Backlog, PortError> {
        backlog::of(&self.core, consumer).await
    }

    async fn dead_letters(&self, filter: DeadLetterFilter) -> Result<Vec<DeadLetter>, PortError> {
        dead_letters::list(&self.core, filter).await
    }

    async fn intake_pause(&self) -> Result<Option<IntakePause>, PortError> {
        notes::intake(&self.core).await
    }

    async fn set_intake_pause(&self, pause: Option<IntakePause>) -> Result<(), PortError> {
        notes::set_intake(&self.core, pause.as_ref()).await
    }

    async fn replay(&self, number: u64) -> Result<bool, PortError> {
        dead_letters::replay(&self.core, number).await
    }
}

impl std::fmt::Debug for NatsLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NatsLog").field("core", &self.core).finish_non_exhaustive()
    }
}
