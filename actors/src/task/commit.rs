//! A change of a task, made ready to be committed: its events told, its item ended if it ends.

use tracerail_schemas::content::{ContentRecord, TerminalRecord};
use tracerail_schemas::event::ContentCompleted;
use tracerail_schemas::task::{CommandAnswer, CommandOutcome};
use tracerail_schemas::{CommandId, Event, EventId, Timestamp, hash};
use uuid::Uuid;

use super::change::{Change, Ending};
use crate::deliver::HandlerError;
use crate::port::{Batch, Cause, ContentWrite, PortError, Ports, TaskWrite};
use crate::story::Story;

/// What brought a change about.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    /// Who tells it, for example `tracerail/task`.
    pub(crate) source: &'static str,
    /// Under which id the effect is remembered.
    pub(crate) cause: Cause,
    /// The event or command, as the events name it.
    pub(crate) causation: Uuid,
    /// When.
    pub(crate) now: Timestamp,
    /// The span it happened in.
    pub(crate) traceparent: Option<String>,
}

/// The batch of a change. `record` is the item's, needed when the change ends it.
pub(crate) fn batch(
    change: Change,
    origin: Origin,
    record: Option<&ContentRecord>,
) -> Result<Batch, HandlerError> {
    let Change { mut task, mut events, ending } = change;
    let story = Story {
        source: origin.source,
        cause: origin.cause.root(),
        causation: origin.causation,
        correlation: task.data.correlation_id,
        about: task.id.to_string(),
        tenant: task.data.tenant.clone(),
        at: origin.now,
        traceparent: origin.traceparent,
    };
    if let (Some(payload_hash), Some(fold)) = (origin.cause.payload_hash, events.first_mut()) {
        fold.stamp(payload_hash);
    }
    if let (Some(previous), Some(fold)) = (task.last_event, events.first_mut()) {
        fold.link(previous);
    }
    let mut batch = Batch::of(origin.cause);
    let mut ids: Vec<Option<EventId>> = vec![None; events.len()];
    if let (Some(ending), Some(key)) = (ending, &task.data.content_key) {
        let told_before = record.map(|record| record.trail.as_slice()).unwrap_or_default();
        let told_now: Vec<_> = (0..events.len()).map(|index| story.id_at(index)).collect();
        let terminal = terminal(ending, task.id, origin.now);
        events.push(Event::ContentCompleted(Box::new(ContentCompleted {
            content: key.clone(),
            outcome: terminal.outcome,
            decided_by: terminal.decided_by.clone(),
            reason: terminal.reason.clone(),
            task_id: Some(task.id),
            content_hash: record.map(|record| record.hash),
            completed_at: origin.now,
            trail: [told_before, &told_now].concat(),
        })));
        ids.push(Some(EventId::terminal(key)));
        batch.content = Some(ContentWrite { terminal: Some(terminal), ..ContentWrite::of(key.clone()) });
    }
    let events: Vec<_> = ids.into_iter().zip(events).collect();
    batch.events = story.tell(&events)?;
    task.last_event = batch.events.first().map(|fold| hash::of(&fold.data));
    let expected_version = task.version.checked_sub(1).filter(|version| *version > 0);
    batch.task = Some(TaskWrite { expected_version, task: Box::new(task) });
    Ok(batch)
}

/// The item's record, if this change ends an item: its trail goes into the terminal event.
pub(crate) async fn record_for(ports: &Ports, change: &Change) -> Result<Option<ContentRecord>, PortError> {
    match (&change.ending, &change.task.data.content_key) {
        (Some(_), Some(key)) => ports.store.content(key).await,
        (Some(_) | None, _) => Ok(None),
    }
}

/// What a command that took effect is answered.
pub(crate) fn done(command: CommandId, change: &Change) -> CommandAnswer {
    CommandAnswer {
        command_id: command,
        task_id: change.task.id,
        outcome: CommandOutcome::Done { version: change.task.version, status: change.task.state.status },
    }
}

fn terminal(ending: Ending, task_id: tracerail_schemas::TaskId, at: Timestamp) -> TerminalRecord {
    let Ending { outcome, decided_by, reason } = ending;
    TerminalRecord { outcome, decided_by, reason, at, task_id: Some(task_id) }
}
