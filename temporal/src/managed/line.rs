//! How an open task stands, in one line: a JSON array of about a hundred bytes, since a shard hands ten thousand of them on in one
//! payload, and Temporal refuses payloads of 2 MiB.

use serde::{Deserialize, Serialize};
use tracerail_schemas::task::{Priority, Status};
use tracerail_schemas::{PersonId, TaskId, TenantId, Timestamp};

use crate::words::Level;

/// What a line takes beside its names, at most, while versions are below a million.
const REST_BYTES: usize = 120;

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
    /// How many bytes its line takes, at most.
    pub(super) fn bytes(level: &Level) -> usize {
        let assignee = level.assignee.as_ref().map_or(0, |it| escaped(it.as_str()));
        REST_BYTES + assignee + escaped(level.tenant.as_str())
    }
}

fn escaped(text: &str) -> usize {
    // Names hold no control characters; nothing else is written longer than it is.
    text.bytes().map(|byte| if byte == b'"' || byte == b'\\' { 2 } else { 1 }).sum()
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
