//! Proves that every deadline will fire: each open task's timer in the store is the one its own ledger asks for.

use tracerail_schemas::task::Task;
use tracerail_schemas::{TaskId, Timestamp};

use crate::port::{Armed, PortError, Ports};

/// What a look at every open task has shown.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct SlaReport {
    /// Open tasks looked at.
    pub open: u64,
    /// Those with an armed timer.
    pub armed: u64,
    /// Those whose clock stands still without a time to go on: nothing is to fire for them now.
    pub standing_still: u64,
    /// Those whose last deadline has been fired.
    pub exhausted: u64,
    /// Those whose timer has passed and is still there: the sweep is behind, or nothing runs.
    pub overdue: u64,
    /// Those whose timer is not the one their ledger asks for. There must be none.
    pub wrong: Vec<WrongTimer>,
}

/// A timer that is not the one the task's ledger asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WrongTimer {
    /// The task.
    pub task_id: TaskId,
    /// The timer in the store.
    pub armed_at: Option<Timestamp>,
    /// The timer the ledger asks for.
    pub should_be: Option<Timestamp>,
}

/// Tasks looked at in one go.
const PAGE: usize = 1_000;

/// Looks at every open task.
pub async fn verify(ports: &Ports) -> Result<SlaReport, PortError> {
    let mut report = SlaReport::default();
    let mut after = None;
    loop {
        let page = ports.store.armed(after, PAGE).await?;
        let now = ports.store.now().await?;
        for (armed, task) in &page {
            report.look_at(*armed, task, now);
        }
        match page.last() {
            Some((armed, _)) if page.len() == PAGE => after = Some(armed.task_id),
            Some(_) | None => return Ok(report),
        }
    }
}

impl SlaReport {
    pub(super) fn look_at(&mut self, armed: Armed, task: &Task, now: Timestamp) {
        self.open += 1;
        let should_be = task.wake_at();
        if armed.wake_at != should_be {
            self.wrong.push(WrongTimer { task_id: armed.task_id, armed_at: armed.wake_at, should_be });
        }
        match should_be {
            Some(wake_at) => {
                self.armed += 1;
                self.overdue += u64::from(wake_at <= now);
            }
            None if task.state.clock.running_since.is_none() => self.standing_still += 1,
            None => self.exhausted += 1,
        }
    }
}
