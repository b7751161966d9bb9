//! A clock that goes only when it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tracerail_schemas::Timestamp;

use crate::port::Clock;

/// A clock that goes only when it is told to. Clones show the same time.
#[derive(Clone, Debug)]
pub struct TestClock {
    micros: Arc<AtomicI64>,
}

impl TestClock {
    /// A clock that shows `now`.
    pub fn at(now: Timestamp) -> Self {
        Self { micros: Arc::new(AtomicI64::new(now.as_micros())) }
    }

    /// Moves it forward.
    pub fn advance(&self, by: Duration) {
        self.set(self.now().plus(by));
    }

    /// Makes it show `now`, also an earlier time than before.
    pub fn set(&self, now: Timestamp) {
        self.micros.store(now.as_micros(), Ordering::SeqCst);
    }
}

impl Default for TestClock {
    /// Noon of a day in the future of this code, to the microsecond, so that lost digits are seen.
    fn default() -> Self {
        Self::at("2031-03-03T12:00:00.000001Z".parse().expect("a literal time"))
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.micros.load(Ordering::SeqCst))
    }

    fn is_of_the_world(&self) -> bool {
        false
    }
}
