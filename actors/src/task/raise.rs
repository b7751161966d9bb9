//! What an escalation to a level does with a task: who is told, who gets it, who may take it. From the step in the task's deadline, and
//! from the directory as it is at that moment.

use tracerail_schemas::task::{Deadline, EscalationAction, EscalationStep, Target, Targets, Task};
use tracerail_schemas::{GroupId, PersonId, Timestamp};

use crate::port::{Directory, Escalator, Presence, Rise};

/// What an escalation does.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Raise {
    /// Who is told.
    pub(crate) notify_users: Vec<PersonId>,
    /// Which groups are told.
    pub(crate) notify_groups: Vec<GroupId>,
    /// Whether it becomes more urgent.
    pub(crate) raises_priority: bool,
    /// Who may take it as well.
    pub(crate) widen: Targets,
    /// What becomes of its assignment.
    pub(crate) hand_over: HandOver,
    /// The strategy that said so; without one it was the task's policy.
    pub(crate) strategy: Option<String>,
}

/// What becomes of an assignment.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) enum HandOver {
    /// It stays.
    #[default]
    Keep,
    /// The task goes to this person.
    To(PersonId),
    /// Nobody was available: it is open to all who may take it.
    Open,
}

/// What raising the task to this level does.
pub(crate) fn raise(
    directory: &dyn Directory,
    strategy: Option<&Escalator>,
    task: &Task,
    (round, level): (u32, u32),
    now: Timestamp,
) -> Raise {
    let planned = planned(task, (round, level));
    let rise = Rise { task, level, round, planned, at: now };
    let own = strategy.and_then(|Escalator(strategy)| Some((strategy.name(), strategy.step(&rise)?)));
    match (own, planned) {
        (Some((name, step)), _) => {
            Raise { strategy: Some(name.to_owned()), ..by_step(directory, task, &step, now) }
        }
        (None, Some(step)) => by_step(directory, task, step, now),
        (None, None) => Raise {
            notify_users: leads(directory, &task.state.candidate_groups),
            notify_groups: task.state.candidate_groups.clone(),
            raises_priority: true,
            ..Raise::default()
        },
    }
}

/// Where the next level of the task is: its round and number.
pub(crate) fn next_level(task: &Task) -> (u32, u32) {
    (task.state.escalation_round, task.state.escalation_level + 1)
}

/// What the task's policy has for this level.
fn planned(task: &Task, (round, level): (u32, u32)) -> Option<&EscalationStep> {
    let state = &task.state;
    let mut deadlines = state.clock.deadlines.iter().chain(&state.clock.review);
    let is_it =
        |one: &&Deadline| one.level == level && (one.round == round || one.target != Target::Completion);
    deadlines.find(is_it).and_then(|deadline| deadline.step.as_deref())
}

fn by_step(directory: &dyn Directory, task: &Task, step: &EscalationStep, now: Timestamp) -> Raise {
    let targets = people_of(directory, task, &step.targets);
    let mut raise = Raise { raises_priority: step.does(EscalationAction::RaisePriority), ..Raise::default() };
    if step.does(EscalationAction::Notify) {
        raise.notify_users.clone_from(&targets.users);
        raise.notify_groups.clone_from(&targets.groups);
    }
    if step.does(EscalationAction::Widen) {
        raise.widen = targets.clone();
    }
    if step.does(EscalationAction::Reassign) {
        let otherwise = people_of(directory, task, &step.otherwise);
        let found = [&targets, &otherwise].into_iter().find_map(|it| available(directory, task, it, now));
        raise.hand_over = found.map_or(HandOver::Open, HandOver::To);
        // Whoever is to have it may have it.
        let wider =
            if raise.hand_over == HandOver::Open { [targets, otherwise].to_vec() } else { vec![targets] };
        for one in wider {
            raise.widen.users.extend(one.users);
            raise.widen.groups.extend(one.groups);
        }
    }
    raise
}

/// The targets by name: the manager is that of whoever has the task, or, where nobody has it, the leads of its groups.
fn people_of(directory: &dyn Directory, task: &Task, targets: &Targets) -> Targets {
    let mut named = Targets { manager: false, ..targets.clone() };
    if targets.manager {
        let manager = task.assignee().map(|person| directory.profile(person)?.manager.clone());
        match manager {
            Some(Some(manager)) => named.users.push(manager),
            Some(None) | None => named.users.extend(leads(directory, &task.state.candidate_groups)),
        }
    }
    named
}

/// The first who is available: named people, then the members of the groups. Not whoever has it: time has passed in their hands.
fn available(directory: &dyn Directory, task: &Task, targets: &Targets, now: Timestamp) -> Option<PersonId> {
    let members = targets.groups.iter().flat_map(|group| directory.members(group));
    let worker = task.state.completion.as_ref().map(|completion| &completion.completed_by.id);
    let fits = |person: &PersonId| {
        let known = directory.is_open() || directory.knows(person);
        known
            && task.assignee() != Some(person)
            && worker != Some(person)
            && !task.data.terms.excludes(person)
    };
    targets.users.iter().cloned().chain(members).find_map(|person| match directory.presence(&person, now) {
        Presence::Here => Some(person).filter(fits),
        Presence::OffHours => None,
        Presence::Away(substitute) => {
            substitute.filter(|substitute| directory.presence(substitute, now) == Presence::Here).filter(fits)
        }
    })
}

/// The leads of these groups, each once.
fn leads(directory: &dyn Directory, groups: &[GroupId]) -> Vec<PersonId> {
    let mut leads: Vec<_> = groups.iter().flat_map(|group| directory.leads_of(group)).collect();
    leads.sort();
    leads.dedup();
    leads
}
