//! How an open task stands, in one line: a JSON array of about a hundred bytes, since a shard hands ten thousand of them on in one
//! payload, and Temporal refuses payloads of 2 MiB.

use serde::{Deserialize, Serialize};
use tracerail_schemas::task::{Priority, Status};
use tracerail_schemas::{PersonId, TaskId, TenantId, Timestamp};

use crate::limits;
use crate::words::Level;

/// The digits of a time.
const TIME_BYTES: usize = 13;
/// What stands for a time that there is none.
const NO_TIME_BYTES: usize = "null".len();

/// A task and how it stands.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(from = "Line", into = "Line")]
pub struct OpenTask {
    /// The task.
    pub task_id: TaskId,
    /// How it stands.
    pub level: Level,
}

/// Id, version, status, priority, assignee, escalation level, due, wake, tenant. Times in milliseconds; no tenant is the usual one.
#[derive(Clone, Serialize, Deserialize)]
struct Line(TaskId, u64, Status, Priority, Option<PersonId>, u32, Option<i64>, Option<i64>, Option<TenantId>);

impl OpenTask {
    /// How many bytes its line takes among others, whichever times it has.
    pub(super) fn bytes(&self) -> usize {
        let timeless = Level { due_at: None, wake_at: None, ..self.level.clone() };
        let line = limits::bytes(&Self { task_id: self.task_id, level: timeless });
        line + 2 * (TIME_BYTES - NO_TIME_BYTES) + ",".len()
    }
}

impl From<OpenTask> for Line {
    fn from(task: OpenTask) -> Self {
        let OpenTask { task_id, level } = task;
        let tenant = Some(level.tenant).filter(|tenant| *tenant != TenantId::default());
        // Rounded up: a wait that wakes a moment too early would have to look twice.
        let millis = |at: Timestamp| (at.as_micros() + 999).div_euclid(1_000);
        let (due, wake) = (level.due_at.map(millis), level.wake_at.map(millis));
        let Level { version, status, priority, assignee, escalation_level, .. } = level;
        Self(task_id, version, status, priority, assignee, escalation_level, due, wake, tenant)
    }
}

impl From<Line> for OpenTask {
    fn from(line: Line) -> Self {
        let Line(task_id, version, status, priority, assignee, escalation_level, due, wake, tenant) = line;
        let at = |millis: i64| Timestamp::from_micros(millis.saturating_mul(1_000));
        let level = Level {
            version,
            tenant: tenant.unwrap_or_default(),
            status,
            priority,
            assignee,
            escalation_level,
            due_at: due.map(at),
            wake_at: wake.map(at),
            suspended: status == Status::Suspended,
        };
        Self { task_id, level }
    }
}
