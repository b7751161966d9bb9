//! What time it is.

use tracerail_schemas::Timestamp;

/// What time it is. Everything in TraceRail that asks, asks here.
pub trait Clock: Send + Sync {
    /// The time on the wall.
    fn now(&self) -> Timestamp;

    /// Whether it is the time of the world, which servers have as well. One that a test moves is not, and servers have to be told.
    fn is_of_the_world(&self) -> bool {
        true
    }
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the Clock port's own look at the machine's clock")]
    fn now(&self) -> Timestamp {
        let since_epoch =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX))
    }
}
