//! How long things took, in buckets.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// The upper bounds of the buckets, in microseconds: from a commit on a fast disk to a model that thinks for a minute.
pub const BOUNDS_US: [u64; 16] = [
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000, 10_000_000, 30_000_000, 60_000_000,
];

/// Durations, counted in buckets: two additions each, and nothing allocated.
#[derive(Debug, Default)]
pub(super) struct Histogram {
    buckets: [AtomicU64; BOUNDS_US.len()],
    beyond: AtomicU64,
    sum_us: AtomicU64,
}

/// What a histogram holds at one moment.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Durations {
    /// How many took at most as long as the bound of the same place in [`BOUNDS_US`], and longer than the one before.
    pub buckets: [u64; BOUNDS_US.len()],
    /// How many took longer than the last bound.
    pub beyond: u64,
    /// All of them together.
    pub sum: Duration,
}

impl Histogram {
    /// Counts one.
    pub(super) fn add(&self, took: Duration) {
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let place = BOUNDS_US.iter().position(|bound| took_us <= *bound);
        let bucket = place.and_then(|place| self.buckets.get(place)).unwrap_or(&self.beyond);
        bucket.fetch_add(1, Relaxed);
        self.sum_us.fetch_add(took_us, Relaxed);
    }

    /// What it holds now.
    pub(super) fn read(&self) -> Durations {
        let mut read = Durations {
            beyond: self.beyond.load(Relaxed),
            sum: Duration::from_micros(self.sum_us.load(Relaxed)),
            ..Durations::default()
        };
        for (to, from) in read.buckets.iter_mut().zip(&self.buckets) {
            *to = from.load(Relaxed);
        }
        read
    }
}

impl Durations {
    /// How many there are.
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum::<u64>() + self.beyond
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_duration_is_in_the_first_bucket_that_holds_it() {
        let histogram = Histogram::default();
        for took_us in [0, 500, 501, 1_000, 60_000_000, 60_000_001] {
            histogram.add(Duration::from_micros(took_us));
        }
        let read = histogram.read();
        assert_eq!((read.buckets[0], read.buckets[1], read.buckets[15], read.beyond), (2, 2, 1, 1));
        assert_eq!((read.count(), read.sum), (6, Duration::from_micros(120_002_002)));
    }

    #[test]
    fn bounds_rise() {
        assert!(BOUNDS_US.is_sorted_by(|one, next| one < next));
    }
}
