//! When a provider asks to come back.

use std::time::Duration;

use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};
use tracerail_actors::port::{Clock, SystemClock};

/// No provider makes an item wait longer than this in one go; some ask for a day when a quota is used up.
pub(super) const RETRY_AFTER_MAX: Duration = Duration::from_mins(10);

/// What `Retry-After` says: seconds, or an HTTP date (RFC 9110, 10.2.3). Capped; `None` where it says nothing of use.
///
/// A date is read against the provider's own `Date`, so that a wrong clock here or there does no harm.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let asked = text(headers, &RETRY_AFTER)?;
    let seconds = asked.parse().ok().or_else(|| seconds_until(asked, headers))?;
    Some(Duration::from_secs(seconds).min(RETRY_AFTER_MAX))
}

fn seconds_until(date: &str, headers: &HeaderMap) -> Option<u64> {
    let now = text(headers, &DATE)
        .and_then(seconds_of_date)
        .unwrap_or_else(|| SystemClock.now().as_micros() / 1_000_000);
    Some(u64::try_from(seconds_of_date(date)?.saturating_sub(now)).unwrap_or(0))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn seconds_of_date(text: &str) -> Option<i64> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok().map(jiff::Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_read_and_capped() {
        for (asked, expected) in [
            ("2", Some(2)),
            ("Sun, 22 Nov 2026 10:00:30 GMT", Some(30)),
            ("Sun, 22 Nov 2026 09:00:00 GMT", Some(0)),
            ("999999999", Some(600)),
            ("soon", None),
            ("-5", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(DATE, "Sun, 22 Nov 2026 10:00:00 GMT".parse().unwrap());
            headers.insert(RETRY_AFTER, asked.parse().unwrap());
            assert_eq!(retry_after(&headers), expected.map(Duration::from_secs), "{asked}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
