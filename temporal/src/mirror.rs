//! The mirror: keeps the waits in step with the tasks.
//!
//! Level-triggered: an event only says of which task something may have changed; what is done follows from the task as it is then. So
//! events may be told twice, out of order or together, and what happened while nobody listened is met by looking at everything.
//! It holds one page of events at most: while Temporal is away, the log keeps the rest.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tracerail_actors::port::{LoggedEvent, Ports, Position};
use tracerail_schemas::{Envelope, Subject, TaskId};

use crate::error::Error;
use crate::keeper::Keeper;
use crate::toolkit::waiters::Waiters;
use crate::waits::Begin;
use crate::{managed, per_task, reconcile};

/// Events read at once.
const PAGE: usize = 1_000;
/// How often the log is looked at for new events.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How often everything is compared.
const COMPARE_EVERY: Duration = Duration::from_mins(5);
/// Between two tries while one of the two sides is away.
const TRIES_EVERY: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

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
    keeper: Keeper,
    waiters: Option<Waiters>,
}

impl Mirror {
    /// Between these tasks and these waits.
    pub const fn new(ports: Ports, keeper: Keeper) -> Self {
        Self { ports, keeper, waiters: None }
    }

    /// The same, and these workflows are told of the ends they wait for.
    #[must_use]
    pub fn telling(self, waiters: Waiters) -> Self {
        Self { waiters: Some(waiters), ..self }
    }

    /// Where tasks are read.
    pub(crate) const fn ports(&self) -> &Ports {
        &self.ports
    }

    /// Who keeps the waits.
    pub(crate) const fn keeper(&self) -> &Keeper {
        &self.keeper
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
            patiently(|| self.tell_left()).await;
            patiently(|| self.tell_all()).await;
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
        self.tell(&events).await?;
        Ok(last.position.clone())
    }

    /// Workflows that wait for the end of their task are told of it.
    async fn tell(&self, events: &[LoggedEvent]) -> Result<(), Error> {
        let Some(waiters) = &self.waiters else { return Ok(()) };
        let is_end = |subject| matches!(subject, Subject::TaskCompleted | Subject::TaskCancelled);
        let closed = events.iter().map(|it| &it.event.envelope).filter(|it| is_end(it.subject));
        waiters.tell_of(&*self.ports.store, closed.filter_map(Envelope::task_id)).await
    }

    async fn tell_all(&self) -> Result<(), Error> {
        match &self.waiters {
            Some(waiters) => waiters.tell_all(&*self.ports.store).await,
            None => Ok(()),
        }
    }

    /// Brings the waits of these tasks in step. The answer is how many of them are known not to be; what a shard has no room for is seen
    /// only when it is asked.
    pub(crate) async fn bring_all(&self, tasks: Vec<TaskId>, begin: Begin) -> Result<u64, Error> {
        match &self.keeper {
            Keeper::PerTask(waits) => per_task::follow::bring_all(&self.ports, waits, tasks, begin).await,
            Keeper::Managed { shards, .. } => {
                managed::follow::bring_all(&self.ports, shards, tasks, begin).await.map(|()| 0)
            }
        }
    }

    /// Waits of the other mode, which began before it was changed, are told as well: now and then, until they have ended.
    async fn tell_left(&self) -> Result<(), Error> {
        match &self.keeper {
            Keeper::PerTask(_) => Ok(()),
            Keeper::Managed { left, .. } => per_task::follow::tell_left(&self.ports, left).await,
        }
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
