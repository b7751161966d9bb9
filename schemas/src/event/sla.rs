//! What happens on the SLA clock.

use serde::{Deserialize, Serialize};

use crate::ids::{ContentKey, TaskId, TenantId};
use crate::task::DeadlineAction;
use crate::time::Timestamp;

/// `sla.breached`: the detail of the change that records a passed deadline.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SlaBreached {
    /// The deadline's level.
    pub level: u32,
    /// The round of the policy; the first is 0.
    #[serde(rename = "loop")]
    pub round: u32,
    /// When it fell due.
    pub due_at: Timestamp,
    /// What has to happen now.
    pub action: DeadlineAction,
}

/// `sla.at_risk`: a deadline is near.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SlaAtRisk {
    /// The task.
    pub task_id: TaskId,
    /// The tenant it belongs to.
    pub tenant: TenantId,
    /// The content item it decides, if it decides one.
    #[serde(default)]
    pub content: Option<ContentKey>,
    /// The deadline's level.
    pub level: u32,
    /// When it falls due.
    pub due_at: Timestamp,
    /// When this was noticed.
    pub at: Timestamp,
}
