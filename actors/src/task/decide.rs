//! What follows from a command: a change, or a refusal that says what would be possible.

use tracerail_schemas::task::{Command, CommandKind, Refusal, Status, Task, lifecycle};
use tracerail_schemas::{Code, Timestamp};

use super::change::Change;
use super::permission;
use super::refused::Refused;
use super::standing::Standing;
use super::transition;

/// What follows from a command on a task that exists.
pub(crate) fn decide(
    task: &Task,
    command: &Command,
    standing: &Standing,
    now: Timestamp,
) -> Result<Change, Refusal> {
    check(task, command, standing)
        .and_then(|()| transition::apply(task, command, standing, now))
        .map_err(|refused| refused.of(Some(task)))
}

fn check(task: &Task, command: &Command, standing: &Standing) -> Result<(), Refused> {
    if let Some(expected) = command.expected_version
        && expected != task.version
    {
        let message = format!("the task is at version {}, not {expected}: somebody was faster", task.version);
        return Err(Refused::new(Code::VersionConflict, message));
    }
    let status = task.state.status;
    let kind = command.verb.kind();
    if lifecycle::next(Some(status), kind).is_none() {
        return Err(Refused::new(Code::CommandIllegal, illegal(status, kind)));
    }
    permission::check(task, command, standing)
}

fn illegal(status: Status, kind: CommandKind) -> String {
    match (status, kind) {
        (Status::Assigned | Status::InProgress, CommandKind::Claim) => {
            format!("the task is {status}: somebody has it already")
        }
        (Status::Completed | Status::Cancelled, _) => format!("the task is {status}, which is final"),
        (
            Status::Pending
            | Status::Assigned
            | Status::InProgress
            | Status::WaitingReview
            | Status::Escalated
            | Status::Suspended,
            _,
        ) => format!("{kind} is not possible while the task is {status}"),
    }
}
