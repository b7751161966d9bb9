//! How the actors are set. The values and the reason for each stand in the default configuration file.

use std::time::Duration;

use tracerail_schemas::GroupId;
use tracerail_schemas::codec::Limits;
use tracerail_schemas::time::Hours;

/// How the actors are set.
#[derive(Clone, PartialEq, Debug)]
pub struct Settings {
    /// What an event's body may cost.
    pub limits: Limits,
    /// The longest text of a content item, in bytes.
    pub content_bytes_max: usize,
    /// Events one actor works on at once.
    pub in_flight_max: usize,
    /// Events an actor is handed at once.
    pub batch_max: usize,
    /// How often a handler may fail on an event before something else is done with it.
    pub attempts_max: u32,
    /// The first delay before a failed event is tried again; it doubles.
    pub retry_base: Duration,
    /// The longest such delay.
    pub retry_max: Duration,
    /// How long an event waits that only a newer process understands.
    pub park_after: Duration,
    /// How often deadlines are looked for.
    pub sla_tick: Duration,
    /// How long stopping may take before what is in flight is left to be handed out again.
    pub stop_within: Duration,
    /// What holds for tasks.
    pub tasks: TaskPolicy,
}

/// What holds for tasks that do not say otherwise.
#[derive(Clone, PartialEq, Debug)]
pub struct TaskPolicy {
    /// Hours until level 1.
    pub default_sla_hours: Hours,
    /// Hours until level 2, where the task has its SLA from the default; otherwise twice the task's own SLA.
    pub escalation_hours: Hours,
    /// How somebody is chosen for a new task.
    pub assignment: AssignmentStrategy,
    /// Whether passed deadlines escalate.
    pub auto_escalation: bool,
    /// When a task expires, as a multiple of its SLA hours; `None` holds it open for ever.
    pub expire_at_sla_times: Option<f64>,
    /// The groups a task is offered to when its route names none.
    pub candidate_groups: Vec<GroupId>,
}

/// How somebody is chosen for a new task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AssignmentStrategy {
    /// Each candidate in turn.
    RoundRobin,
    /// Nobody: candidates claim.
    Manual,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            content_bytes_max: 256 * 1024,
            in_flight_max: 256,
            batch_max: 128,
            attempts_max: 5,
            retry_base: Duration::from_millis(200),
            retry_max: Duration::from_secs(30),
            park_after: Duration::from_mins(1),
            sla_tick: Duration::from_millis(500),
            stop_within: Duration::from_secs(10),
            tasks: TaskPolicy::default(),
        }
    }
}

impl Default for TaskPolicy {
    fn default() -> Self {
        // Both are literals inside the range; the fallback can never be taken.
        let hours = |hours: f64| Hours::new(hours).unwrap_or(Hours::ONE);
        Self {
            default_sla_hours: hours(24.0),
            escalation_hours: hours(48.0),
            assignment: AssignmentStrategy::RoundRobin,
            auto_escalation: true,
            expire_at_sla_times: None,
            candidate_groups: Vec::new(),
        }
    }
}
