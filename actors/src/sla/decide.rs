//! What follows for a task whose time has come.

use std::time::Duration;

use tracerail_schemas::event::{SlaAtRisk, SlaBreached, Updated};
use tracerail_schemas::task::{Command, Status, Task, Verb};
use tracerail_schemas::{CommandId, Event, PersonId, Principal, Timestamp};
use uuid::Uuid;

use crate::port::{Cause, Guard};
use crate::task::change::Step;
use crate::task::commit::Origin;
use crate::task::standing::Standing;
use crate::task::transition::offer::Ended;
use crate::task::transition::{Context, note, offer, work};
use crate::task::{Change, Chosen, decide as by_command};

/// What is to be committed for a task: the change, what it is remembered by, and the time it may not be committed before.
#[derive(Clone, Debug)]
pub(super) struct Due {
    pub(super) change: Change,
    pub(super) origin: Origin,
    pub(super) guard: Guard,
    /// How long ago the deadline passed, if it is one.
    pub(super) late: Option<Duration>,
}

/// What is due for this task at `now`; nothing, when it is not due after all.
///
/// `next` is who is offered the task next, should an offer of it have ended.
pub(super) fn decide(task: &Task, now: Timestamp, next: Option<Chosen>) -> Option<Due> {
    let wake_at = task.wake_at().filter(|wake_at| *wake_at <= now)?;
    if task.state.status == Status::Suspended {
        let (change, cause) = resume(task, now)?;
        let guard = Guard { not_before: Some(wake_at) };
        return Some(Due { change, origin: origin(task, cause, now), guard, late: None });
    }
    // A deadline that has passed as well makes the warning of it idle.
    breach(task, now)
        .or_else(|| end_of_offer(task, now, next))
        .or_else(|| end_of_lease(task, now))
        .or_else(|| warning(task, now))
        .or_else(|| reminder(task, now))
}

/// To whom an offer was made that ends now. A deadline that has passed as well comes first, and somebody is chosen next time.
pub(super) fn ended_offer(task: &Task, now: Timestamp) -> Option<&PersonId> {
    task.state.offer_ends_at().filter(|until| *until <= now)?;
    let deadline_first = task.state.clock.next_due_at().is_some_and(|due_at| due_at <= now);
    task.state.offer.as_ref().filter(|_| !deadline_first).map(|offer| &offer.to)
}

/// An offer that nobody has taken in time.
fn end_of_offer(task: &Task, now: Timestamp, next: Option<Chosen>) -> Option<Due> {
    let until = task.state.offer_ends_at().filter(|until| *until <= now)?;
    let by = Principal::system("sla");
    let context = Context { task, by: &by, now };
    let ended = Ended { declined: false, reason: None };
    Some(timely(context, ("offer", until), offer::end(context, next, ended)?))
}

/// A claim whose holder has given no sign of life.
fn end_of_lease(task: &Task, now: Timestamp) -> Option<Due> {
    let until = task.state.lease_ends_at().filter(|until| *until <= now)?;
    let by = Principal::system("sla");
    let context = Context { task, by: &by, now };
    let who = task.assignee().map(ToString::to_string).unwrap_or_default();
    let reason = format!("the claim of {who} has run out: no sign of life until {until}");
    Some(timely(context, ("lease", until), work::lapse(context, reason)))
}

fn reminder(task: &Task, now: Timestamp) -> Option<Due> {
    let at = task.state.follow_up_at.filter(|at| *at <= now)?;
    let by = Principal::system("sla");
    let context = Context { task, by: &by, now };
    Some(timely(context, ("follow_up", at), note::remind(context, at)))
}

/// A change whose time has come: remembered by what it is and by its time, as which it happens once.
fn timely(context: Context<'_>, (what, at): (&str, Timestamp), change: Change) -> Due {
    let Context { task, now, .. } = context;
    let name = format!("{what}/{}", at.as_micros());
    let origin = origin(task, Uuid::new_v5(&task.id.uuid(), name.as_bytes()), now);
    Due { change, origin, guard: Guard { not_before: Some(at) }, late: None }
}

fn breach(task: &Task, now: Timestamp) -> Option<Due> {
    let by = Principal::system("sla");
    let mut step = Step::from(task, &by, now);
    let breach = step.state.clock.fire(now)?;
    // The deadline of a review comes again with the next review: each time it is another one.
    let place = (breach.round, breach.level);
    let before = task.state.clock.breaches.iter().filter(|it| (it.round, it.level) == place).count();
    let again = if before == 0 { String::new() } else { format!("/{before}") };
    let name = format!("fire/{}/{}{again}", breach.round, breach.level);
    let detail = SlaBreached {
        level: breach.level,
        round: breach.round,
        due_at: breach.due_at,
        action: breach.action,
    };
    let (guard, late) = (Guard { not_before: Some(breach.due_at) }, Some(now.since(breach.due_at)));
    let change = step.done(detail, Event::SlaBreached);
    let origin = origin(task, Uuid::new_v5(&task.id.uuid(), name.as_bytes()), now);
    Some(Due { change, origin, guard, late })
}

/// A task that is at risk: it is noted on the task, and told.
fn warning(task: &Task, now: Timestamp) -> Option<Due> {
    let by = Principal::system("sla");
    let mut step = Step::from(task, &by, now);
    let guard = Guard { not_before: step.state.clock.warns_at() };
    let (level, due_at) = step.state.clock.warn(now)?;
    let at_risk = SlaAtRisk {
        task_id: task.id,
        tenant: task.data.tenant.clone(),
        content: task.data.content_key.clone(),
        level,
        due_at,
        at: now,
    };
    let change = step.done(Updated::default(), Event::TaskUpdated).and(Event::SlaAtRisk(Box::new(at_risk)));
    let name = format!("at_risk/{}", task.state.clock.epoch);
    let origin = origin(task, Uuid::new_v5(&task.id.uuid(), name.as_bytes()), now);
    Some(Due { change, origin, guard, late: None })
}

/// The end of a suspension goes through the same transition as a person's `resume`.
fn resume(task: &Task, now: Timestamp) -> Option<(Change, Uuid)> {
    let name = format!("resume/{}", task.state.clock.epoch);
    let cause = Uuid::new_v5(&task.id.uuid(), name.as_bytes());
    let command = Command {
        id: CommandId::from_uuid(cause),
        task_id: task.id,
        by: Principal::system("sla"),
        expected_version: Some(task.version),
        verb: Verb::Resume,
        traceparent: None,
    };
    let standing = Standing { system: true, ..Standing::default() };
    by_command(task, &command, &standing, now).ok().map(|change| (change, cause))
}

fn origin(task: &Task, cause: Uuid, now: Timestamp) -> Origin {
    let cause = Cause { id: cause, about: task.id, payload_hash: None };
    Origin { source: "tracerail/sla", cause, causation: cause.id, now, traceparent: None }
}
