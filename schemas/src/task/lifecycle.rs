//! The life cycle, as one exhaustive match.
//!
//! It says what follows from what, not who may ask for it. The table in `docs/life-cycle.md` is made from it and tested against it.

use super::kind::CommandKind;
use super::status::Status;

/// Where a legal command leads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    /// To this status.
    To(Status),
    /// To completed; to waiting for review where the task requires a second person.
    CompletedOrReview,
    /// To this status, when so many agree as the task asks for; until then it waits for review.
    Agreed(Status),
    /// To the status before the suspension.
    BeforeSuspension,
    /// Nowhere: the status stays.
    Same,
}

impl Next {
    /// How the documentation says it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::To(status) => status.as_str(),
            Self::CompletedOrReview => "completed, or waiting_review where a second person must look",
            Self::Agreed(Status::Completed) => "completed, once enough agree",
            Self::Agreed(_) => "in_progress, once too few can agree",
            Self::BeforeSuspension => "the status before the suspension",
            Self::Same => "unchanged",
        }
    }
}

/// Where `command` leads a task that stands at `from`; `None` when it is not legal there.
///
/// `from` is `None` for a task that does not exist yet.
#[expect(
    clippy::too_many_lines,
    clippy::match_same_arms,
    reason = "the life cycle stands in one place, a row a command"
)]
pub const fn next(from: Option<Status>, command: CommandKind) -> Option<Next> {
    use CommandKind as C;
    use Next::{Agreed, BeforeSuspension, CompletedOrReview, Same, To};
    use Status as S;

    let Some(from) = from else {
        return match command {
            // Or assigned, when a strategy has chosen somebody.
            C::Create => Some(To(S::Pending)),
            C::Claim
            | C::Assign
            | C::Delegate
            | C::Release
            | C::Accept
            | C::Decline
            | C::Heartbeat
            | C::Start
            | C::Complete
            | C::RequestReview
            | C::Approve
            | C::RequestChanges
            | C::Escalate
            | C::Suspend
            | C::Resume
            | C::Cancel
            | C::Expire
            | C::Comment
            | C::SetPriority
            | C::SetDue
            | C::SetFollowUp
            | C::RecomputeSla => None,
        };
    };
    match (from, command) {
        (S::Completed | S::Cancelled, _) | (_, C::Create) => None,

        (S::Pending | S::Escalated, C::Claim) => Some(To(S::Assigned)),
        (S::Assigned | S::InProgress | S::WaitingReview | S::Suspended, C::Claim) => None,

        (S::Pending | S::Assigned | S::InProgress | S::Escalated, C::Assign | C::Delegate) => {
            Some(To(S::Assigned))
        }
        (S::WaitingReview | S::Suspended, C::Assign | C::Delegate) => None,

        (S::Assigned | S::InProgress, C::Release) => Some(To(S::Pending)),
        (S::Pending | S::WaitingReview | S::Escalated | S::Suspended, C::Release) => None,

        (S::Pending, C::Accept) => Some(To(S::Assigned)),
        (S::Pending, C::Decline) => Some(Same),
        (
            S::Assigned | S::InProgress | S::WaitingReview | S::Escalated | S::Suspended,
            C::Accept | C::Decline,
        ) => None,

        (S::Assigned | S::InProgress | S::Escalated, C::Heartbeat) => Some(Same),
        (S::Pending | S::WaitingReview | S::Suspended, C::Heartbeat) => None,

        (S::Assigned | S::Escalated, C::Start) => Some(To(S::InProgress)),
        (S::Pending | S::InProgress | S::WaitingReview | S::Suspended, C::Start) => None,

        (S::Assigned | S::InProgress | S::Escalated, C::Complete) => Some(CompletedOrReview),
        (S::Pending | S::WaitingReview | S::Suspended, C::Complete) => None,

        (S::Assigned | S::InProgress, C::RequestReview) => Some(To(S::WaitingReview)),
        (S::Pending | S::WaitingReview | S::Escalated | S::Suspended, C::RequestReview) => None,

        (S::WaitingReview, C::Approve) => Some(Agreed(S::Completed)),
        (S::WaitingReview, C::RequestChanges) => Some(Agreed(S::InProgress)),
        (
            S::Pending | S::Assigned | S::InProgress | S::Escalated | S::Suspended,
            C::Approve | C::RequestChanges,
        ) => None,

        (S::Pending | S::Assigned | S::InProgress | S::WaitingReview | S::Escalated, C::Escalate) => {
            Some(To(S::Escalated))
        }
        (S::Suspended, C::Escalate) => None,

        (S::Pending | S::Assigned | S::InProgress | S::Escalated, C::Suspend) => Some(To(S::Suspended)),
        (S::WaitingReview | S::Suspended, C::Suspend) => None,

        (S::Suspended, C::Resume) => Some(BeforeSuspension),
        (S::Pending | S::Assigned | S::InProgress | S::WaitingReview | S::Escalated, C::Resume) => None,

        (
            S::Pending | S::Assigned | S::InProgress | S::WaitingReview | S::Escalated | S::Suspended,
            C::Cancel | C::Expire,
        ) => Some(To(S::Cancelled)),
        (
            S::Pending | S::Assigned | S::InProgress | S::WaitingReview | S::Escalated | S::Suspended,
            C::Comment | C::SetPriority | C::SetDue | C::SetFollowUp | C::RecomputeSla,
        ) => Some(Same),
    }
}

/// The commands that are legal at `from`, those that only TraceRail itself may give left out.
pub fn legal(from: Option<Status>) -> Vec<CommandKind> {
    CommandKind::ALL
        .iter()
        .copied()
        .filter(|command| !matches!(command, CommandKind::Expire) && next(from, *command).is_some())
        .collect()
}

/// The life cycle as a Markdown table: a row a command, a column a status.
pub fn markdown_table() -> String {
    use std::fmt::Write;
    let mut table = String::from("| command |");
    for status in Status::ALL {
        write!(table, " {status} |").unwrap_or_default();
    }
    table.push_str("\n|---|");
    table.push_str(&"---|".repeat(Status::ALL.len()));
    for &command in CommandKind::ALL {
        if command == CommandKind::Create {
            continue;
        }
        write!(table, "\n| {command} |").unwrap_or_default();
        for status in Status::ALL {
            write!(table, " {} |", next(Some(status), command).map_or("", Next::as_str)).unwrap_or_default();
        }
    }
    table.push('\n');
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_a_closed_task_and_everything_open_can_be_ended() {
        for status in Status::ALL {
            let legal = legal(Some(status));
            assert_eq!(legal.is_empty(), !status.is_open(), "{status}");
            if status.is_open() {
                assert!(legal.contains(&CommandKind::Cancel), "{status}");
                assert_eq!(next(Some(status), CommandKind::Expire), Some(Next::To(Status::Cancelled)));
            }
        }
        assert_eq!(super::legal(None), [CommandKind::Create]);
    }

    #[test]
    fn the_documentation_is_this_table() {
        let documented = include_str!("../../../docs/life-cycle.md");
        assert!(
            documented.contains(&markdown_table()),
            "docs/life-cycle.md does not hold the table; it should read:\n{}",
            markdown_table()
        );
    }
}
