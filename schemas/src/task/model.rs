//! What a task is made of: what never changes, and what does.

use serde::{Deserialize, Serialize};

use crate::content::Metadata;
use crate::ids::{ContentKey, EventId, GroupId, PersonId, TaskId, TenantId};
use crate::principal::Principal;
use crate::routing::RoutingDecision;
use crate::task::assignment::{Offer, TaskAssignment};
use crate::task::clock::SlaClock;
use crate::task::priority::Priority;
use crate::task::status::Status;
use crate::task::terms::Terms;
use crate::task::work::{Completion, Review};
use crate::time::Timestamp;

/// A task as it is stored: its unchanging data, its state, and the version that counts its changes.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// 1 when created; every change adds one.
    pub version: u64,
    /// What never changes.
    pub data: TaskData,
    /// What does.
    pub state: TaskState,
    /// The hash of the body of the event that made this version: the next one names it, and so on. What was changed behind the back
    /// of TraceRail breaks the chain.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::hash::optional")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Hash>"))]
    pub last_event: Option<[u8; 32]>,
}

/// What never changes about a task.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TaskData {
    /// The tenant it belongs to.
    pub tenant: TenantId,
    /// The content item it decides; `None` for a task somebody created directly.
    #[serde(default)]
    pub content_key: Option<ContentKey>,
    /// The first event of the story it belongs to: the content's submission, or its own creation.
    #[serde(default)]
    pub correlation_id: Option<EventId>,
    /// What the person has to look at.
    pub content: String,
    /// What kind of work it is, for example `content_review`.
    pub task_type: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// Who created it.
    pub created_by: Principal,
    /// What the source says about it.
    #[serde(default)]
    pub metadata: Metadata,
    /// A model's or the analyser's words on it. Advice, marked as such.
    #[serde(default)]
    pub summary: Option<String>,
    /// What a model proposed.
    #[serde(default)]
    pub proposed: Option<RoutingDecision>,
    /// Why a person has to look.
    #[serde(default)]
    pub reason: Option<String>,
    /// The span it was made in, a W3C `traceparent`: what becomes of it belongs to the same trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// What was asked of whoever works it.
    pub terms: Terms,
}

/// What changes about a task.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TaskState {
    /// Where it stands.
    pub status: Status,
    /// Where it stood before it was escalated.
    #[serde(default)]
    pub previous_status: Option<Status>,
    /// Where it stood before it was suspended.
    #[serde(default)]
    pub suspended_from: Option<Status>,
    /// Until when it is suspended, if that was said.
    #[serde(default)]
    pub suspended_until: Option<Timestamp>,
    /// How urgent it is.
    pub priority: Priority,
    /// Who has it.
    #[serde(default)]
    pub assignment: Option<TaskAssignment>,
    /// Who is offered it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<Offer>,
    /// Who was offered it and did not take it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub declined: Vec<PersonId>,
    /// Those who handed it on and those they handed it to: none of them looks at the work as the second person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub delegates: Vec<PersonId>,
    /// Who may take it, people named one by one. Escalation may widen it.
    #[serde(default)]
    pub candidate_users: Vec<PersonId>,
    /// Who may take it, by group.
    #[serde(default)]
    pub candidate_groups: Vec<GroupId>,
    /// The first deadline on the wall; `None` while the clock stands still.
    #[serde(default)]
    pub due_at: Option<Timestamp>,
    /// When its assignee wants to be reminded.
    #[serde(default)]
    pub follow_up_at: Option<Timestamp>,
    /// The clock.
    pub clock: SlaClock,
    /// How high it has been escalated; 0 is not at all.
    #[serde(default)]
    pub escalation_level: u32,
    /// The round of the policy it was escalated in last; the first is 0.
    #[serde(rename = "escalation_loop", default, skip_serializing_if = "is_zero")]
    pub escalation_round: u32,
    /// Every escalation, oldest first.
    #[serde(default)]
    pub escalations: Vec<Escalation>,
    /// When its assignee began.
    #[serde(default)]
    pub started_at: Option<Timestamp>,
    /// The work that is done, perhaps waiting for review.
    #[serde(default)]
    pub completion: Option<Completion>,
    /// The second person's view: the one that decided.
    #[serde(default)]
    pub review: Option<Review>,
    /// Every view of the work that is there, oldest first, where more than one person has to agree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<Review>,
    /// Whether the reviewers disagree and a lead decides.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub adjudicating: bool,
    /// When it was closed.
    #[serde(default)]
    pub closed_at: Option<Timestamp>,
    /// Why it was cancelled.
    #[serde(default)]
    pub cancel_reason: Option<String>,
    /// How many comments there are.
    #[serde(default)]
    pub comments: u32,
}

/// One escalation.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Escalation {
    /// The level it led to.
    pub level: u32,
    /// When.
    pub at: Timestamp,
    /// Who or what asked for it.
    pub by: Principal,
    /// Why.
    pub reason: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Task {
    /// Who has it.
    pub fn assignee(&self) -> Option<&PersonId> {
        self.state.assignment.as_ref().map(|assignment| &assignment.assignee_id)
    }

    /// Whether anything can still happen to it.
    pub fn is_open(&self) -> bool {
        self.state.status.is_open()
    }

    /// When the system has to look at it next: for its deadlines and the warning ahead of them, the end of its suspension, of an offer
    /// or of a claim, or to remind somebody.
    ///
    /// This is what the store keeps beside the task and the sweep asks for; it follows from the state alone,
    /// so that a task can never be stored without the timer that belongs to it.
    pub fn wake_at(&self) -> Option<Timestamp> {
        self.state.wake_at()
    }
}

impl TaskState {
    /// A task that nobody has yet, its clock wound up.
    pub fn pending(priority: Priority, clock: SlaClock) -> Self {
        Self {
            status: Status::Pending,
            previous_status: None,
            suspended_from: None,
            suspended_until: None,
            priority,
            assignment: None,
            offer: None,
            declined: Vec::new(),
            delegates: Vec::new(),
            candidate_users: Vec::new(),
            candidate_groups: Vec::new(),
            due_at: clock.first_due_at(),
            follow_up_at: None,
            clock,
            escalation_level: 0,
            escalation_round: 0,
            escalations: Vec::new(),
            started_at: None,
            completion: None,
            review: None,
            reviews: Vec::new(),
            adjudicating: false,
            closed_at: None,
            cancel_reason: None,
            comments: 0,
        }
    }

    /// When the system has to look at the task next.
    pub fn wake_at(&self) -> Option<Timestamp> {
        match self.status {
            Status::Completed | Status::Cancelled => None,
            Status::Suspended => self.suspended_until,
            Status::Pending
            | Status::Assigned
            | Status::InProgress
            | Status::WaitingReview
            | Status::Escalated => {
                let ends = [self.offer_ends_at(), self.lease_ends_at(), self.follow_up_at];
                ends.into_iter().chain([self.clock.wake_at()]).flatten().min()
            }
        }
    }

    /// When the offer ends that is waiting for somebody.
    pub fn offer_ends_at(&self) -> Option<Timestamp> {
        self.offer.as_ref().filter(|_| self.status == Status::Pending).map(|offer| offer.until)
    }

    /// When a claim ends that gives no sign of life. Work that waits for somebody else needs none.
    pub fn lease_ends_at(&self) -> Option<Timestamp> {
        let at_work = matches!(self.status, Status::Assigned | Status::InProgress | Status::Escalated);
        self.assignment.as_ref().filter(|_| at_work)?.lease_until
    }
}
