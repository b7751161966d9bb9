//! When a wait rings again, after a look at its task. Pure.

use std::time::Duration;

use tracerail_schemas::Timestamp;

use crate::words::Level;

/// From when on something due counts as overdue: many times TraceRail's tick.
const OVERDUE_AFTER: Duration = Duration::from_secs(20);
/// When it looks again at what is due and not fired at the earliest: after as long again as it is late.
const AGAIN_AFTER_MIN: Duration = Duration::from_millis(500);
/// When it looks again at a task of which an older version was seen than it knows, within these.
const OLDER_AGAIN: (Duration, Duration) = (Duration::from_secs(5), Duration::from_mins(1));

/// When it rings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Ring {
    /// Then, or never.
    pub(crate) at: Option<Timestamp>,
    /// Whether what was due has been so for long, and nobody has fired it.
    pub(crate) overdue: bool,
}

impl Ring {
    /// After a look that showed the task like this; what is due and not fired is looked at again in `longest` at the latest.
    pub(crate) fn after(level: &Level, wake_in_ms: Option<u64>, now: Timestamp, longest: Duration) -> Self {
        let late = level.wake_at.map_or(Duration::ZERO, |at| now.since(at));
        match wake_in_ms {
            None => Self { at: None, overdue: false },
            Some(0) => {
                let again = late.clamp(AGAIN_AFTER_MIN, longest);
                Self { at: Some(now.plus(again)), overdue: late >= OVERDUE_AFTER }
            }
            // TraceRail's own clock says when: Temporal's may be ahead.
            Some(millis) => Self { at: Some(now.plus(Duration::from_millis(millis))), overdue: false },
        }
    }
}

/// After a look that showed an older version than is known: what came meanwhile says when to ring. But if that has passed, it is the
/// store that is behind, perhaps brought back from an older backup, and it will be for a while.
pub(crate) fn after_older(
    rings_at: Option<Timestamp>,
    wake_in_ms: Option<u64>,
    now: Timestamp,
) -> Option<Timestamp> {
    let (soonest, longest) = OLDER_AGAIN;
    let again = wake_in_ms.map_or(longest, Duration::from_millis).max(soonest);
    rings_at.map(|at| if at <= now { now.plus(again) } else { at })
}
