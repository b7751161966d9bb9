//! Starts the actors, and stops them in order.
//!
//! Promises: nothing is pulled before every actor stands (two phases); stopping pulls no more, lets what is in flight finish within a
//! limit, publishes what is committed, and lets go of the events so that another process takes over at once.
//! The actors live on a thread of their own, which they may share with the connections they use; callers are in whatever runtime they
//! like.
//!
//! Deliberately absent: signals and configuration. Those are the edge's.

mod handle;
mod stage;
mod thread;
mod ticker;

pub use handle::{Commander, Running, StartError};
pub use thread::Thread;

use std::collections::BTreeSet;
use std::sync::Arc;

use tracerail_schemas::Subject;

use crate::meters::{Meters, watch};
use crate::port::{Consumer, Ports};
use crate::settings::Settings;
use handle::On;

/// The actors a process can run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// `LlmActor`.
    Llm,
    /// `RouterActor`.
    Router,
    /// `TaskActor`.
    Task,
    /// `SlaActor`.
    Sla,
    /// `EscalationActor`.
    Escalation,
}

impl Role {
    /// All of them: what one process runs alone.
    pub const ALL: [Self; 5] = [Self::Llm, Self::Router, Self::Task, Self::Sla, Self::Escalation];

    /// The name in configuration and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Llm => "llm",
            Self::Router => "router",
            Self::Task => "task",
            Self::Sla => "sla",
            Self::Escalation => "escalation",
        }
    }

    /// The subjects of the events it makes. What it has committed and not published when it dies is published by others with the
    /// same role; `content.submitted` is what a command line or library has left.
    pub const fn emits(self) -> &'static [Subject] {
        match self {
            Self::Llm => &[Subject::ContentSubmitted, Subject::ContentAnalyzed],
            Self::Router => &[Subject::ContentRouted, Subject::ContentCompleted],
            Self::Task => &[
                Subject::TaskCreated,
                Subject::TaskAssigned,
                Subject::TaskOffered,
                Subject::TaskOfferEnded,
                Subject::TaskReleased,
                Subject::TaskStarted,
                Subject::TaskReviewRequested,
                Subject::TaskReviewed,
                Subject::TaskChangesRequested,
                Subject::TaskEscalationRequested,
                Subject::TaskEscalated,
                Subject::TaskSuspended,
                Subject::TaskResumed,
                Subject::TaskCommented,
                Subject::TaskUpdated,
                Subject::TaskCompleted,
                Subject::TaskCancelled,
                Subject::TaskCommandRejected,
                Subject::TaskSnapshot,
                Subject::ContentSnapshot,
                Subject::ContentCompleted,
            ],
            Self::Sla => &[
                Subject::SlaAtRisk,
                Subject::SlaBreached,
                Subject::TaskOffered,
                Subject::TaskOfferEnded,
                Subject::TaskReleased,
                Subject::TaskFollowUpDue,
                Subject::TaskUpdated,
                Subject::TaskResumed,
                Subject::TaskEscalationRequested,
            ],
            Self::Escalation => &[
                Subject::TaskEscalated,
                Subject::TaskAssigned,
                Subject::TaskEscalationSuperseded,
                Subject::TaskCancelled,
                Subject::ContentCompleted,
            ],
        }
    }

    /// Whose events these are.
    pub const fn of(consumer: Consumer) -> Self {
        match consumer {
            Consumer::Llm => Self::Llm,
            Consumer::Router => Self::Router,
            Consumer::Task | Consumer::Command => Self::Task,
            Consumer::Escalation => Self::Escalation,
        }
    }

    /// The role of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

/// Starts the actors of these roles. Commands are answered whatever the roles: none at all is a process that only commands.
pub async fn start(ports: Ports, settings: Settings, roles: BTreeSet<Role>) -> Result<Running, StartError> {
    let meters = Arc::new(Meters::default());
    Running::start(On::ItsOwn, watch(ports, &meters), settings, roles, meters).await
}

/// The same on this thread, which must outlive them.
pub async fn start_on(
    thread: &Thread,
    ports: Ports,
    settings: Settings,
    roles: BTreeSet<Role>,
) -> Result<Running, StartError> {
    let meters = Arc::new(Meters::default());
    Running::start(On::This(thread), watch(ports, &meters), settings, roles, meters).await
}
