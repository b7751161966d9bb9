//! The hours in which somebody works: on which a clock counts, and a person can be given a task.
//!
//! A calendar stands whole in what was wound up with it, so that a later change of the configuration moves nobody's deadline. Days
//! are days of its time zone: one with a change of the clocks has an hour more or less.

use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// How far ahead is looked for working time: a calendar that has none within it has none.
const DAYS_MAX: u32 = 100 * 366;

/// Working hours.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Calendar {
    /// Its name in the configuration.
    pub name: String,
    /// Its version there.
    pub version: u32,
    /// The time zone its days and hours are of, for example `Europe/Berlin`.
    pub time_zone: String,
    /// The spans of each day of the week, Monday first; in order, and apart from each other.
    pub week: [Vec<Span>; 7],
    /// Days without work, as `2026-12-25`, in order.
    #[serde(default)]
    pub holidays: Vec<String>,
}

/// A part of a day.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Span {
    /// The minute of the day it begins with.
    pub from_min: u16,
    /// The minute of the day it ends before; 1440 is the end of the day.
    pub to_min: u16,
}

/// Why hours are no calendar.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CalendarError {
    /// The time zone is not known.
    #[error("{0:?} is no time zone (write for example Europe/Berlin or UTC)")]
    TimeZone(String),
    /// Nobody ever works.
    #[error("it has no working hours at all")]
    Empty,
    /// A span is none, or begins before the one before it ends.
    #[error("the hours of one day are in order, do not overlap, and lie between 00:00 and 24:00")]
    Spans,
    /// A holiday is no day.
    #[error("{0:?} is no day (write for example 2026-12-25)")]
    Holiday(String),
}

impl Calendar {
    /// Checks it, and puts its holidays in order.
    pub fn check(mut self) -> Result<Self, CalendarError> {
        TimeZone::get(&self.time_zone).map_err(|_| CalendarError::TimeZone(self.time_zone.clone()))?;
        if self.week.iter().all(Vec::is_empty) {
            return Err(CalendarError::Empty);
        }
        for day in &self.week {
            let mut free_from = 0;
            for span in day {
                if span.from_min < free_from || span.to_min <= span.from_min || span.to_min > DAY {
                    return Err(CalendarError::Spans);
                }
                free_from = span.to_min;
            }
        }
        if let Some(wrong) = self.holidays.iter().find(|day| !is_day(day)) {
            return Err(CalendarError::Holiday(wrong.clone()));
        }
        self.holidays.sort();
        self.holidays.dedup();
        Ok(self)
    }

    /// Whether somebody works at this moment.
    pub fn is_working(&self, at: Timestamp) -> bool {
        self.spans_from(at).take(1).any(|(from, _)| from <= at)
    }

    /// The working time between two moments.
    pub fn between(&self, from: Timestamp, to: Timestamp) -> Duration {
        let spans = self.spans_from(from).take_while(|(begins, _)| *begins < to);
        spans.map(|(begins, ends)| ends.min(to).since(begins.max(from))).sum()
    }

    /// The first moment at which this much working time has passed since another.
    pub fn after(&self, from: Timestamp, working: Duration) -> Timestamp {
        if working.is_zero() {
            return from;
        }
        let mut left = working;
        for (begins, ends) in self.spans_from(from) {
            let begins = begins.max(from);
            let length = ends.since(begins);
            if left <= length {
                return begins.plus(left);
            }
            left -= length;
        }
        Timestamp::from_micros(i64::MAX)
    }

    /// The spans that end after a moment, in order.
    fn spans_from(&self, from: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        // What was checked has a time zone that is known; the other case only keeps what is stored readable.
        let zone = TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC);
        let moment = jiff::Timestamp::from_microsecond(from.as_micros()).unwrap_or(jiff::Timestamp::MIN);
        let first = moment.to_zoned(zone.clone()).date();
        let days = std::iter::successors(Some(first), |day| day.tomorrow().ok());
        days.take(DAYS_MAX as usize)
            .flat_map(move |day| {
                let zone = zone.clone();
                self.spans_of(day).iter().filter_map(move |span| {
                    Some((instant(day, span.from_min, &zone)?, instant(day, span.to_min, &zone)?))
                })
            })
            .filter(move |(begins, ends)| *ends > from && begins < ends)
    }

    fn spans_of(&self, day: Date) -> &[Span] {
        if !self.holidays.is_empty() && self.holidays.binary_search(&day.to_string()).is_ok() {
            return &[];
        }
        let index = usize::from(day.weekday().to_monday_zero_offset().unsigned_abs());
        self.week.get(index).map_or(&[], Vec::as_slice)
    }
}

/// Whether it is written as days are compared: with a year of four digits.
fn is_day(text: &str) -> bool {
    text.parse::<Date>().is_ok_and(|day| day.to_string() == text)
}

/// A minute of a day on the wall. One that the clocks leave out is the one after the gap.
fn instant(day: Date, minute: u16, zone: &TimeZone) -> Option<Timestamp> {
    let (day, minute) = if minute >= DAY { (day.tomorrow().ok()?, 0) } else { (day, minute) };
    let hour = i8::try_from(minute / 60).ok()?;
    let minute = i8::try_from(minute % 60).ok()?;
    let at = day.at(hour, minute, 0, 0).to_zoned(zone.clone()).ok()?;
    Some(Timestamp::from_micros(at.timestamp().as_microsecond()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    /// Nine to five in Berlin, on Saturday ten to twelve; Christmas is free.
    fn office() -> Calendar {
        let day = |from: u16, to: u16| vec![Span { from_min: from * 60, to_min: to * 60 }];
        let work = || day(9, 17);
        Calendar {
            name: "office".to_owned(),
            version: 1,
            time_zone: "Europe/Berlin".to_owned(),
            week: [work(), work(), work(), work(), work(), day(10, 12), Vec::new()],
            holidays: vec!["2026-12-25".to_owned(), "2026-12-24".to_owned()],
        }
        .check()
        .unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn nights_weekends_and_holidays_do_not_count() {
        let office = office();
        // A Friday afternoon: one hour that day, two on Saturday, the rest on Monday.
        let friday = at("2026-11-20T16:00:00+01:00");
        assert_eq!(office.after(friday, HOUR), at("2026-11-20T17:00:00+01:00"));
        assert_eq!(office.after(friday, HOUR * 2), at("2026-11-21T11:00:00+01:00"));
        assert_eq!(office.after(friday, HOUR * 4), at("2026-11-23T10:00:00+01:00"));
        assert_eq!(office.between(friday, at("2026-11-23T10:00:00+01:00")), HOUR * 4);
        // Two holidays and a Saturday.
        let before = at("2026-12-23T16:00:00+01:00");
        assert_eq!(office.after(before, HOUR * 4), at("2026-12-28T10:00:00+01:00"));
        assert!(!office.is_working(at("2026-12-24T11:00:00+01:00")));
        assert!(office.is_working(friday) && !office.is_working(at("2026-11-20T17:00:00+01:00")));
    }

    #[test]
    fn the_wall_clock_counts_when_the_clocks_change() {
        let office = office();
        // The clocks go back on Sunday, 25 October 2026: nine o'clock on Monday is an hour later in UTC.
        let friday = at("2026-10-23T16:00:00+02:00");
        assert_eq!(office.after(friday, HOUR * 4), at("2026-10-26T10:00:00+01:00"));
        // Somebody who works round the clock has 25 hours that day, and 23 in March.
        let always = Calendar {
            week: std::array::from_fn(|_| vec![Span { from_min: 0, to_min: 1440 }]),
            holidays: Vec::new(),
            ..office
        };
        let between = |from: &str, to: &str| always.between(at(from), at(to));
        assert_eq!(between("2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"), HOUR * 25);
        assert_eq!(between("2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"), HOUR * 23);
    }

    #[test]
    fn what_is_no_calendar_is_refused() {
        let with = |change: fn(&mut Calendar)| {
            let mut calendar = office();
            change(&mut calendar);
            calendar.check().unwrap_err()
        };
        assert!(matches!(with(|it| it.time_zone = "Mars/Base".to_owned()), CalendarError::TimeZone(_)));
        assert_eq!(with(|it| it.week = Default::default()), CalendarError::Empty);
        assert_eq!(with(|it| it.week[0] = vec![Span { from_min: 60, to_min: 60 }]), CalendarError::Spans);
        assert_eq!(with(|it| it.week[0].push(Span { from_min: 600, to_min: 700 })), CalendarError::Spans);
        let holiday = with(|it| it.holidays.push("25 December".to_owned()));
        assert_eq!(holiday, CalendarError::Holiday("25 December".to_owned()));
    }

    proptest! {
        /// What is counted forward is counted back; and no moment before it has as much.
        #[test]
        fn after_and_between_agree(begin in 0_i64..63_072_000, seconds in 1_u64..2_000_000) {
            let office = office();
            let from = Timestamp::from_micros((1_767_225_600 + begin) * 1_000_000);
            let working = Duration::from_secs(seconds);
            let to = office.after(from, working);
            prop_assert_eq!(office.between(from, to), working);
            prop_assert!(office.between(from, to.minus(Duration::from_micros(1))) < working);
        }
    }
}
