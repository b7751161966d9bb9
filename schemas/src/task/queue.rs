//! Where a task waits that nobody has, and how urgent it is there.

use std::fmt;
use std::time::Duration;

use crate::ids::{GroupId, PersonId};
use crate::task::deadline::Target;
use crate::task::model::TaskState;
use crate::task::priority::Priority;
use crate::task::status::Status;
use crate::time::Timestamp;

/// A queue of tasks that nobody has, the most urgent first.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Queue {
    /// All of them, whoever may take them.
    All,
    /// Those that anybody may take.
    Everybody,
    /// Those that a group may take.
    Group(GroupId),
    /// Those that a person may take who is named, or is offered them.
    Person(PersonId),
}

/// Its name in a store.
impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::Everybody => f.write_str("e"),
            Self::Group(group) => write!(f, "g:{group}"),
            Self::Person(person) => write!(f, "p:{person}"),
        }
    }
}

impl TaskState {
    /// The queues it waits in; none, while somebody has it or nobody may take it. What is offered waits for that person alone.
    pub fn queues(&self) -> Vec<Queue> {
        let waits = match self.status {
            Status::Pending => true,
            Status::Escalated => self.assignment.is_none(),
            Status::Assigned
            | Status::InProgress
            | Status::WaitingReview
            | Status::Suspended
            | Status::Completed
            | Status::Cancelled => false,
        };
        if !waits {
            return Vec::new();
        }
        if let Some(offer) = &self.offer {
            return vec![Queue::Person(offer.to.clone())];
        }
        let groups = self.candidate_groups.iter().cloned().map(Queue::Group);
        let mut queues: Vec<_> =
            groups.chain(self.candidate_users.iter().cloned().map(Queue::Person)).collect();
        if queues.is_empty() {
            queues.push(Queue::Everybody);
        }
        queues.push(Queue::All);
        queues
    }

    /// How urgent it is in them: the earlier, the more. It is when the task is due, moved by its priority: what is urgent counts as if
    /// three quarters of its time were used before it began, high as if half were, and low as if there were twice as much. So whatever
    /// the priorities, no task waits for ever behind those that come later.
    pub fn rank(&self) -> Timestamp {
        let first = self.clock.deadlines.iter().find(|deadline| deadline.target == Target::Completion);
        let (Some(due_at), Some(first)) = (self.due_at, first) else {
            // Without a deadline it comes after all that have one.
            return Timestamp::from_micros(i64::MAX);
        };
        let time: Duration = first.after_us;
        match self.priority {
            Priority::Urgent => due_at.minus(time / 4 * 3),
            Priority::High => due_at.minus(time / 2),
            Priority::Normal => due_at,
            Priority::Low => due_at.plus(time),
        }
    }
}
