//! What follows for a task that is to be escalated.

use tracerail_schemas::event::{EscalationRequested, EscalationTrigger, SlaBreached, TaskEvent};
use tracerail_schemas::task::{Command, DeadlineAction, Status, Task, Verb};
use tracerail_schemas::{CommandId, Principal, TaskId, Timestamp};
use uuid::Uuid;

use crate::task::standing::Standing;
use crate::task::transition::Context;
use crate::task::transition::escalate::{Climb, climb, superseded};
use crate::task::{Change, decide as by_command};

/// What an event asks for.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Demand {
    pub(super) task_id: TaskId,
    /// The version of the task the event tells of; the stored one is at least this, or the store is behind.
    pub(super) version: u64,
    pub(super) by: Principal,
    pub(super) what: What,
}

/// What is to be done.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum What {
    Climb(Climb),
    Expire,
}

impl Demand {
    pub(super) fn of_breach(event: &TaskEvent<SlaBreached>) -> Self {
        let SlaBreached { level, round, due_at, action } = event.detail;
        let what = match action {
            DeadlineAction::Escalate => What::Climb(Climb {
                round,
                level,
                trigger: EscalationTrigger::SlaBreached,
                reason: format!("the deadline of level {level} passed at {due_at}"),
            }),
            DeadlineAction::Expire => What::Expire,
        };
        Self { task_id: event.task_id, version: event.version, by: Principal::system("escalation"), what }
    }

    pub(super) fn of_request(event: EscalationRequested) -> Self {
        let trigger = match (event.by.is_system(), event.by.id.as_str()) {
            (true, "router") => EscalationTrigger::Route,
            // A level that had fallen due when the task was suspended.
            (true, "sla") => EscalationTrigger::SlaBreached,
            (true | false, _) => EscalationTrigger::Manual,
        };
        let climb = Climb { round: 0, level: event.level, trigger, reason: event.reason };
        Self { task_id: event.task_id, version: 1, by: event.by, what: What::Climb(climb) }
    }

    /// Whether it is a deadline that asks for a climb: what `auto_escalation` switches off. Expiry has its own switch.
    pub(super) fn is_automatic(&self) -> bool {
        match &self.what {
            What::Climb(climb) => climb.trigger == EscalationTrigger::SlaBreached,
            What::Expire => false,
        }
    }
}

/// What follows for the task as it stands.
pub(super) fn decide(
    task: &Task,
    demand: Demand,
    standing: &Standing,
    now: Timestamp,
    cause: Uuid,
) -> Change {
    let context = Context { task, by: &demand.by, now };
    match demand.what {
        What::Climb(wanted) => match overtaken(task, (wanted.round, wanted.level)) {
            Some(reason) => superseded(context, wanted.level, reason),
            None => climb(context, standing, wanted),
        },
        What::Expire => {
            let command = Command {
                id: CommandId::from_uuid(cause),
                task_id: task.id,
                by: demand.by.clone(),
                expected_version: None,
                verb: Verb::Expire,
                traceparent: None,
            };
            let system = Standing { system: true, ..standing.clone() };
            let last = task.state.clock.breaches.last().map_or(0, |breach| breach.level);
            by_command(task, &command, &system, now)
                .unwrap_or_else(|refusal| superseded(context, last, refusal.message))
        }
    }
}

/// What was faster than an escalation to this level of this round, if anything was.
fn overtaken(task: &Task, wanted: (u32, u32)) -> Option<String> {
    let at = task.state.escalation_level;
    match task.state.status {
        Status::Completed | Status::Cancelled => Some(format!("the task was {} first", task.state.status)),
        // When it goes on, the level it missed is asked for again.
        Status::Suspended => Some("the task was suspended first".to_owned()),
        Status::Pending
        | Status::Assigned
        | Status::InProgress
        | Status::WaitingReview
        | Status::Escalated => {
            let is_there = (task.state.escalation_round, at) >= wanted;
            is_there.then(|| format!("the task was raised to level {at} first"))
        }
    }
}
