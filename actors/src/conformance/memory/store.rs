//! The store.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tracerail_schemas::content::ContentRecord;
use tracerail_schemas::task::{Queue, Task};
use tracerail_schemas::{
    CommandId, ContentKey, EncodedEvent, GroupId, PersonId, TaskId, TenantId, Timestamp,
};

use super::defect::Defect;
use super::fault::{Moment, Step};
use super::place::{InstanceId, Place};
use super::{commit, query};
use crate::port::{
    Armed, Batch, Committed, PortError, Published, QueuePlace, Receipt, Store, StoredAnswer, TaskFilter,
    TaskPage, Totals,
};

/// "A few" found things.
const FEW: usize = 10;

/// The store of one instance.
pub struct MemoryStore {
    place: Arc<Place>,
    id: InstanceId,
}

impl MemoryStore {
    pub(super) fn new(place: Arc<Place>, id: InstanceId) -> Self {
        Self { place, id }
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, batch: Batch, _receipt: Option<Receipt>) -> Result<Committed, PortError> {
        assert!(batch.is_about_its_cause(), "a batch writes only what its cause is about");
        let looked = self.place.is(Defect::ChecksCausesTooEarly).then(|| {
            let found = commit::repeated(&self.place.enter(self.id, "commit")?.store, &batch, &self.place);
            // Long enough for others to look as well.
            std::thread::park_timeout(std::time::Duration::from_millis(20));
            Ok::<_, PortError>(found)
        });
        let looked = looked.transpose()?;
        let mut state = self.place.enter(self.id, "commit")?;
        self.place.meet(&mut state, self.id, (Step::Commit, Moment::Before))?;
        let repeated = looked.unwrap_or_else(|| commit::repeated(&state.store, &batch, &self.place));
        let committed = repeated.unwrap_or_else(|| commit::apply(&mut state.store, batch, &self.place));
        self.place.meet(&mut state, self.id, (Step::Commit, Moment::After))?;
        Ok(committed)
    }

    fn commit_acknowledges(&self) -> bool {
        false
    }

    async fn unsent(&self, _older_than: Duration, limit: usize) -> Result<Vec<EncodedEvent>, PortError> {
        let state = self.place.enter(self.id, "read unsent")?;
        let mut unsent: Vec<_> = state.store.outbox.iter().take(limit).cloned().collect();
        if self.place.is(Defect::UnsentReversed) {
            unsent.reverse();
        }
        Ok(unsent)
    }

    async fn sent(&self, events: &[Published]) -> Result<(), PortError> {
        let mut state = self.place.enter(self.id, "note as sent")?;
        self.place.meet(&mut state, self.id, (Step::Sent, Moment::Before))?;
        if !self.place.is(Defect::ForgetsSent) {
            state.store.outbox.retain(|event| !events.iter().any(|sent| sent.id == event.envelope.id));
        }
        self.place.meet(&mut state, self.id, (Step::Sent, Moment::After))
    }

    async fn content(&self, key: &ContentKey) -> Result<Option<ContentRecord>, PortError> {
        let state = self.place.enter(self.id, "read content")?;
        let namesake = state.store.records.keys().find(|other| other.id == key.id);
        let key = namesake.filter(|_| self.place.is(Defect::MixesNamesakes)).unwrap_or(key);
        Ok(state.store.record(key, !self.place.is(Defect::TrailWithoutTask)))
    }

    async fn find_content(&self, tenant: &TenantId, id: &str) -> Result<Vec<ContentKey>, PortError> {
        let state = self.place.enter(self.id, "find content")?;
        let any = self.place.is(Defect::MixesNamesakes);
        let found = state.store.records.keys().filter(|key| (any || key.tenant == *tenant) && key.id == id);
        Ok(found.take(FEW).cloned().collect())
    }

    async fn task(&self, id: TaskId) -> Result<Option<Task>, PortError> {
        Ok(self.place.enter(self.id, "read task")?.store.tasks.get(&id).cloned())
    }

    async fn find_task(&self, prefix: &str) -> Result<Vec<TaskId>, PortError> {
        let state = self.place.enter(self.id, "find task")?;
        let hyphens = self.place.is(Defect::SearchesWithHyphens);
        let written = |id: &&TaskId| if hyphens { id.to_string() } else { id.uuid().simple().to_string() };
        let found = state.store.tasks.keys().filter(|id| written(id).starts_with(prefix));
        Ok(found.take(FEW).copied().collect())
    }

    async fn tasks(&self, filter: TaskFilter) -> Result<TaskPage, PortError> {
        Ok(query::page(&self.place.enter(self.id, "list tasks")?.store, &filter, &self.place))
    }

    async fn answer(&self, command: CommandId, about: TaskId) -> Result<Option<StoredAnswer>, PortError> {
        let state = self.place.enter(self.id, "read answer")?;
        let stored = state.store.answers.get(&command);
        Ok(stored.filter(|stored| stored.answer.task_id == about).cloned())
    }

    async fn due(&self, limit: usize) -> Result<Vec<Task>, PortError> {
        let now = self.place.now();
        Ok(query::due(&self.place.enter(self.id, "look for due tasks")?.store, now, limit, &self.place))
    }

    async fn armed(&self, after: Option<TaskId>, limit: usize) -> Result<Vec<(Armed, Task)>, PortError> {
        let state = self.place.enter(self.id, "list timers")?;
        let all = self.place.is(Defect::WakesClosed);
        let tasks = state.store.by_age_after(after).into_iter().filter(|task| all || task.is_open());
        let timer = |task: &Task| Armed { task_id: task.id, wake_at: task.wake_at() };
        Ok(tasks.take(limit).map(|task| (timer(task), task.clone())).collect())
    }

    async fn waiting(
        &self,
        queues: &[Queue],
        after: Option<QueuePlace>,
        limit: usize,
    ) -> Result<Vec<Task>, PortError> {
        let contents = self.place.enter(self.id, "list waiting tasks")?;
        Ok(query::waiting(&contents.store, queues, (after, limit), &self.place))
    }

    async fn open_tasks(&self, people: &[PersonId]) -> Result<Vec<u64>, PortError> {
        let state = self.place.enter(self.id, "count open tasks")?;
        let all = self.place.is(Defect::CountsClosed);
        let has = |person: &PersonId| {
            let tasks = state.store.tasks.values().filter(|task| all || task.is_open());
            tasks.filter(|task| task.assignee() == Some(person)).count() as u64
        };
        Ok(people.iter().map(has).collect())
    }

    async fn cursor(&self, group: &GroupId) -> Result<u64, PortError> {
        Ok(self.place.enter(self.id, "read cursor")?.store.cursors.get(group).copied().unwrap_or(0))
    }

    async fn now(&self) -> Result<Timestamp, PortError> {
        self.place.enter(self.id, "read the time").map(|_| self.place.now())
    }

    async fn totals(&self) -> Result<Totals, PortError> {
        let state = self.place.enter(self.id, "count")?;
        Ok(query::totals(&state.store, state.log.held(), &self.place))
    }
}

impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryStore").field("id", &self.id).finish_non_exhaustive()
    }
}
