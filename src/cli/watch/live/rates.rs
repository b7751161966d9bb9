//! How much happens a second.

use std::collections::VecDeque;
use std::time::Duration;

use tracerail_schemas::Timestamp;

/// Over how long it is counted.
const WINDOW: Duration = Duration::from_secs(10);

/// How many of one thing happened lately.
#[derive(Debug, Default)]
pub(super) struct Rate {
    counts: VecDeque<(Timestamp, u64)>,
}

impl Rate {
    /// So many were seen at this moment.
    pub(super) fn add(&mut self, at: Timestamp, count: u64) {
        self.counts.push_back((at, count));
        while self.counts.front().is_some_and(|(seen, _)| at.since(*seen) >= WINDOW) {
            self.counts.pop_front();
        }
    }

    /// A second, on average over the window.
    pub(super) fn per_second(&self) -> f64 {
        let sum: u64 = self.counts.iter().map(|(_, count)| count).sum();
        // Counts of ten seconds are far below what a float holds exactly.
        f64::from(u32::try_from(sum).unwrap_or(u32::MAX)) / WINDOW.as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_an_average_over_ten_seconds_and_forgets_what_is_older() {
        let at = |seconds: u64| Timestamp::from_micros(0).plus(Duration::from_secs(seconds));
        let per_second = |rate: &Rate| format!("{:.1}", rate.per_second());
        let mut rate = Rate::default();
        rate.add(at(0), 20);
        rate.add(at(5), 10);
        assert_eq!(per_second(&rate), "3.0");
        rate.add(at(10), 0);
        assert_eq!(per_second(&rate), "1.0");
        rate.add(at(30), 0);
        assert_eq!(per_second(&rate), "0.0");
    }
}
