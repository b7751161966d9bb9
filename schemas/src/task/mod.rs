//! A task: work for a person, its life cycle and its SLA clock.
//!
//! Promises: the life cycle is one exhaustive match (`lifecycle`), and the SLA clock is pure arithmetic (`clock`).
//! Deliberately absent: who may do what, and what follows from it. That is decided in `actors/task`.

mod answer;
mod calendar;
mod step;
mod deadline;
mod clock;
mod terms;
mod assignment;
mod work;
mod kind;
mod verb;
mod command;
pub mod lifecycle;
mod model;
mod priority;
mod queue;
mod status;

pub use answer::{CommandAnswer, CommandOutcome, Refusal};
pub use assignment::{Offer, TaskAssignment};
pub use calendar::{Calendar, CalendarError, Span};
pub use clock::{Breach, SlaClock, SlaState};
pub use command::{Command, NewTask};
pub use deadline::{AtRisk, Deadline, DeadlineAction, Target};
pub use kind::CommandKind;
pub use model::{Escalation, Task, TaskData, TaskState};
pub use priority::Priority;
pub use queue::Queue;
pub use status::Status;
pub use step::{EscalationAction, EscalationStep, Targets};
pub use terms::{Approvals, REVIEWERS_MAX, Terms};
pub use verb::Verb;
pub use work::{Completion, Decision, Review};
