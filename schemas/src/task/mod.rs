//! A task: work for a person, its life cycle and its SLA clock.
//!
//! Promises: the life cycle is one exhaustive match (`lifecycle`), and the SLA clock is pure arithmetic (`clock`).
//! Deliberately absent: who may do what, and what follows from it. That is decided in `actors/task`.

mod answer;
mod calendar;
mod step;
mod deadline;
mod clock;
mod command;
pub mod lifecycle;
mod model;
mod priority;
mod status;

pub use answer::{CommandAnswer, CommandOutcome, Refusal};
pub use calendar::{Calendar, CalendarError, Span};
pub use clock::{Breach, SlaClock, SlaState};
pub use command::{Command, CommandKind, NewTask, Verb};
pub use deadline::{AtRisk, Deadline, DeadlineAction, Target};
pub use model::{Completion, Decision, Escalation, Review, Task, TaskAssignment, TaskData, TaskState, Terms};
pub use priority::Priority;
pub use status::Status;
pub use step::{EscalationAction, EscalationStep, Targets};
