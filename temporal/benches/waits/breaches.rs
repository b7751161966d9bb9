//! Deadlines that fired, as the log tells it: whoever fired them, an actor here or the mirror's process after a wait rang.

use std::collections::HashSet;

use tracerail::TraceRail;
use tracerail_actors::port::Position;
use tracerail_schemas::codec::Limits;
use tracerail_schemas::{Event, Subject, TaskId};

/// Events that are read at once.
const PAGE: usize = 1_000;

/// What the log tells of first deadlines.
#[derive(Default)]
pub(crate) struct Breaches {
    tasks: HashSet<TaskId>,
    /// Told once more.
    pub(crate) twice: u64,
    /// Told before the task was due.
    pub(crate) early: u64,
}

impl Breaches {
    /// Tasks whose first deadline fired.
    pub(crate) fn tasks(&self) -> usize {
        self.tasks.len()
    }
}

/// Reads all that the log tells from here on.
pub(crate) async fn read(rail: &TraceRail, mut after: Position) -> Breaches {
    let mut breaches = Breaches::default();
    loop {
        let page = rail.events(&after, &[Subject::SlaBreached], PAGE).await.unwrap();
        let Some(last) = page.last() else { return breaches };
        after = last.position.clone();
        for logged in &page {
            let envelope = &logged.event.envelope;
            let event = Event::decode(envelope.subject, &logged.event.data, &Limits::unlimited()).unwrap();
            let Event::SlaBreached(told) = event else { continue };
            if (told.detail.level, told.detail.round) == (1, 0) {
                breaches.early += u64::from(envelope.time < told.detail.due_at);
                breaches.twice += u64::from(!breaches.tasks.insert(told.task_id));
            }
        }
    }
}
