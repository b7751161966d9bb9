//! Times and spans as people read them.

use std::time::Duration;

use tracerail_schemas::Timestamp;

/// `in 3h 20m`, `5m ago`, `now`.
pub(crate) fn relative(at: Timestamp, now: Timestamp) -> String {
    let (ahead, behind) = (at.since(now), now.since(at));
    if ahead.as_secs() > 0 {
        format!("in {}", span(ahead))
    } else if behind.as_secs() > 0 {
        format!("{} ago", span(behind))
    } else {
        "now".to_owned()
    }
}

/// The two largest units: `3h 20m`, `2d 4h`, `45s`.
pub(crate) fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, _) => format!("{minutes}m {}s", seconds % 60),
        (0, _, _) => format!("{hours}h {minutes}m"),
        (_, _, _) => format!("{days}d {hours}h"),
    }
}

/// To the second, UTC: `2026-11-22T16:20:00Z`.
pub(crate) fn exact(at: Timestamp) -> String {
    let micros = at.as_micros();
    Timestamp::from_micros(micros - micros.rem_euclid(1_000_000)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_two_units() {
        for (seconds, text) in [(45, "45s"), (61, "1m 1s"), (12_000, "3h 20m"), (190_000, "2d 4h")] {
            assert_eq!(span(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn both_sides_of_now() {
        let now = Timestamp::from_micros(1_000_000_000_000);
        assert_eq!(relative(now.plus(Duration::from_mins(90)), now), "in 1h 30m");
        assert_eq!(relative(now.minus(Duration::from_mins(5)), now), "5m 0s ago");
        assert_eq!(relative(now, now), "now");
        assert_eq!(exact(now.plus(Duration::from_millis(1500))), "1970-01-12T13:46:41Z");
    }
}
