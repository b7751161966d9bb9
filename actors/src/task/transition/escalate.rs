//! Raising a task to an escalation level.

use tracerail_schemas::event::{Escalated, EscalationRequested, EscalationSuperseded, EscalationTrigger};
use tracerail_schemas::task::{DeadlineAction, Escalation, Status, Task};
use tracerail_schemas::{Code, Event, Principal, Timestamp};

use super::Context;
use crate::task::change::{Change, Step};
use crate::task::decide::Refused;
use crate::task::standing::Standing;

/// To which level, and why.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Climb {
    /// The level; the task must be below it.
    pub(crate) level: u32,
    /// What brought it about.
    pub(crate) trigger: EscalationTrigger,
    /// Why, in words.
    pub(crate) reason: String,
}

/// Somebody asks for the next level.
pub(super) fn by_hand(context: Context<'_>, standing: &Standing, reason: &str) -> Result<Change, Refused> {
    let level = context.task.state.escalation_level + 1;
    let highest = highest_level(context.task);
    if level > highest {
        let message = format!("the task is at level {highest} already, the highest of its escalation policy");
        return Err(Refused::new(Code::CommandIllegal, message));
    }
    Ok(climb(
        context,
        standing,
        Climb { level, trigger: EscalationTrigger::Manual, reason: reason.to_owned() },
    ))
}

/// The task at its new level: more urgent, and its groups and their leads to be told.
pub(crate) fn climb(context: Context<'_>, standing: &Standing, climb: Climb) -> Change {
    let Climb { level, trigger, reason } = climb;
    let mut step = Step::from(context.task, context.by, context.now);
    let previous_status = step.state.status;
    // Escalated twice, it still came from where it stood at first.
    if previous_status != Status::Escalated {
        step.state.previous_status = Some(previous_status);
    }
    step.go(Status::Escalated);
    step.state.escalation_level = level;
    step.state.priority = step.state.priority.raised();
    step.state.escalations.push(Escalation {
        level,
        at: context.now,
        by: context.by.clone(),
        reason: reason.clone(),
    });
    let detail = Escalated {
        level,
        trigger,
        reason,
        policy: step.state.clock.policy.clone(),
        policy_version: step.state.clock.policy_version,
        previous_status,
        notify_users: standing.leads.clone(),
        notify_groups: step.state.candidate_groups.clone(),
    };
    step.done(detail, Event::TaskEscalated)
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
