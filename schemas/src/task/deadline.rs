//! Points on the SLA clock, and what is to happen there.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::task::step::EscalationStep;
use crate::time::{Timestamp, duration_micros};

/// What is to happen when a deadline passes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeadlineAction {
    /// Escalate to the deadline's level.
    Escalate,
    /// End the task.
    Expire,
}

/// What has to be done by a deadline.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Somebody has begun.
    Start,
    /// The task is closed.
    #[default]
    Completion,
    /// A second person has looked, counted from when one was asked to.
    Review,
}

/// A point on the clock.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Deadline {
    /// The escalation level it leads to; 1 is the first.
    pub level: u32,
    /// The time on the clock at which it is reached.
    #[serde(with = "duration_micros")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Microseconds"))]
    pub after_us: Duration,
    /// What is to happen.
    pub action: DeadlineAction,
    /// What has to be done by then.
    #[serde(default, skip_serializing_if = "Target::is_completion")]
    pub target: Target,
    /// The round of the policy; the first is 0.
    #[serde(rename = "loop", default, skip_serializing_if = "is_first")]
    pub round: u32,
    /// What an escalation does then; without it, the groups of the task and their leads are told, and it becomes more urgent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Box<EscalationStep>>,
}

/// A warning ahead of the first deadline.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AtRisk {
    /// The time on the clock at which it is given.
    #[serde(with = "duration_micros")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Microseconds"))]
    pub after_us: Duration,
    /// When it was given.
    #[serde(default)]
    pub warned_at: Option<Timestamp>,
}

impl Target {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
    const fn is_completion(&self) -> bool {
        matches!(self, Self::Completion)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
const fn is_first(round: &u32) -> bool {
    *round == 0
}

impl Deadline {
    /// A deadline for the completion of the task, in the first round of a policy.
    pub const fn new(level: u32, after: Duration, action: DeadlineAction) -> Self {
        Self { level, after_us: after, action, target: Target::Completion, round: 0, step: None }
    }
}
