//! Many durations in three numbers.

use std::time::Duration;

/// How durations spread.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Spread {
    /// How many there were.
    pub count: usize,
    /// Half took no longer.
    pub p50: Duration,
    /// All but one in a hundred took no longer.
    pub p99: Duration,
    /// None took longer.
    pub max: Duration,
}

impl Spread {
    /// Of these.
    pub fn of(mut durations: Vec<Duration>) -> Self {
        durations.sort_unstable();
        // The smallest that at least so many of a hundred do not exceed.
        let at = |share: usize| {
            let rank = (durations.len() * share).div_ceil(100);
            durations.get(rank.saturating_sub(1)).copied().unwrap_or_default()
        };
        Self { count: durations.len(), p50: at(50), p99: at(99), max: at(100) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_a_hundred_takes_no_longer() {
        let ms = Duration::from_millis;
        let spread = Spread::of((1..=200).rev().map(ms).collect());
        assert_eq!(spread, Spread { count: 200, p50: ms(100), p99: ms(198), max: ms(200) });
        assert_eq!(Spread::of(vec![ms(7)]), Spread { count: 1, p50: ms(7), p99: ms(7), max: ms(7) });
        assert_eq!(Spread::of(Vec::new()), Spread::default());
    }
}
