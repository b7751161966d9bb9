//! How the one who gives a command stands to the task: the directory's answer, taken before anything is decided.

use tracerail_schemas::principal::PrincipalKind;
use tracerail_schemas::task::{SlaClock, Task, Verb};
use tracerail_schemas::{GroupId, PersonId, Principal, Timestamp};

use super::assign::Chosen;
use super::raise::Raise;
use crate::port::{Directory, Presence};

/// How the doer, and the person a command names, stand to a task.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one yes-or-no answer of the directory")]
pub(crate) struct Standing {
    /// TraceRail itself.
    pub(crate) system: bool,
    /// May take the task.
    pub(crate) candidate: bool,
    /// Leads one of its groups.
    pub(crate) lead: bool,
    /// Whether the person named by the command is known.
    pub(crate) target_known: bool,
    /// Whether that person may have the task.
    pub(crate) target_candidate: bool,
    /// Whether they stand in for the one whose work it is.
    pub(crate) stands_in: bool,
    /// What an escalation does.
    pub(crate) raise: Raise,
    /// Who is offered the task next, when it is declined.
    pub(crate) next: Option<Chosen>,
    /// The clock as the configuration would wind it up now, when that is asked for.
    pub(crate) fresh_clock: Option<Box<SlaClock>>,
}

/// The standing of `by` towards a task.
pub(crate) fn standing(
    directory: &dyn Directory,
    task: &Task,
    by: &Principal,
    verb: &Verb,
    now: Timestamp,
) -> Standing {
    let target = match verb {
        Verb::Assign { to } | Verb::Delegate { to } => Some(to),
        Verb::Create(_)
        | Verb::Claim
        | Verb::Release
        | Verb::Accept
        | Verb::Decline { .. }
        | Verb::Heartbeat
        | Verb::Start
        | Verb::Complete { .. }
        | Verb::RequestReview { .. }
        | Verb::Approve { .. }
        | Verb::RequestChanges { .. }
        | Verb::Escalate { .. }
        | Verb::Suspend { .. }
        | Verb::Resume
        | Verb::Cancel { .. }
        | Verb::Expire
        | Verb::Comment { .. }
        | Verb::SetPriority { .. }
        | Verb::SetDue { .. }
        | Verb::SetFollowUp { .. }
        | Verb::RecomputeSla { .. } => None,
    };
    let (state, terms) = (&task.state, &task.data.terms);
    let groups = &state.candidate_groups;
    let person = by.kind != PrincipalKind::System;
    let candidate = |person: &PersonId| {
        is_candidate(directory, &state.candidate_users, groups, person) && !terms.excludes(person)
    };
    Standing {
        system: by.is_system(),
        candidate: person && candidate(&by.id),
        lead: person && (directory.is_open() || directory.leads(&by.id, groups)),
        target_known: target.is_some_and(|person| directory.is_open() || directory.knows(person)),
        target_candidate: target.is_some_and(candidate),
        stands_in: person && stands_in(directory, task, &by.id, now),
        raise: Raise::default(),
        next: None,
        fresh_clock: None,
    }
}

/// Whether this person stands in for the one whose work it is, who is away.
fn stands_in(directory: &dyn Directory, task: &Task, person: &PersonId, now: Timestamp) -> bool {
    let worker = task.state.completion.as_ref().map(|work| &work.completed_by.id);
    worker.is_some_and(
        |worker| matches!(directory.presence(worker, now), Presence::Away(Some(one)) if one == *person),
    )
}

/// Whether a person may have a task that is offered to these people and groups. Offered to nobody, it is offered to all.
pub(crate) fn is_candidate(
    directory: &dyn Directory,
    users: &[PersonId],
    groups: &[GroupId],
    person: &PersonId,
) -> bool {
    if directory.is_open() {
        return true;
    }
    let offered_to_all = users.is_empty() && groups.is_empty();
    (offered_to_all && directory.knows(person))
        || users.contains(person)
        || directory.is_member(person, groups)
}

/// Those of these groups that somebody is in, or the default groups when nobody is in any: a task offered to an empty group could
/// be taken by nobody.
pub(crate) fn staffed(directory: &dyn Directory, groups: &[GroupId], default: &[GroupId]) -> Vec<GroupId> {
    if directory.is_open() {
        return groups.to_vec();
    }
    let somebody =
        |group: &&GroupId| !directory.members(group).is_empty() || !directory.leads_of(group).is_empty();
    let staffed: Vec<_> = groups.iter().filter(somebody).cloned().collect();
    if staffed.is_empty() { default.to_vec() } else { staffed }
}
