//! When to pull, while something the actor needs may be away.

use std::time::Duration;

use tokio::time::Instant;

/// The shortest pause: whoever asks for none is asked again all the same, but not in a loop.
const PAUSE_MIN: Duration = Duration::from_millis(50);

/// The longest pause between two looks whether it is back.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// Closed: pull freely. Open: do not pull before a moment. Half open: pull one, to see.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    /// How often in a row something was away.
    away: u32,
    open_until: Option<Instant>,
}

impl Breaker {
    /// Something was away; asked again after `retry_after`, or later when it keeps being away.
    /// The answer is how long the pause is when it begins or grows, for the log.
    pub(super) fn trip(&mut self, retry_after: Duration, now: Instant) -> Option<Duration> {
        if self.open_until.is_some_and(|until| until > now) {
            // The others that were in flight when it went away.
            return None;
        }
        let retry_after = retry_after.max(PAUSE_MIN);
        let pause = retry_after.saturating_mul(1 << self.away.min(5)).min(PAUSE_MAX.max(retry_after));
        self.away += 1;
        self.open_until = Some(now + pause);
        Some(pause)
    }

    /// It answered. True when it had been away.
    pub(super) fn reset(&mut self) -> bool {
        let was_away = self.away > 0;
        *self = Self::default();
        was_away
    }

    /// Until when nothing is pulled.
    pub(super) fn pause(&self, now: Instant) -> Option<Instant> {
        self.open_until.filter(|until| *until > now)
    }

    /// How many may be pulled of `wanted`.
    pub(super) fn allows(&self, wanted: usize) -> usize {
        if self.away == 0 { wanted } else { wanted.min(1) }
    }
}
