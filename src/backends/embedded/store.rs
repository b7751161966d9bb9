//! The store, on the file.

use std::time::Duration;

use async_trait::async_trait;
use rusqlite::OptionalExtension;
use tracerail_actors::port::{
    Armed, Batch, Committed, PortError, Published, QueuePlace, Receipt, Store, StoredAnswer, TaskFilter,
    TaskPage, Totals,
};
use tracerail_schemas::content::ContentRecord;
use tracerail_schemas::task::{CommandAnswer, Queue, Task};
use tracerail_schemas::{
    CommandId, ContentKey, EncodedEvent, GroupId, PersonId, TaskId, TenantId, Timestamp, codec,
};

use super::commit::Outcome;
use super::failure::Failure;
use super::handle::Embedded;
use super::rows::BatchRow;
use super::words::unsigned;
use super::writer::{Done, Work};
use super::{queue, read_content, read_tasks, tally};

#[async_trait]
impl Store for Embedded {
    async fn commit(&self, batch: Batch, receipt: Option<Receipt>) -> Result<Committed, PortError> {
        let row = BatchRow::of(batch, receipt, &self.shared().settings);
        let row = row.map_err(|failure| failure.during("commit"))?;
        match self.write("commit", Work::Commit(Box::new(row))).await? {
            Done::Committed(outcome) => committed(outcome).map_err(|failure| failure.during("commit")),
            Done::Yes(_) => Err(Failure::Panicked.during("commit")),
        }
    }

    fn commit_acknowledges(&self) -> bool {
        true
    }

    /// None ever: the store is the log.
    async fn unsent(&self, _older_than: Duration, _limit: usize) -> Result<Vec<EncodedEvent>, PortError> {
        Ok(Vec::new())
    }

    async fn sent(&self, _events: &[Published]) -> Result<(), PortError> {
        Ok(())
    }

    async fn content(&self, key: &ContentKey) -> Result<Option<ContentRecord>, PortError> {
        self.read_point("read content", |file| read_content::content(file, key))
    }

    async fn find_content(&self, tenant: &TenantId, id: &str) -> Result<Vec<ContentKey>, PortError> {
        self.read_point("find content", |file| read_content::find(file, tenant, id))
    }

    async fn task(&self, id: TaskId) -> Result<Option<Task>, PortError> {
        self.read_point("read task", |file| read_tasks::task(file, id))
    }

    async fn find_task(&self, prefix: &str) -> Result<Vec<TaskId>, PortError> {
        self.read_point("find task", |file| read_tasks::find(file, prefix))
    }

    async fn tasks(&self, filter: TaskFilter) -> Result<TaskPage, PortError> {
        self.read_long("list tasks", move |file| read_tasks::page(file, &filter)).await
    }

    async fn answer(&self, command: CommandId, about: TaskId) -> Result<Option<StoredAnswer>, PortError> {
        self.read_point("read answer", move |file| {
            let row: Option<(Option<Vec<u8>>, Option<[u8; 32]>)> = file
                .prepare_cached("SELECT answer, payload_hash FROM cause WHERE id = ?1")?
                .query_row([command.uuid().as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            let Some((Some(answer), Some(payload_hash))) = row else { return Ok(None) };
            let answer: CommandAnswer = codec::decode_own(&answer)?;
            Ok((answer.task_id == about).then_some(StoredAnswer { answer, payload_hash }))
        })
    }

    async fn due(&self, limit: usize) -> Result<Vec<Task>, PortError> {
        let now = self.shared().clock.now();
        self.read_long("find due tasks", move |file| read_tasks::due(file, now, limit)).await
    }

    async fn armed(&self, after: Option<TaskId>, limit: usize) -> Result<Vec<(Armed, Task)>, PortError> {
        self.read_long("read timers", move |file| read_tasks::armed(file, after, limit)).await
    }

    async fn waiting(
        &self,
        queues: &[Queue],
        after: Option<QueuePlace>,
        limit: usize,
    ) -> Result<Vec<Task>, PortError> {
        self.read_point("find waiting tasks", |file| queue::waiting(file, queues, (after, limit)))
    }

    async fn open_tasks(&self, people: &[PersonId]) -> Result<Vec<u64>, PortError> {
        self.read_point("count open tasks", |file| tally::open_tasks(file, people))
    }

    async fn cursor(&self, group: &GroupId) -> Result<u64, PortError> {
        self.read_point("read cursor", |file| {
            let position: Option<i64> = file
                .prepare_cached("SELECT position FROM cursor WHERE grp = ?1")?
                .query_row([group.as_str()], |row| row.get(0))
                .optional()?;
            Ok(position.map_or(0, unsigned))
        })
    }

    async fn now(&self) -> Result<Timestamp, PortError> {
        Ok(self.shared().clock.now())
    }

    async fn totals(&self) -> Result<Totals, PortError> {
        self.read_point("count", tally::totals)
    }
}

fn committed(outcome: Outcome) -> Result<Committed, Failure> {
    Ok(match outcome {
        Outcome::Applied => Committed::Applied { unsent: Vec::new() },
        Outcome::AlreadyApplied { answer } => Committed::AlreadyApplied {
            answer: answer.map(|bytes| codec::decode_own(&bytes)).transpose()?,
            unsent: Vec::new(),
        },
        Outcome::CauseReused => Committed::CauseReused,
        Outcome::Conflict => Committed::Conflict,
    })
}
