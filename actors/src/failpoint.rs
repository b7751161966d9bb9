//! Points at which a test can end the process, as if the power were cut.
//!
//! `TRACERAIL_FAILPOINT=effect.after_commit:7` ends it at the seventh passing of that point. Without the feature `failpoints`, which only
//! tests switch on, the points are nothing at all.

/// The points, in the order in which an effect passes them.
pub const POINTS: [&str; 7] = [
    "effect.before_commit",
    "writer.before_commit",
    "writer.after_commit",
    "effect.after_commit",
    "effect.after_publish",
    "effect.after_ack",
    "pump.after_pull",
];

/// Passes a point.
#[cfg(not(feature = "failpoints"))]
#[inline]
pub fn hit(_: &'static str) {}

/// Passes a point, and ends the process when it was told to.
#[cfg(feature = "failpoints")]
pub fn hit(point: &'static str) {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicI64, Ordering};

    static PLAN: LazyLock<Option<(String, AtomicI64)>> = LazyLock::new(|| {
        let plan = std::env::var("TRACERAIL_FAILPOINT").ok()?;
        let (name, count) = plan.split_once(':')?;
        Some((name.to_owned(), AtomicI64::new(count.parse().ok()?)))
    });
    if let Some((name, left)) = &*PLAN
        && name == point
        && left.fetch_sub(1, Ordering::SeqCst) == 1
    {
        std::process::abort();
    }
}
