//! A clock that runs fast.

use std::time::{Duration, Instant};

use tracerail_actors::port::{Clock, SystemClock};
use tracerail_schemas::Timestamp;

/// Hours pass in parts of a second, until it has caught up with the machine's clock; from then on it is that clock. So
/// whatever looks at the store afterwards finds no times that are still to come.
#[derive(Clone, Copy, Debug)]
pub(super) struct FastClock {
    began: Instant,
    start: Timestamp,
    speed: u32,
}

impl FastClock {
    /// A clock that begins `back` ago and runs `speed` times as fast as time.
    pub(super) fn new(back: Duration, speed: u32) -> Self {
        Self { began: Instant::now(), start: SystemClock.now().minus(back), speed }
    }

    /// How long something of this length takes in reality.
    pub(super) fn real(&self, span: Duration) -> Duration {
        span / self.speed
    }
}

impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        self.start.plus(self.began.elapsed() * self.speed).min(SystemClock.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_begins_in_the_past_and_never_overtakes_the_machine() {
        let before = SystemClock.now();
        let clock = FastClock::new(Duration::from_hours(24), 1000);
        let first = clock.now();
        assert!(before.since(first) > Duration::from_hours(23), "{first}");
        assert!(clock.now() >= first);
        let caught_up = FastClock::new(Duration::ZERO, 1_000_000);
        assert!(caught_up.now() <= SystemClock.now());
        assert_eq!(clock.real(Duration::from_secs(5000)), Duration::from_secs(5));
    }
}
