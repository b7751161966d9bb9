//! The store, on Redis.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;
use tracerail_actors::port::{
    Armed, Batch, Committed, PortError, Published, QueuePlace, Receipt, Store, StoredAnswer, TaskFilter,
    TaskPage, Totals,
};
use tracerail_schemas::content::ContentRecord;
use tracerail_schemas::task::{Queue, Task};
use tracerail_schemas::{
    CommandId, ContentKey, EncodedEvent, GroupId, PersonId, TaskId, TenantId, Timestamp,
};
use uuid::Uuid;

use super::commit;
use super::doorkeeper::Standing;
use super::error::Failure;
use super::gate::Gate;
use super::history::History;
use super::pack::unpack;
use super::read_content::{TrailEntry, typed};
use super::read_tasks::time;
use super::scripts::Script;
use super::sent::Sender;
use super::settings::RedisSettings;
use super::together::Together;
use super::{read_content, read_tasks};

/// The store on Redis. Clones share everything.
#[derive(Clone)]
pub struct RedisStore {
    pub(super) gate: Arc<Gate>,
    pub(super) settings: Arc<RedisSettings>,
    pub(super) history: Arc<dyn History>,
    pub(super) standing: watch::Receiver<Standing>,
    pub(super) commits: Together,
    pub(super) contents: Together,
    sender: Sender,
    sweeper: Arc<str>,
}

impl RedisStore {
    pub(super) fn new(
        gate: Arc<Gate>,
        settings: Arc<RedisSettings>,
        history: Arc<dyn History>,
        standing: watch::Receiver<Standing>,
        runtime: &tokio::runtime::Handle,
    ) -> Self {
        let sender = Sender::start(Arc::clone(&gate), runtime);
        let together = |script| Together::new(Arc::clone(&gate), script, runtime.clone());
        let (commits, contents) = (together(Script::Commit), together(Script::Content));
        let sweeper = Uuid::now_v7().to_string().into();
        Self { gate, settings, history, standing, commits, contents, sender, sweeper }
    }

    /// The events about an item and its task, oldest first.
    pub async fn trail(&self, key: &ContentKey) -> Result<Vec<TrailEntry>, PortError> {
        read_content::trail(self, key).await.map_err(|failure| failure.during("read trail"))
    }

    /// The time a script is to take for the present; Redis takes its own where there is none.
    fn given_time(&self) -> Vec<u8> {
        time(self.settings.clock.as_ref().map(|clock| clock.now()))
    }
}

/// A time as the scripts take it.
pub(super) fn micros(at: Timestamp) -> Vec<u8> {
    at.as_micros().to_string().into_bytes()
}

#[async_trait]
impl Store for RedisStore {
    async fn commit(&self, batch: Batch, receipt: Option<Receipt>) -> Result<Committed, PortError> {
        let committed = commit::commit(self, batch, receipt).await;
        committed.map_err(|failure| failure.during("commit"))
    }

    fn commit_acknowledges(&self) -> bool {
        false
    }

    async fn unsent(&self, older_than: Duration, limit: usize) -> Result<Vec<EncodedEvent>, PortError> {
        unsent(&self.gate, &self.given_time(), older_than, limit)
            .await
            .map_err(|failure| failure.during("read unsent events"))
    }

    async fn sent(&self, events: &[Published]) -> Result<(), PortError> {
        if events.is_empty() {
            return Ok(());
        }
        self.sender.sent(events.to_vec()).await.map_err(|failure| failure.during("note events as sent"))
    }

    async fn content(&self, key: &ContentKey) -> Result<Option<ContentRecord>, PortError> {
        read_content::content(self, key).await.map_err(|failure| failure.during("read content"))
    }

    async fn find_content(&self, tenant: &TenantId, id: &str) -> Result<Vec<ContentKey>, PortError> {
        read_content::find(&self.gate, tenant, id).await.map_err(|failure| failure.during("find content"))
    }

    async fn task(&self, id: TaskId) -> Result<Option<Task>, PortError> {
        let found = read_tasks::tasks(&self.gate, &[id]).await;
        Ok(found.map_err(|failure| failure.during("read task"))?.pop().map(|(task, _)| task))
    }

    async fn find_task(&self, prefix: &str) -> Result<Vec<TaskId>, PortError> {
        read_tasks::find(&self.gate, prefix).await.map_err(|failure| failure.during("find task"))
    }

    async fn tasks(&self, filter: TaskFilter) -> Result<TaskPage, PortError> {
        read_tasks::page(&self.gate, &filter).await.map_err(|failure| failure.during("list tasks"))
    }

    async fn answer(&self, command: CommandId, about: TaskId) -> Result<Option<StoredAnswer>, PortError> {
        read_content::answer(&self.gate, command, about)
            .await
            .map_err(|failure| failure.during("read answer"))
    }

    async fn due(&self, limit: usize) -> Result<Vec<Task>, PortError> {
        read_tasks::due(&self.gate, &self.given_time(), &self.sweeper, limit)
            .await
            .map_err(|failure| failure.during("find due tasks"))
    }

    async fn armed(&self, after: Option<TaskId>, limit: usize) -> Result<Vec<(Armed, Task)>, PortError> {
        read_tasks::armed(&self.gate, after, limit).await.map_err(|failure| failure.during("read timers"))
    }

    async fn waiting(
        &self,
        queues: &[Queue],
        after: Option<QueuePlace>,
        limit: usize,
    ) -> Result<Vec<Task>, PortError> {
        let waiting = read_tasks::waiting(&self.gate, queues, (after, limit)).await;
        waiting.map_err(|failure| failure.during("find waiting tasks"))
    }

    async fn open_tasks(&self, people: &[PersonId]) -> Result<Vec<u64>, PortError> {
        let counted = read_content::open_tasks(&self.gate, people).await;
        counted.map_err(|failure| failure.during("count open tasks"))
    }

    async fn cursor(&self, group: &GroupId) -> Result<u64, PortError> {
        let get = redis::cmd("GET").arg(self.gate.keys.cursor(group)).to_owned();
        let read = async { typed::<Option<u64>>(self.gate.connection.ask(&get).await?) };
        Ok(read.await.map_err(|failure| failure.during("read cursor"))?.unwrap_or(0))
    }

    async fn now(&self) -> Result<Timestamp, PortError> {
        // Whoever asks whether the store is ready asks for its time.
        if !self.gate.is_open() {
            let why = self.waits_for().unwrap_or_default();
            let closed = Failure::Closed { address: self.gate.address.clone(), why };
            return Err(closed.during("read the time"));
        }
        // Its clock may be read by those who may do nothing else.
        if let Some(trouble) = self.gate.trouble() {
            return Err(trouble.during("write"));
        }
        if let Some(clock) = &self.settings.clock {
            return Ok(clock.now());
        }
        now(&self.gate).await.map_err(|failure| failure.during("read the time"))
    }

    async fn totals(&self) -> Result<Totals, PortError> {
        read_content::totals(&self.gate).await.map_err(|failure| failure.during("count"))
    }
}

/// What time it is for Redis.
pub(super) async fn now(gate: &Gate) -> Result<Timestamp, Failure> {
    let answer = gate.connection.ask(&redis::cmd("TIME")).await?;
    let (seconds, micros): (i64, i64) = typed(answer)?;
    Ok(Timestamp::from_micros(seconds * 1_000_000 + micros))
}

async fn unsent(
    gate: &Gate,
    now: &[u8],
    older_than: Duration,
    limit: usize,
) -> Result<Vec<EncodedEvent>, Failure> {
    let (older, most) = (older_than.as_micros().to_string(), limit.to_string());
    let arguments = [now, older.as_bytes(), most.as_bytes()];
    let calls = gate.keys.partitions().map(|partition| gate.call(Script::Unsent, partition, arguments));
    let mut found: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    for answer in futures_util::future::try_join_all(calls).await? {
        let parts: Vec<Vec<u8>> = typed(answer)?;
        let mut parts = parts.into_iter();
        while let (Some(committed_at), Some(event)) = (parts.next(), parts.next()) {
            found.push((committed_at, event));
        }
    }
    // By when they were committed; those of one partition and moment by their number.
    found.sort();
    found.truncate(limit);
    found.iter().map(|(_, event)| unpack(event)).collect()
}

impl std::fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisStore").field("address", &self.gate.address).finish_non_exhaustive()
    }
}
