//! Instants and durations as they are written: RFC 3339 UTC strings, hours as numbers, durations as `90s`-style strings.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An instant, exact to the microsecond. Written as an RFC 3339 UTC string such as `2026-11-22T16:20:00.25Z`.
///
/// Always within the years that can be written, 1 to 9999: what is stored can be read again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A text that is no RFC 3339 instant.
#[derive(Debug, thiserror::Error)]
#[error("not an RFC 3339 time: {text:?} (expected for example 2026-11-22T16:20:00Z)")]
pub struct TimestampError {
    text: String,
    #[source]
    source: jiff::Error,
}

impl Timestamp {
    /// 0001-01-01T00:00:00Z.
    const FIRST_US: i64 = -62_135_596_800_000_000;
    /// 9999-12-30T22:00:00Z, the last that jiff can write in microseconds.
    const LAST_US: i64 = 253_402_207_200_000_000;

    /// The instant `micros` microseconds after 1970-01-01T00:00:00Z; the first or last there is, where that lies outside.
    pub const fn from_micros(micros: i64) -> Self {
        if micros < Self::FIRST_US {
            Self(Self::FIRST_US)
        } else if micros > Self::LAST_US {
            Self(Self::LAST_US)
        } else {
            Self(micros)
        }
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// The time from `earlier` to this instant; zero when `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// This instant moved forward by `by`, at most to the end of time.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self::from_micros(self.0.saturating_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX)))
    }

    /// This instant moved back by `by`, at most to the beginning of time.
    #[must_use]
    pub fn minus(self, by: Duration) -> Self {
        Self::from_micros(self.0.saturating_sub(i64::try_from(by.as_micros()).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(at) => at.fmt(f),
            Err(_) => write!(f, "out of range ({} us)", self.0),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<jiff::Timestamp>()
            .map(|at| Self::from_micros(at.as_microsecond()))
            .map_err(|source| TimestampError { text: text.to_owned(), source })
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// A positive number of hours, fractions allowed (`0.5` is thirty minutes). At most a hundred years.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug, Serialize)]
pub struct Hours(f64);

impl Hours {
    pub(crate) const MAX: f64 = 24.0 * 366.0 * 100.0;

    /// One hour.
    pub const ONE: Self = Self(1.0);

    /// Hours from a number; `None` unless it is finite, above zero and at most a hundred years.
    pub fn new(hours: f64) -> Option<Self> {
        (hours.is_finite() && hours > 0.0 && hours <= Self::MAX).then_some(Self(hours))
    }

    /// The number of hours.
    pub fn get(self) -> f64 {
        self.0
    }

    /// The same span as a duration, rounded to microseconds.
    pub fn duration(self) -> Duration {
        Duration::from_micros(
            Duration::from_secs_f64(self.0 * 3600.0).as_micros().try_into().unwrap_or(u64::MAX),
        )
    }

    /// This many hours `factor` times; capped at the largest value hours can have.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self::new((self.0 * factor).min(Self::MAX)).unwrap_or(self)
    }
}

impl Default for Hours {
    fn default() -> Self {
        Self::ONE
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} h", self.0)
    }
}

impl<'de> Deserialize<'de> for Hours {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let hours = f64::deserialize(deserializer)?;
        Self::new(hours).ok_or_else(|| {
            de::Error::custom(format!("{hours} is not a number of hours (above 0, at most a hundred years)"))
        })
    }
}

/// Durations written as text: `90s`, `1h 30m`, `250ms`, `30d`. For `#[serde(with = "duration_text")]`.
pub mod duration_text {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de};

    /// Reads `90s`, `1h 30m`, `250ms`, `30d`; a day is 24 hours.
    pub fn parse(text: &str) -> Result<Duration, String> {
        let wrong = || format!("{text:?} is not a duration (write for example 90s, 1h 30m or 250ms)");
        let span: jiff::Span = text.parse().map_err(|_| wrong())?;
        let span = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
        Duration::try_from(span).map_err(|_| wrong())
    }

    /// Writes a duration the way `parse` reads it.
    pub fn format(duration: Duration) -> String {
        match jiff::SignedDuration::try_from(duration) {
            Ok(span) => format!("{span:#}"),
            Err(_) => format!("{}s", duration.as_secs()),
        }
    }

    /// For serde.
    pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format(*duration))
    }

    /// For serde.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse(&text).map_err(de::Error::custom)
    }
}

/// Durations written as whole microseconds, for ledgers where rounding would lose time.
/// For `#[serde(with = "duration_micros")]`; name such fields `..._us`.
pub mod duration_micros {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    /// For serde.
    pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
    }

    /// For serde.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_micros)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_survives_its_text() {
        let at: Timestamp = "2026-11-22T16:20:00.250001Z".parse().unwrap();
        assert_eq!(at.to_string().parse::<Timestamp>().unwrap(), at);
        assert_eq!(at.to_string(), "2026-11-22T16:20:00.250001Z");
        assert!("yesterday".parse::<Timestamp>().is_err());
    }

    #[test]
    fn an_offset_is_read_and_utc_is_written() {
        let at: Timestamp = "2026-11-22T17:20:00+01:00".parse().unwrap();
        assert_eq!(at.to_string(), "2026-11-22T16:20:00Z");
    }

    #[test]
    fn hours_refuse_what_is_no_span() {
        assert!(Hours::new(0.0).is_none() && Hours::new(-1.0).is_none() && Hours::new(f64::NAN).is_none());
        assert_eq!(Hours::new(0.5).unwrap().duration(), Duration::from_mins(30));
    }

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, seconds) in [("90s", 90), ("1h 30m", 5400), ("2h30m", 9000), ("2d", 172_800)] {
            assert_eq!(duration_text::parse(text).unwrap(), Duration::from_secs(seconds));
        }
        assert!(duration_text::parse("-5s").is_err() && duration_text::parse("soon").is_err());
        assert!(duration_text::parse("1mo").is_err(), "a month is no span of time");
        assert_eq!(
            duration_text::parse(&duration_text::format(Duration::from_millis(5400))).unwrap(),
            Duration::from_millis(5400)
        );
    }
}
