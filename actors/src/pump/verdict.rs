//! What becomes of an event that was not handled.

use std::time::Duration;

use tracerail_schemas::Code;

use crate::deliver::HandlerError;
use crate::port::{Giveup, Nak};

/// What is done with the delivery.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    /// Back to the log; it comes again.
    Again(Nak),
    /// Back to the log, and pulling pauses.
    Pause(Nak, Duration),
    /// Aside, for a person.
    Dead(Giveup),
}

/// How tries are counted and spaced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Tries {
    pub(super) attempts_max: u32,
    pub(super) retry_base: Duration,
    pub(super) retry_max: Duration,
    pub(super) park_after: Duration,
}

impl Tries {
    /// Whether an event that has failed this often is to be handled without the part that keeps failing.
    pub(super) fn last_resort(self, failures: u32) -> bool {
        failures + 1 >= self.attempts_max
    }

    /// What is done with an event that was not handled, having failed `failures` times before.
    pub(super) fn verdict(self, error: HandlerError, failures: u32, jitter: f64) -> Verdict {
        match error {
            HandlerError::Away { retry_after, .. } => {
                Verdict::Pause(Nak { after: retry_after, failure: None }, retry_after)
            }
            HandlerError::NotYet { retry_after, .. } => {
                Verdict::Again(Nak { after: retry_after, failure: None })
            }
            HandlerError::Overtaken => Verdict::Again(Nak { after: Duration::ZERO, failure: None }),
            HandlerError::TooNew { .. } => Verdict::Again(Nak { after: self.park_after, failure: None }),
            HandlerError::Hopeless(giveup) => Verdict::Dead(giveup),
            HandlerError::Failed { why } if failures + 1 >= self.attempts_max => {
                let cause = format!("tried {} times, the last time: {why}", failures + 1);
                Verdict::Dead(Giveup { code: Code::HandlerFailed, cause })
            }
            HandlerError::Failed { why } => {
                Verdict::Again(Nak { after: self.delay(failures, jitter), failure: Some(why) })
            }
        }
    }

    /// The delay doubles with each failure, and is spread so that what failed together does not come back together.
    fn delay(self, failures: u32, jitter: f64) -> Duration {
        let doubled = self.retry_base.saturating_mul(1_u32.checked_shl(failures).unwrap_or(u32::MAX));
        doubled.min(self.retry_max).mul_f64(0.5 + jitter / 2.0)
    }
}
