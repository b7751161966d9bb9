//! Raising a task to an escalation level.

use tracerail_schemas::content::Metadata;
use tracerail_schemas::event::{
    Assigned, Escalated, EscalationRequested, EscalationSuperseded, EscalationTrigger, HowAssigned,
};
use tracerail_schemas::task::{DeadlineAction, Escalation, Status, Task, TaskAssignment, TaskState};
use tracerail_schemas::{Code, Event, Principal, Timestamp};

use super::Context;
use crate::task::change::{Change, Step, told};
use crate::task::raise::{HandOver, next_level};
use crate::task::refused::Refused;
use crate::task::standing::Standing;

/// To which level, and why.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Climb {
    /// The round of the policy; the task must be in no later one.
    pub(crate) round: u32,
    /// The level; the task must be below it, in this round.
    pub(crate) level: u32,
    /// What brought it about.
    pub(crate) trigger: EscalationTrigger,
    /// Why, in words.
    pub(crate) reason: String,
}

/// Somebody asks for the next level.
pub(super) fn by_hand(context: Context<'_>, standing: &Standing, reason: &str) -> Result<Change, Refused> {
    let (_, level) = next_level(context.task);
    let highest = highest_level(context.task);
    if level > highest {
        let message = format!("the task is at level {highest} already, the highest of its escalation policy");
        return Err(Refused::new(Code::CommandIllegal, message));
    }
    let round = context.task.state.escalation_round;
    let wanted = Climb { round, level, trigger: EscalationTrigger::Manual, reason: reason.to_owned() };
    Ok(climb(context, standing, wanted))
}

/// The task at its new level: whoever is to know is told, and it may change hands.
pub(crate) fn climb(context: Context<'_>, standing: &Standing, climb: Climb) -> Change {
    let Climb { round, level, trigger, reason } = climb;
    let raise = &standing.raise;
    let mut step = Step::from(context.task, context.by, context.now);
    let previous_status = step.state.status;
    // Escalated twice, it still came from where it stood at first.
    if previous_status != Status::Escalated {
        step.state.previous_status = Some(previous_status);
    }
    step.go(Status::Escalated);
    step.state.escalation_level = level;
    step.state.escalation_round = round;
    if raise.raises_priority {
        step.state.priority = step.state.priority.raised();
    }
    // Offered to nobody by name, it is offered to everybody: naming somebody would narrow it.
    if !step.state.candidate_users.is_empty() || !step.state.candidate_groups.is_empty() {
        widen(&mut step.state.candidate_users, &raise.widen.users);
        widen(&mut step.state.candidate_groups, &raise.widen.groups);
    }
    let assigned = hand_over(&mut step.state, context, level, &raise.hand_over);
    step.state.escalations.push(Escalation {
        level,
        at: context.now,
        by: context.by.clone(),
        reason: reason.clone(),
    });
    let detail = Escalated {
        level,
        round,
        trigger,
        reason,
        policy: step.state.clock.policy.clone(),
        policy_version: step.state.clock.policy_version,
        strategy: raise.strategy.clone(),
        previous_status,
        notify_users: raise.notify_users.clone(),
        notify_groups: raise.notify_groups.clone(),
    };
    let change = step.done(detail, Event::TaskEscalated);
    match assigned {
        Some(detail) => {
            let event = told(&change.task, context.by, context.now, detail);
            change.and(Event::TaskAssigned(Box::new(event)))
        }
        None => change,
    }
}

fn widen<T: Clone + PartialEq>(those: &mut Vec<T>, more: &[T]) {
    for one in more {
        if !those.contains(one) {
            those.push(one.clone());
        }
    }
}

fn hand_over(
    state: &mut TaskState,
    context: Context<'_>,
    level: u32,
    hand_over: &HandOver,
) -> Option<Assigned> {
    let to = match hand_over {
        HandOver::Keep => return None,
        HandOver::Open => {
            state.assignment = None;
            return None;
        }
        HandOver::To(person) => person,
    };
    let reason = format!("level {level} of the escalation policy {}", state.clock.policy);
    let previous_assignee = context.task.assignee().cloned();
    state.assignment = Some(TaskAssignment {
        task_id: context.task.id,
        assignee_id: to.clone(),
        assigned_at: context.now,
        assigned_by: context.by.clone(),
        due_at: state.due_at,
        assignment_reason: reason.clone(),
        metadata: Metadata::new(),
        lease_until: None,
    });
    Some(Assigned { assignee: to.clone(), previous_assignee, how: HowAssigned::Escalation, reason })
}

/// An escalation was due, and something else had happened first. This is noted, also on a task that is closed.
pub(crate) fn superseded(context: Context<'_>, level: u32, reason: String) -> Change {
    Step::from(context.task, context.by, context.now)
        .done(EscalationSuperseded { level, reason }, Event::TaskEscalationSuperseded)
}

/// The request for an escalation, as an event.
pub(crate) fn requested(task: &Task, level: u32, by: &Principal, reason: String, at: Timestamp) -> Event {
    Event::TaskEscalationRequested(Box::new(EscalationRequested {
        task_id: task.id,
        tenant: task.data.tenant.clone(),
        content: task.data.content_key.clone(),
        level,
        by: by.clone(),
        reason,
        at,
    }))
}

/// The highest level the task's deadlines lead to; at least 1, since people can always ask for one.
fn highest_level(task: &Task) -> u32 {
    let levels =
        task.state.clock.deadlines.iter().filter(|deadline| deadline.action == DeadlineAction::Escalate);
    levels.map(|deadline| deadline.level).max().unwrap_or(1)
}
