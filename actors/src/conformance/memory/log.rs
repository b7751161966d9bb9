//! The log.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tracerail_schemas::dead_letter::DeadLetter;
use tracerail_schemas::intake::IntakePause;
use tracerail_schemas::{ContentKey, EncodedEvent, Envelope, EventId, Subject, TaskId, TenantId};
use uuid::Uuid;

use super::defect::Defect;
use super::fault::{Moment, Step};
use super::place::{InstanceId, Place, State};
use super::progress::Progress;
use crate::port::{
    Backlog, Consumer, DeadLetterFilter, Delivery, EventLog, Giveup, LoggedEvent, Nak, PortError,
    PortErrorKind, Position, Published, Receipt,
};

/// How long a waiting pull sleeps at most: the test clock does not wake it.
const LOOKS_AGAIN_AFTER: Duration = Duration::from_millis(5);

/// The log of one instance.
pub struct MemoryLog {
    pub(super) place: Arc<Place>,
    pub(super) id: InstanceId,
}

/// What the log holds.
#[derive(Default)]
pub(super) struct LogState {
    events: Vec<LoggedEvent>,
    known: BTreeSet<EventId>,
    pub(super) progress: BTreeMap<Consumer, Progress>,
    epochs: u64,
    released: BTreeSet<InstanceId>,
    /// Dead letters, each with the place of its event; the number is the index, from 1.
    pub(super) dead: Vec<(u64, DeadLetter)>,
    pause: Option<IntakePause>,
}

impl LogState {
    pub(super) fn give_back(&mut self, gone: InstanceId, place: &Place) {
        self.progress.values_mut().for_each(|progress| progress.give_back(gone, place));
    }

    pub(super) fn event(&self, sequence: u64) -> &EncodedEvent {
        &self.events[usize::try_from(sequence - 1).expect("it fits")].event
    }

    /// Every event with its place.
    pub(super) fn all(&self) -> impl Iterator<Item = (u64, &EncodedEvent)> {
        (1..).zip(self.events.iter().map(|logged| &logged.event))
    }

    /// The bodies of all events, to be changed.
    pub(super) fn bodies(&mut self) -> impl Iterator<Item = &mut EncodedEvent> {
        self.events.iter_mut().map(|logged| &mut logged.event)
    }

    fn add(&mut self, mut event: EncodedEvent, place: &Place) {
        if !self.known.insert(event.envelope.id) && !place.is(Defect::AddsTwice) {
            return;
        }
        if place.is(Defect::ChangesBytes) {
            event.data.push(b' ');
        }
        let sequence = self.events.len() as u64 + 1;
        if let Some(consumer) = Consumer::of(event.envelope.subject) {
            self.progress.entry(consumer).or_default().add(sequence);
        }
        self.events.push(LoggedEvent { position: Position::of([sequence]), event });
    }

    fn deliver(&self, consumer: Consumer, (sequence, failures, epoch): (u64, u32, u64)) -> Delivery {
        let event = self.event(sequence).clone();
        let receipt = Receipt { consumer, sequence, epoch };
        Delivery { receipt, failures, envelope: event.envelope, data: event.data }
    }
}

impl MemoryLog {
    pub(super) fn new(place: Arc<Place>, id: InstanceId) -> Self {
        Self { place, id }
    }

    fn take(&self, consumer: Consumer, max: usize) -> Result<Vec<Delivery>, PortError> {
        let mut state = self.place.enter(self.id, "pull")?;
        let log = &mut state.log;
        if log.released.contains(&self.id) && !self.place.is(Defect::PullsAfterRelease) {
            return Ok(Vec::new());
        }
        let progress = log.progress.entry(consumer).or_default();
        let max = if self.place.is(Defect::IgnoresMax) { usize::MAX } else { max };
        let handed = progress.hand_out(&self.place, self.id, max, &mut log.epochs);
        Ok(handed.into_iter().map(|one| log.deliver(consumer, one)).collect())
    }

    /// Marks a delivery as done; its failures so far. Refused when the receipt is not of this instance's present delivery.
    pub(super) fn settle(
        &self,
        state: &mut State,
        receipt: Receipt,
        operation: &str,
    ) -> Result<u32, PortError> {
        let progress = state.log.progress.entry(receipt.consumer).or_default();
        progress.settle(&self.place, self.id, receipt).ok_or_else(|| {
            PortError::new(operation, PortErrorKind::Invalid, "the receipt is of an earlier ownership")
        })
    }

    /// What is known of bytes that came without attributes.
    fn envelope(&self, subject: Subject, sequence: u64) -> Envelope {
        let id = EventId::from_uuid(Uuid::new_v5(&Uuid::NAMESPACE_OID, &sequence.to_be_bytes()));
        Envelope {
            id,
            subject,
            version: 1,
            source: "bus".to_owned(),
            about: id.to_string(),
            time: self.place.now(),
            tenant: TenantId::default(),
            correlation_id: id,
            causation_id: None,
            traceparent: None,
        }
    }
}

#[async_trait]
impl EventLog for MemoryLog {
    async fn publish(&self, events: Vec<EncodedEvent>) -> Result<Vec<Published>, PortError> {
        let mut state = self.place.enter(self.id, "publish")?;
        let published = events.iter().filter_map(|event| Published::of(event, None)).collect();
        for event in events {
            self.place.meet(&mut state, self.id, (Step::Publish, Moment::Before))?;
            state.log.add(event, &self.place);
            self.place.meet(&mut state, self.id, (Step::Publish, Moment::After))?;
        }
        self.place.changed.notify_waiters();
        Ok(published)
    }

    async fn publish_raw(&self, subject: Subject, data: Vec<u8>) -> Result<EventId, PortError> {
        let mut state = self.place.enter(self.id, "publish raw")?;
        let envelope = self.envelope(subject, state.log.events.len() as u64 + 1);
        let id = envelope.id;
        state.log.add(EncodedEvent { envelope, data }, &self.place);
        self.place.changed.notify_waiters();
        Ok(id)
    }

    async fn pull(&self, consumer: Consumer, max: usize, wait: Duration) -> Result<Vec<Delivery>, PortError> {
        let until = Instant::now() + wait;
        loop {
            let handed = self.take(consumer, max)?;
            let left = until.saturating_duration_since(Instant::now());
            if !handed.is_empty() || left.is_zero() || self.place.is(Defect::NeverWaits) {
                return Ok(handed);
            }
            let changed = self.place.changed.notified();
            // Woken or not, it looks again.
            drop(tokio::time::timeout(left.min(LOOKS_AGAIN_AFTER), changed).await);
        }
    }

    async fn ack(&self, receipt: Receipt) -> Result<(), PortError> {
        let mut state = self.place.enter(self.id, "ack")?;
        self.place.meet(&mut state, self.id, (Step::Ack, Moment::Before))?;
        self.settle(&mut state, receipt, "ack")?;
        self.place.meet(&mut state, self.id, (Step::Ack, Moment::After))
    }

    async fn nak(&self, receipt: Receipt, nak: Nak) -> Result<(), PortError> {
        let mut state = self.place.enter(self.id, "nak")?;
        self.place.meet(&mut state, self.id, (Step::Nak, Moment::Before))?;
        let failures = self.settle(&mut state, receipt, "nak")?;
        let progress = state.log.progress.entry(receipt.consumer).or_default();
        progress.put_back(&self.place, receipt.sequence, failures, &nak);
        self.place.changed.notify_waiters();
        Ok(())
    }

    async fn give_up(&self, receipt: Receipt, why: Giveup) -> Result<(), PortError> {
        self.bury(receipt, why)
    }

    async fn release(&self) -> Result<(), PortError> {
        let mut state = self.place.enter(self.id, "release")?;
        state.log.released.insert(self.id);
        if !self.place.is(Defect::KeepsOnRelease) {
            state.log.give_back(self.id, &self.place);
        }
        self.place.changed.notify_waiters();
        Ok(())
    }

    async fn read(
        &self,
        after: &Position,
        subjects: &[Subject],
        limit: usize,
    ) -> Result<Vec<LoggedEvent>, PortError> {
        let state = self.place.enter(self.id, "read")?;
        let all = subjects.is_empty() || self.place.is(Defect::IgnoresFilters);
        let wanted = |logged: &&LoggedEvent| {
            logged.position > *after && (all || subjects.contains(&logged.event.envelope.subject))
        };
        Ok(state.log.events.iter().filter(wanted).take(limit).cloned().collect())
    }

    async fn trail(&self, about: &ContentKey) -> Result<Vec<LoggedEvent>, PortError> {
        let state = self.place.enter(self.id, "trail")?;
        let (content, task) = (about.to_string(), TaskId::of_content(about).to_string());
        let belongs = |logged: &&LoggedEvent| {
            let envelope = &logged.event.envelope;
            let of_task = envelope.about == task && !self.place.is(Defect::TrailWithoutTask);
            envelope.tenant == about.tenant && (envelope.about == content || of_task)
        };
        Ok(state.log.events.iter().filter(belongs).cloned().collect())
    }

    async fn head(&self) -> Result<Position, PortError> {
        Ok(Position::of([self.place.enter(self.id, "head")?.log.events.len() as u64]))
    }

    async fn lag(&self, consumer: Consumer) -> Result<u64, PortError> {
        let state = self.place.enter(self.id, "lag")?;
        Ok(state.log.progress.get(&consumer).map_or(0, |progress| progress.lag(&self.place)))
    }

    async fn backlog(&self, consumer: Consumer) -> Result<Backlog, PortError> {
        Ok(Backlog { waiting: self.lag(consumer).await?, ..Backlog::default() })
    }

    async fn dead_letters(&self, filter: DeadLetterFilter) -> Result<Vec<DeadLetter>, PortError> {
        self.list_dead(filter)
    }

    async fn intake_pause(&self) -> Result<Option<IntakePause>, PortError> {
        Ok(self.place.enter(self.id, "read the pause")?.log.pause.clone())
    }

    async fn set_intake_pause(&self, pause: Option<IntakePause>) -> Result<(), PortError> {
        let mut contents = self.place.enter(self.id, "pause")?;
        if pause.is_some() || !self.place.is(Defect::PausesForEver) {
            contents.log.pause = pause;
        }
        Ok(())
    }

    async fn replay(&self, number: u64) -> Result<bool, PortError> {
        self.revive(number)
    }
}

impl std::fmt::Debug for MemoryLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryLog").field("id", &self.id).finish_non_exhaustive()
    }
}
