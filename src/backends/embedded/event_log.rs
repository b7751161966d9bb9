//! The event log, on the file.

use std::time::Duration;

use async_trait::async_trait;
use rusqlite::OptionalExtension as _;
use tracerail_actors::port::{
    Backlog, Consumer, DeadLetterFilter, Delivery, EventLog, Giveup, LoggedEvent, Nak, PortError, Position,
    Published, Receipt,
};
use tracerail_schemas::dead_letter::DeadLetter;
use tracerail_schemas::intake::IntakePause;
use tracerail_schemas::{ContentKey, EncodedEvent, Envelope, EventId, Subject, TenantId, codec};
use uuid::Uuid;

use super::failure::Failure;
use super::handle::Embedded;
use super::rows::EventRow;
use super::settle::Settlement;
use super::writer::Work;
use super::{backlog, read_content, read_events};

/// The source of events whose publisher said nothing about itself.
const RAW_SOURCE: &str = "tracerail/publish";

#[async_trait]
impl EventLog for Embedded {
    /// Nobody has to be told where they are: the log is the store.
    async fn publish(&self, events: Vec<EncodedEvent>) -> Result<Vec<Published>, PortError> {
        let rows =
            EventRow::all(events, &self.shared().settings).map_err(|failure| failure.during("publish"))?;
        self.write_if("publish", Work::Publish(rows)).await?;
        Ok(Vec::new())
    }

    async fn publish_raw(&self, subject: Subject, data: Vec<u8>) -> Result<EventId, PortError> {
        let bytes_max = self.shared().settings.limits.payload_bytes_max.saturating_mul(4);
        if data.len() > bytes_max {
            let failure = Failure::OverLimit { what: "an event", bytes: data.len(), bytes_max };
            return Err(failure.during(format!("publish {subject}")));
        }
        // An id of its own: a publisher that sends the same bytes twice may mean two events.
        let id = EventId::from_uuid(Uuid::now_v7());
        let envelope = Envelope {
            id,
            subject,
            version: 1,
            source: RAW_SOURCE.to_owned(),
            about: id.to_string(),
            time: self.shared().clock.now(),
            tenant: TenantId::default(),
            correlation_id: id,
            causation_id: None,
            traceparent: None,
        };
        self.publish(vec![EncodedEvent { envelope, data }]).await?;
        Ok(id)
    }

    async fn pull(&self, consumer: Consumer, max: usize, wait: Duration) -> Result<Vec<Delivery>, PortError> {
        self.take_or_wait(consumer, max, wait).await
    }

    async fn ack(&self, receipt: Receipt) -> Result<(), PortError> {
        self.settle_delivery("ack", receipt, Settlement::Ack).await
    }

    async fn nak(&self, receipt: Receipt, nak: Nak) -> Result<(), PortError> {
        self.settle_delivery("nak", receipt, Settlement::Nak(nak)).await
    }

    async fn give_up(&self, receipt: Receipt, why: Giveup) -> Result<(), PortError> {
        self.settle_delivery("give up", receipt, Settlement::GiveUp(why)).await
    }

    async fn release(&self) -> Result<(), PortError> {
        self.write_if("release deliveries", Work::ReleaseLease).await?;
        Ok(())
    }

    async fn read(
        &self,
        after: &Position,
        subjects: &[Subject],
        limit: usize,
    ) -> Result<Vec<LoggedEvent>, PortError> {
        let (after, subjects) = (after.in_stream(0), subjects.to_vec());
        self.read_long("read events", move |file| read_events::after(file, after, &subjects, limit)).await
    }

    async fn trail(&self, about: &ContentKey) -> Result<Vec<LoggedEvent>, PortError> {
        let key = about.clone();
        self.read_long("read trail", move |file| {
            let places = read_content::trail(file, &key)?.into_iter().map(|entry| entry.sequence);
            read_events::at(file, places)
        })
        .await
    }

    async fn head(&self) -> Result<Position, PortError> {
        Ok(Position::of([self.read_point("read head", super::group::head)?]))
    }

    async fn lag(&self, consumer: Consumer) -> Result<u64, PortError> {
        self.read_long("count lag", move |file| backlog::lag(file, consumer)).await
    }

    async fn backlog(&self, consumer: Consumer) -> Result<Backlog, PortError> {
        self.read_long("read backlog", move |file| backlog::of(file, consumer)).await
    }

    async fn dead_letters(&self, filter: DeadLetterFilter) -> Result<Vec<DeadLetter>, PortError> {
        self.read_long("list dead letters", move |file| read_events::dead_letters(file, filter)).await
    }

    async fn replay(&self, number: u64) -> Result<bool, PortError> {
        self.write_if("replay dead letter", Work::Replay(number)).await
    }

    async fn intake_pause(&self) -> Result<Option<IntakePause>, PortError> {
        self.read_point("read the pause of intake", |file| {
            let pause: Option<Vec<u8>> = file
                .prepare_cached("SELECT pause FROM intake_pause")?
                .query_row((), |row| row.get(0))
                .optional()?;
            Ok(pause.map(|pause| codec::decode_own(&pause)).transpose()?)
        })
    }

    async fn set_intake_pause(&self, pause: Option<IntakePause>) -> Result<(), PortError> {
        const OPERATION: &str = "pause intake";
        let pause = pause.map(|pause| codec::encode(&pause)).transpose();
        let pause = pause.map_err(|error| Failure::from(error).during(OPERATION))?;
        self.write_if(OPERATION, Work::PauseIntake(pause)).await.map(drop)
    }
}

impl Embedded {
    async fn settle_delivery(
        &self,
        operation: &str,
        receipt: Receipt,
        settlement: Settlement,
    ) -> Result<(), PortError> {
        if self.write_if(operation, Work::Settle(receipt, settlement)).await? {
            Ok(())
        } else {
            let what = format!("{operation} {} event {}", receipt.consumer, receipt.sequence);
            Err(Failure::Stale.during(what))
        }
    }
}
