//! What a reader of the log makes of an event: the version and state it carries.

use tracerail_schemas::Event;
use tracerail_schemas::task::{Task, TaskState};

use crate::system::Role;
use crate::task::change::Change;

/// The version and state of an event that carries them.
pub(crate) fn told(event: &Event) -> Option<(u64, &TaskState)> {
    if let Event::TaskSnapshot(task) = event {
        return Some((task.version, &task.state));
    }
    event.change().map(|change| (change.version, change.state))
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

/// Asserts that the role is said to make each of these: its rights on the bus follow from that, whatever the tables bring it to.
pub(crate) fn assert_declared(role: Role, change: &Change) {
    let undeclared = change.events.iter().map(Event::subject).find(|made| !role.emits().contains(made));
    assert_eq!(undeclared, None, "{} makes what it is not said to make", role.as_str());
}
