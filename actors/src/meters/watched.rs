//! Store and log with a watch beside them: every call is timed and counted.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tracerail_schemas::content::ContentRecord;
use tracerail_schemas::dead_letter::DeadLetter;
use tracerail_schemas::intake::IntakePause;
use tracerail_schemas::task::{Queue, Task};
use tracerail_schemas::{
    CommandId, ContentKey, EncodedEvent, EventId, GroupId, PersonId, Subject, TaskId, TenantId, Timestamp,
};

use super::{Call, Meters};
use crate::port::{
    Armed, Backlog, Batch, Committed, Consumer, DeadLetterFilter, Delivery, EventLog, Giveup, LoggedEvent,
    Nak, PortError, Ports, Position, Published, QueuePlace, Receipt, Store, StoredAnswer, TaskFilter,
    TaskPage, Totals,
};

/// A port with a watch beside it.
struct Watched<P: ?Sized> {
    inner: Arc<P>,
    meters: Arc<Meters>,
}

/// The same ports, their store and log watched.
pub(crate) fn watch(ports: Ports, meters: &Arc<Meters>) -> Ports {
    let Ports { log, store, .. } = &ports;
    let log = Arc::new(Watched { inner: Arc::clone(log), meters: Arc::clone(meters) });
    let store = Arc::new(Watched { inner: Arc::clone(store), meters: Arc::clone(meters) });
    Ports { log, store, ..ports }
}

impl<P: ?Sized> Watched<P> {
    async fn timed<T>(
        &self,
        call: Call,
        answer: impl Future<Output = Result<T, PortError>>,
    ) -> Result<T, PortError> {
        let began = Instant::now();
        let answer = answer.await;
        self.meters.called(call, began.elapsed(), answer.is_err());
        answer
    }
}

#[async_trait]
impl EventLog for Watched<dyn EventLog> {
    async fn publish(&self, events: Vec<EncodedEvent>) -> Result<Vec<Published>, PortError> {
        self.timed(Call::Publish, self.inner.publish(events)).await
    }

    async fn publish_raw(&self, subject: Subject, data: Vec<u8>) -> Result<EventId, PortError> {
        self.timed(Call::PublishRaw, self.inner.publish_raw(subject, data)).await
    }

    async fn pull(&self, consumer: Consumer, max: usize, wait: Duration) -> Result<Vec<Delivery>, PortError> {
        self.timed(Call::Pull, self.inner.pull(consumer, max, wait)).await
    }

    async fn ack(&self, receipt: Receipt) -> Result<(), PortError> {
        self.timed(Call::Ack, self.inner.ack(receipt)).await
    }

    async fn nak(&self, receipt: Receipt, nak: Nak) -> Result<(), PortError> {
        self.timed(Call::Nak, self.inner.nak(receipt, nak)).await
    }

    async fn give_up(&self, receipt: Receipt, why: Giveup) -> Result<(), PortError> {
        self.timed(Call::GiveUp, self.inner.give_up(receipt, why)).await
    }

    async fn release(&self) -> Result<(), PortError> {
        self.timed(Call::Release, self.inner.release()).await
    }

    async fn read(
        &self,
        after: &Position,
        subjects: &[Subject],
        limit: usize,
    ) -> Result<Vec<LoggedEvent>, PortError> {
        self.timed(Call::Read, self.inner.read(after, subjects, limit)).await
    }

    async fn trail(&self, about: &ContentKey) -> Result<Vec<LoggedEvent>, PortError> {
        self.timed(Call::Trail, self.inner.trail(about)).await
    }

    async fn head(&self) -> Result<Position, PortError> {
        self.timed(Call::Head, self.inner.head()).await
    }

    async fn lag(&self, consumer: Consumer) -> Result<u64, PortError> {
        self.timed(Call::Lag, self.inner.lag(consumer)).await
    }

    async fn backlog(&self, consumer: Consumer) -> Result<Backlog, PortError> {
        self.timed(Call::Backlog, self.inner.backlog(consumer)).await
    }

    async fn dead_letters(&self, filter: DeadLetterFilter) -> Result<Vec<DeadLetter>, PortError> {
        self.timed(Call::DeadLetters, self.inner.dead_letters(filter)).await
    }

    async fn intake_pause(&self) -> Result<Option<IntakePause>, PortError> {
        self.timed(Call::IntakePause, self.inner.intake_pause()).await
    }

    async fn set_intake_pause(&self, pause: Option<IntakePause>) -> Result<(), PortError> {
        self.timed(Call::SetIntakePause, self.inner.set_intake_pause(pause)).await
    }

    async fn replay(&self, number: u64) -> Result<bool, PortError> {
        self.timed(Call::Replay, self.inner.replay(number)).await
    }
}

#[async_trait]
impl Store for Watched<dyn Store> {
    async fn commit(&self, batch: Batch, receipt: Option<Receipt>) -> Result<Committed, PortError> {
        self.timed(Call::Commit, self.inner.commit(batch, receipt)).await
    }

    fn commit_acknowledges(&self) -> bool {
        self.inner.commit_acknowledges()
    }

    async fn unsent(&self, older_than: Duration, limit: usize) -> Result<Vec<EncodedEvent>, PortError> {
        self.timed(Call::Unsent, self.inner.unsent(older_than, limit)).await
    }

    async fn sent(&self, events: &[Published]) -> Result<(), PortError> {
        self.timed(Call::Sent, self.inner.sent(events)).await
    }

    async fn content(&self, key: &ContentKey) -> Result<Option<ContentRecord>, PortError> {
        self.timed(Call::Content, self.inner.content(key)).await
    }

    async fn find_content(&self, tenant: &TenantId, id: &str) -> Result<Vec<ContentKey>, PortError> {
        self.timed(Call::FindContent, self.inner.find_content(tenant, id)).await
    }

    async fn task(&self, id: TaskId) -> Result<Option<Task>, PortError> {
        self.timed(Call::Task, self.inner.task(id)).await
    }

    async fn find_task(&self, prefix: &str) -> Result<Vec<TaskId>, PortError> {
        self.timed(Call::FindTask, self.inner.find_task(prefix)).await
    }

    async fn tasks(&self, filter: TaskFilter) -> Result<TaskPage, PortError> {
        self.timed(Call::Tasks, self.inner.tasks(filter)).await
    }

    async fn answer(&self, command: CommandId, about: TaskId) -> Result<Option<StoredAnswer>, PortError> {
        self.timed(Call::Answer, self.inner.answer(command, about)).await
    }

    async fn due(&self, limit: usize) -> Result<Vec<Task>, PortError> {
        self.timed(Call::Due, self.inner.due(limit)).await
    }

    async fn armed(&self, after: Option<TaskId>, limit: usize) -> Result<Vec<(Armed, Task)>, PortError> {
        self.timed(Call::Armed, self.inner.armed(after, limit)).await
    }

    async fn waiting(
        &self,
        queues: &[Queue],
        after: Option<QueuePlace>,
        limit: usize,
    ) -> Result<Vec<Task>, PortError> {
        self.timed(Call::Waiting, self.inner.waiting(queues, after, limit)).await
    }

    async fn open_tasks(&self, people: &[PersonId]) -> Result<Vec<u64>, PortError> {
        self.timed(Call::OpenTasks, self.inner.open_tasks(people)).await
    }

    async fn cursor(&self, group: &GroupId) -> Result<u64, PortError> {
        self.timed(Call::Cursor, self.inner.cursor(group)).await
    }

    async fn now(&self) -> Result<Timestamp, PortError> {
        self.timed(Call::Now, self.inner.now()).await
    }

    async fn totals(&self) -> Result<Totals, PortError> {
        self.timed(Call::Totals, self.inner.totals()).await
    }
}
