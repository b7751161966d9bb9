//! The port of escalation: what raising a task to a level does.

use std::sync::Arc;

use tracerail_schemas::Timestamp;
use tracerail_schemas::task::{EscalationStep, Task};

/// Says what is done when a task is raised. Teams bring their own.
///
/// When it is raised is the task's clock's to say, and stays so. Whom it names goes the way of every step: nobody who is away, works at
/// other hours, is excluded or has done the work is given the task. It has to be quick and to say the same of the same: after a crash it
/// may be asked twice.
pub trait EscalationStrategy: Send + Sync {
    /// Its name, as it stands in `task.escalated`.
    fn name(&self) -> &str;

    /// What is done; `None` does what the policy has.
    fn step(&self, rise: &Rise<'_>) -> Option<EscalationStep>;
}

/// A task that is to be raised.
#[derive(Clone, Copy, Debug)]
pub struct Rise<'a> {
    /// The task as it stands, at the level it comes from.
    pub task: &'a Task,
    /// To which level; 1 is the first.
    pub level: u32,
    /// Of which round of its policy; the first is 0.
    pub round: u32,
    /// What its policy has for that. Where there is none the leads are told and the task becomes more urgent.
    pub planned: Option<&'a EscalationStep>,
    /// Now.
    pub at: Timestamp,
}

/// A strategy that is used.
#[derive(Clone)]
pub struct Escalator(pub Arc<dyn EscalationStrategy>);

impl Escalator {
    /// This one.
    pub fn of(strategy: impl EscalationStrategy + 'static) -> Self {
        Self(Arc::new(strategy))
    }
}

impl PartialEq for Escalator {
    fn eq(&self, other: &Self) -> bool {
        self.0.name() == other.0.name()
    }
}

impl std::fmt::Debug for Escalator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Escalator").field(&self.0.name()).finish()
    }
}
