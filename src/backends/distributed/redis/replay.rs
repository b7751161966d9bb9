//! Applies what the log tells to the state, in large batches.

use std::collections::{BTreeMap, HashMap, HashSet};

use futures_util::future::{join, try_join_all};
use tracerail_actors::port::Place;
use tracerail_schemas::{ContentKey, EncodedEvent, EventId, Subject, TaskId, Timestamp};

use super::arguments::Arguments;
use super::error::Failure;
use super::fold::{Folded, Folder};
use super::gate::Gate;
use super::history::History;
use super::read_content::typed;
use super::rebuild::Progress;
use super::scripts::Script;

/// Entries in one call of the script: some milliseconds of Redis' time.
const AT_ONCE: usize = 200;

/// Events after which others on this thread have their turn: the lock of whoever does this has to be kept meanwhile.
const GIVES_WAY_EVERY: usize = 64;

/// Entries that wait for what they follow. The older half of more follows what the log no longer has.
const EARLY_MAX: usize = 100_000;

/// Makes the state follow the log.
pub(super) struct Replay<'a> {
    gate: &'a Gate,
    /// The state the partitions are in meanwhile.
    state: &'a str,
    folder: Folder,
    waiting: BTreeMap<u16, Vec<Folded>>,
    early: Vec<Folded>,
    seen: HashSet<EventId>,
    progress: Progress,
}

impl<'a> Replay<'a> {
    pub(super) fn new(gate: &'a Gate, state: &'a str) -> Self {
        Self {
            gate,
            state,
            folder: Folder::default(),
            waiting: BTreeMap::new(),
            early: Vec::new(),
            seen: HashSet::new(),
            progress: Progress::default(),
        }
    }

    /// Applies everything the log has since this moment. `tell` hears how far it is.
    pub(super) async fn run(
        mut self,
        history: &dyn History,
        since: Option<Timestamp>,
        tell: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Progress, Failure> {
        let mut pages = history.since(since);
        let mut page = pages.next().await.map_err(|error| self.gate.refusal(&error.chain()))?;
        while !page.is_empty() {
            for (n, (place, event)) in page.into_iter().enumerate() {
                self.take(&event, Some(place))?;
                if n.is_multiple_of(GIVES_WAY_EVERY) {
                    tokio::task::yield_now().await;
                }
            }
            // While one is applied the next one is read.
            let (next, flushed) = join(pages.next(), self.flush(false)).await;
            flushed?;
            page = next.map_err(|error| self.gate.refusal(&error.chain()))?;
            tell(self.progress);
        }
        self.flush(true).await?;
        if since.is_some() {
            self.find_orphans(history).await?;
        }
        self.settle_early().await?;
        tell(self.progress);
        Ok(self.progress)
    }

    /// Applies these events, which the log may not have yet.
    pub(super) async fn apply(mut self, events: &[EncodedEvent]) -> Result<Progress, Failure> {
        for event in events {
            self.take(event, None)?;
        }
        self.flush(true).await?;
        self.settle_early().await?;
        Ok(self.progress)
    }

    fn take(&mut self, event: &EncodedEvent, place: Option<Place>) -> Result<(), Failure> {
        self.progress.events += 1;
        self.progress.tasks += u64::from(event.envelope.subject == Subject::TaskCreated);
        for folded in self.folder.fold(event, place)? {
            let partition = self.gate.keys.partition_of(folded.about);
            self.waiting.entry(partition).or_default().push(folded);
        }
        Ok(())
    }

    /// Sends what has gathered: whole batches, or everything.
    async fn flush(&mut self, everything: bool) -> Result<(), Failure> {
        let mut batches: Vec<(u16, Vec<Folded>)> = Vec::new();
        for (partition, waiting) in &mut self.waiting {
            while waiting.len() >= AT_ONCE || (everything && !waiting.is_empty()) {
                let rest = waiting.split_off(waiting.len().min(AT_ONCE));
                batches.push((*partition, std::mem::replace(waiting, rest)));
            }
        }
        // Batches of one partition keep their order: they go one after the other on one connection.
        let calls = batches.iter().map(|(partition, batch)| self.send(*partition, batch));
        let early = try_join_all(calls).await?;
        for ((_, batch), early) in batches.into_iter().zip(early) {
            let early: HashSet<usize> = early.into_iter().collect();
            self.early
                .extend(batch.into_iter().enumerate().filter(|(n, _)| early.contains(n)).map(|(_, it)| it));
        }
        if self.early.len() > EARLY_MAX {
            // What the younger half follows may be about to come.
            let young = self.early.split_off(EARLY_MAX / 2);
            self.settle_early().await?;
            self.early = young;
        }
        Ok(())
    }

    /// The numbers of the entries that came too early.
    async fn send(&self, partition: u16, batch: &[Folded]) -> Result<Vec<usize>, Failure> {
        let mut arguments = Arguments::default();
        arguments.push(self.state.as_bytes());
        for folded in batch {
            folded.entry.add_to(&mut arguments);
        }
        typed(self.gate.call_past_the_gate(Script::Apply, partition, arguments.iter()).await?)
    }

    /// What came before what it follows has its turn now. What still has none follows what is lost.
    async fn settle_early(&mut self) -> Result<(), Failure> {
        while !self.early.is_empty() {
            let before = self.early.len();
            let mut partitions: BTreeMap<u16, Vec<Folded>> = BTreeMap::new();
            for folded in self.early.drain(..) {
                partitions.entry(self.gate.keys.partition_of(folded.about)).or_default().push(folded);
            }
            for (partition, all) in partitions {
                for batch in all.chunks(AT_ONCE) {
                    let early: HashSet<usize> = self.send(partition, batch).await?.into_iter().collect();
                    let still = batch.iter().enumerate().filter(|(n, _)| early.contains(n));
                    self.early.extend(still.map(|(_, it)| it.clone()));
                }
            }
            if self.early.len() == before {
                self.progress.without_beginning += before as u64;
                let about: Vec<_> = self.early.iter().take(5).map(|it| it.about.to_string()).collect();
                tracing::warn!(
                    count = before,
                    ?about,
                    "events about items whose beginnings the log does not have: they ended before its oldest events \
                     (nats.max_age), or events are missing"
                );
                self.early.clear();
            }
        }
        Ok(())
    }

    /// Submissions that are older than what was read, of items that are not in the store.
    async fn find_orphans(&mut self, history: &dyn History) -> Result<(), Failure> {
        let mut missing: HashMap<EventId, ContentKey> = HashMap::new();
        for (id, key) in self.folder.orphans() {
            if !self.is_admitted(key).await? {
                missing.insert(*id, key.clone());
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        tracing::info!(count = missing.len(), "looking further back for items that were taken in");
        let mut pages = history.since(None);
        while !missing.is_empty() {
            let page = pages.next().await.map_err(|error| self.gate.refusal(&error.chain()))?;
            if page.is_empty() {
                break;
            }
            for (place, event) in page {
                let is_one = event.envelope.subject == Subject::ContentSubmitted;
                if is_one
                    && missing.remove(&event.envelope.id).is_some()
                    && self.seen.insert(event.envelope.id)
                {
                    self.take(&event, Some(place))?;
                }
            }
        }
        self.flush(true).await
    }

    async fn is_admitted(&self, key: &ContentKey) -> Result<bool, Failure> {
        let name =
            format!("{}c:{key}", self.gate.keys.base(self.gate.keys.partition_of(TaskId::of_content(key))));
        let exists = redis::cmd("HEXISTS").arg(name).arg("h").to_owned();
        typed(self.gate.connection.ask(&exists).await?)
    }
}
