//! `EscalationActor`: consumes `sla.breached` and `task.escalation_requested`, climbs the escalation policy, emits `task.escalated`.
//!
//! Promises: a task is raised to each level at most once, whoever asks and however often; an event is only a hint, what counts is
//! the stored task; an escalation that was overtaken, by the task's end or by somebody who escalated it first, is recorded as
//! superseded, never silently dropped.
//!
//! Deliberately absent: telling people. The event names them; who listens tells them.

mod actor;
mod decide;
#[cfg(test)]
mod tests;

pub(crate) use actor::EscalationActor;
