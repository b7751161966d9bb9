//! What happens to tasks.

use serde::{Deserialize, Serialize};

use crate::ids::{CommandId, ContentKey, GroupId, PersonId, TaskId, TenantId};
use crate::principal::Principal;
use crate::task::{Offer, Priority, Refusal, Review, Status, TaskData, TaskState};
use crate::time::Timestamp;

/// A change of a task: which, by whom, and the whole state since. `detail` is what is special about this kind of change.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "TaskEvent_{D}"))]
pub struct TaskEvent<D> {
    /// The task.
    pub task_id: TaskId,
    /// The tenant it belongs to.
    pub tenant: TenantId,
    /// The content item it decides, if it decides one.
    #[serde(default)]
    pub content: Option<ContentKey>,
    /// The task's version since. An event derived from another of the same change has the same version.
    pub version: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Principal,
    /// The hash of the command that brought it about, if one did: with the `causationid` it tells a repetition of that command.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::hash::optional")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Hash>"))]
    pub payload_hash: Option<[u8; 32]>,
    /// The hash of the body of the event that made the version before this one.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::hash::optional")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Hash>"))]
    pub previous: Option<[u8; 32]>,
    /// The whole state since.
    pub state: TaskState,
    /// What is special about it.
    pub detail: D,
}

/// Nothing special.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Plain {}

/// `task.created`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Created {
    /// What never changes about it.
    pub data: TaskData,
}

/// `task.assigned`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Assigned {
    /// Who has it since.
    pub assignee: PersonId,
    /// Who had it before.
    #[serde(default)]
    pub previous_assignee: Option<PersonId>,
    /// How.
    pub how: HowAssigned,
    /// Why this person.
    pub reason: String,
}

/// How somebody came to a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum HowAssigned {
    /// They took it.
    Claim,
    /// Somebody gave it to them.
    Assign,
    /// Its assignee handed it on.
    Delegate,
    /// They were offered it and took it.
    Offer,
    /// An assignment strategy chose them.
    Strategy,
    /// An escalation gave it to them.
    Escalation,
}

/// `task.offered`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Offered {
    /// The offer.
    pub offer: Offer,
}

/// `task.offer_ended`: it was not taken.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OfferEnded {
    /// To whom it was offered.
    pub to: PersonId,
    /// Whether they declined; otherwise the time ran out.
    pub declined: bool,
    /// Why, if they said so.
    #[serde(default)]
    pub reason: Option<String>,
    /// Who is offered it next; without anybody, it is open to all its candidates.
    #[serde(default)]
    pub next: Option<PersonId>,
}

/// `task.released`.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Released {
    /// Why, where it was not simply given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who had it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_assignee: Option<PersonId>,
}

/// `task.reviewed`: a view that does not decide yet.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reviewed {
    /// The view.
    pub review: Review,
    /// How many have approved.
    pub approvals: u32,
    /// How many must.
    pub needed: u32,
    /// Whether the reviewers disagree and a lead decides.
    #[serde(default)]
    pub adjudicating: bool,
}

/// `task.follow_up_due`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FollowUpDue {
    /// When somebody wanted to be reminded.
    pub follow_up_at: Timestamp,
    /// Who has the task.
    #[serde(default)]
    pub assignee: Option<PersonId>,
}

/// `task.review_requested`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReviewRequested {
    /// Whose work it is; they cannot be the second person.
    pub worker: Principal,
    /// Whether the task itself asks for a second person, or the worker did.
    pub required: bool,
}

/// `task.changes_requested`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChangesRequested {
    /// The second person's view.
    pub review: Review,
}

/// `task.escalation_requested`: not a change; the escalation that follows is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EscalationRequested {
    /// The task.
    pub task_id: TaskId,
    /// The tenant it belongs to.
    pub tenant: TenantId,
    /// The content item it decides, if it decides one.
    #[serde(default)]
    pub content: Option<ContentKey>,
    /// The level that is asked for.
    pub level: u32,
    /// Who asks.
    pub by: Principal,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// `task.escalated`: the event users listen for.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Escalated {
    /// The level since; 1 is the first.
    pub level: u32,
    /// The round of the policy; the first is 0.
    #[serde(rename = "loop", default, skip_serializing_if = "is_first")]
    pub round: u32,
    /// What brought it about.
    pub trigger: EscalationTrigger,
    /// Why, in words.
    pub reason: String,
    /// The escalation policy.
    pub policy: String,
    /// Its version.
    pub policy_version: u32,
    /// The strategy of the installation's own that said what to do, in the place of the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<String>,
    /// Where the task stood before.
    pub previous_status: Status,
    /// The people to be told.
    #[serde(default)]
    pub notify_users: Vec<PersonId>,
    /// The groups to be told.
    #[serde(default)]
    pub notify_groups: Vec<GroupId>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
const fn is_first(round: &u32) -> bool {
    *round == 0
}

/// What brought an escalation about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EscalationTrigger {
    /// A deadline passed.
    SlaBreached,
    /// The route asked for it.
    Route,
    /// Somebody asked for it.
    Manual,
}

/// `task.escalation_superseded`: an escalation was due, and something else had happened first.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EscalationSuperseded {
    /// The level that was due.
    pub level: u32,
    /// What had happened first.
    pub reason: String,
}

/// `task.suspended`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Suspended {
    /// Why.
    pub reason: String,
    /// When it goes on by itself, if it does.
    #[serde(default)]
    pub until: Option<Timestamp>,
}

/// `task.commented`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Commented {
    /// What was said.
    pub text: String,
}

/// `task.updated`. What nothing here names is noted in the state, for example a warning that was given.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Updated {
    /// The new priority, if it changed.
    #[serde(default)]
    pub priority: Option<Priority>,
    /// The new due date, if it changed.
    #[serde(default)]
    pub due_at: Option<Timestamp>,
    /// When somebody wants to be reminded, if that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow_up_at: Option<Timestamp>,
    /// Until when the claim holds, if it was prolonged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_until: Option<Timestamp>,
    /// The escalation policy it is under since, if its clock was wound up anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalation_policy: Option<String>,
}

/// `task.completed`. The decision and the work are in `state.completion`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Completed {
    /// `approved` or `rejected`.
    pub outcome: crate::content::Outcome,
    /// Whether every deadline was kept.
    pub sla_met: bool,
    /// The second person, where one looked.
    #[serde(default)]
    pub reviewed_by: Option<Principal>,
}

/// `task.cancelled`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Cancelled {
    /// `cancelled`, or `expired` when nobody decided in time.
    pub outcome: crate::content::Outcome,
    /// Why.
    pub reason: String,
}

/// `task.command_rejected`: a command was refused, and will be whenever it is repeated.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Rejected {
    /// The command.
    pub command_id: CommandId,
    /// The task it was for.
    pub task_id: TaskId,
    /// Who gave it.
    pub by: Principal,
    /// Why it was refused.
    pub refusal: Refusal,
    /// The hash of the command: with its id it tells a repetition.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::hash::optional")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Hash>"))]
    pub payload_hash: Option<[u8; 32]>,
    /// When.
    pub at: Timestamp,
}
