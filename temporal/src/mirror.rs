//! The mirror: keeps the waits in step with the tasks.
//!
//! Level-triggered: an event only says of which task something may have changed; what is done follows from the task as it is then. So
//! events may be told twice, out of order or together, and what happened while nobody listened is met by looking at everything.
//! It holds one page of events at most: while Temporal is away, the log keeps the rest.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::{TryStreamExt, stream};
use tokio::sync::watch;
use tokio::time::Instant;
use tracerail_actors::port::{Ports, Position};
use tracerail_schemas::{Subject, TaskId};

use crate::error::Error;
use crate::reconcile;
use crate::waits::{Begin, Waits};
use crate::words::{Ending, Level};

/// Events read at once.
const PAGE: usize = 500;
/// Waits spoken to at the same time. 16: a small Temporal server has no more to give.
const AT_ONCE: usize = 16;
/// How often the log is looked at for new events.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How often everything is compared.
const COMPARE_EVERY: Duration = Duration::from_mins(5);
/// Between two tries while one of the two sides is away.
const TRIES_EVERY: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));
/// How often a wait that comes and goes between two calls is tried.
const TURNS: usize = 5;

/// The events after which a wait may have to be told something.
const HINTS: [Subject; 18] = [
    Subject::TaskCreated,
    Subject::TaskAssigned,
    Subject::TaskOffered,
    Subject::TaskOfferEnded,
    Subject::TaskReleased,
    Subject::TaskStarted,
    Subject::TaskReviewRequested,
    Subject::TaskReviewed,
    Subject::TaskChangesRequested,
    Subject::TaskFollowUpDue,
    Subject::TaskEscalated,
    Subject::TaskSuspended,
    Subject::TaskResumed,
    Subject::TaskCommented,
    Subject::TaskUpdated,
    Subject::TaskCompleted,
    Subject::TaskCancelled,
    Subject::SlaBreached,
];

/// Keeps waits in step with tasks.
#[derive(Clone, Debug)]
pub struct Mirror {
    ports: Ports,
    waits: Waits,
}

/// What was done for one task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// A wait was begun.
    Opened,
    /// Its wait was told how it stands.
    Changed,
    /// Its wait was told that it is closed.
    Closed,
    /// It is closed and nobody waited, or there is no such task.
    Nothing,
}

impl Mirror {
    /// Between these tasks and these waits.
    pub const fn new(ports: Ports, waits: Waits) -> Self {
        Self { ports, waits }
    }

    /// Where tasks are read.
    pub(crate) const fn ports(&self) -> &Ports {
        &self.ports
    }

    /// The waits.
    pub(crate) const fn waits(&self) -> &Waits {
        &self.waits
    }

    /// Follows the tasks until it is told to stop.
    pub async fn follow(&self, stop: watch::Receiver<bool>) {
        let stopping = stopping(stop);
        tokio::select! {
            () = stopping => {}
            () = self.follow_on() => {}
        }
    }

    async fn follow_on(&self) {
        // What happens while everything is compared is read after it.
        let mut after = patiently(|| async { Ok(self.ports.log.head().await?) }).await;
        loop {
            let mended = patiently(|| reconcile::mend_at_once(self)).await;
            if mended > 0 {
                tracing::info!(mended, "waits and tasks are in step again");
            }
            let compare_at = Instant::now() + COMPARE_EVERY;
            while Instant::now() < compare_at {
                after = patiently(|| self.page(&after)).await;
            }
        }
    }

    /// One page of events, brought in step; or a moment's rest, when there are none.
    async fn page(&self, after: &Position) -> Result<Position, Error> {
        let events = self.ports.log.read(after, &HINTS, PAGE).await?;
        let Some(last) = events.last() else {
            tokio::time::sleep(LOOK_EVERY).await;
            return Ok(after.clone());
        };
        let tasks: BTreeSet<TaskId> =
            events.iter().filter_map(|logged| logged.event.envelope.task_id()).collect();
        self.bring_all(tasks.into_iter().collect(), Begin::Once).await?;
        Ok(last.position.clone())
    }

    /// Brings the waits of these tasks in step, several at the same time.
    pub(crate) async fn bring_all(&self, tasks: Vec<TaskId>, begin: Begin) -> Result<(), Error> {
        stream::iter(tasks.into_iter().map(Ok))
            .try_for_each_concurrent(AT_ONCE, |task| async move { self.bring(task, begin).await.map(drop) })
            .await
    }

    /// Brings the wait of this task in step with it.
    pub async fn bring(&self, id: TaskId, begin: Begin) -> Result<Step, Error> {
        for _ in 0..TURNS {
            let Some(task) = self.ports.store.task(id).await? else { return Ok(Step::Nothing) };
            if let Some(ending) = Ending::of(&task) {
                let told = self.waits.close(&ending).await?;
                return Ok(if told { Step::Closed } else { Step::Nothing });
            }
            // A new task most likely has no wait yet, any other has.
            let level = Level::of(&task);
            if task.version > 1 && self.waits.change(id, &level).await? {
                return Ok(Step::Changed);
            }
            let first = task.version == 1;
            if self.waits.open(task, begin).await? {
                return Ok(Step::Opened);
            }
            if first && self.waits.now(id).await?.is_some() {
                return Ok(Step::Nothing);
            }
        }
        // It waits, or has waited, and cannot be told: the comparison of everything finds it.
        tracing::warn!(task = %id, "the wait of this task has ended before the task; the next comparison begins it again");
        Ok(Step::Nothing)
    }
}

/// Tries until it succeeds, and says so once when it does not at first.
async fn patiently<T, F, Fut>(mut attempt: F) -> T
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, Error>>,
{
    let (mut pause, longest) = TRIES_EVERY;
    loop {
        match attempt().await {
            Ok(done) => return done,
            Err(error) => tracing::warn!(%error, "the waits cannot be kept in step now; trying again"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(longest);
    }
}

async fn stopping(mut stop: watch::Receiver<bool>) {
    // Nobody who could stop it any more is a wish to stop as well.
    stop.wait_for(|stopped| *stopped).await.map(drop).unwrap_or_default();
}
