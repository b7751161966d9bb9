//! What a reader of the log makes of an event: the version and state it carries.

use tracerail_schemas::Event;
use tracerail_schemas::task::{Task, TaskState};

use crate::task::change::Change;

/// The version and state of an event that carries them.
pub(crate) fn told(event: &Event) -> Option<(u64, &TaskState)> {
    macro_rules! carried {
        ($event:expr) => {
            Some(($event.version, &$event.state))
        };
    }
    match event {
        Event::TaskCreated(event) => carried!(event),
        Event::TaskAssigned(event) => carried!(event),
        Event::TaskOffered(event) => carried!(event),
        Event::TaskOfferEnded(event) => carried!(event),
        Event::TaskReleased(event) => carried!(event),
        Event::TaskStarted(event) | Event::TaskResumed(event) => carried!(event),
        Event::TaskReviewed(event) => carried!(event),
        Event::TaskFollowUpDue(event) => carried!(event),
        Event::TaskReviewRequested(event) => carried!(event),
        Event::TaskChangesRequested(event) => carried!(event),
        Event::TaskEscalated(event) => carried!(event),
        Event::TaskEscalationSuperseded(event) => carried!(event),
        Event::TaskSuspended(event) => carried!(event),
        Event::TaskCommented(event) => carried!(event),
        Event::TaskUpdated(event) => carried!(event),
        Event::TaskCompleted(event) => carried!(event),
        Event::TaskCancelled(event) => carried!(event),
        Event::SlaBreached(event) => carried!(event),
        Event::TaskSnapshot(task) => Some((task.version, &task.state)),
        Event::ContentSubmitted(_)
        | Event::ContentSnapshot(_)
        | Event::TaskCommand(_)
        | Event::ContentAnalyzed(_)
        | Event::ContentRouted(_)
        | Event::ContentCompleted(_)
        | Event::TaskEscalationRequested(_)
        | Event::TaskCommandRejected(_)
        | Event::SlaAtRisk(_) => None,
    }
}

/// Asserts that the change is the next version of `before`, and that its first event carries exactly what is written.
pub(crate) fn assert_next(before: &Task, change: &Change) {
    assert_eq!(change.task.version, before.version + 1);
    assert_eq!((change.task.id, &change.task.data), (before.id, &before.data), "data never changes");
    assert_folds(change);
}

/// Asserts that the first event carries exactly the version and state that are written.
pub(crate) fn assert_folds(change: &Change) {
    let first = change.events.first().and_then(told);
    assert_eq!(first, Some((change.task.version, &change.task.state)), "the fold event tells the task");
}
