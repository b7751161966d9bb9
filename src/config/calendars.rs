//! Working hours: `calendars`.

use std::collections::BTreeMap;

use serde::Deserialize;
use tracerail_schemas::task::{Calendar, Span};

use super::Config;
use super::error::Problem;

/// The days of a week as they are written, Monday first.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Working hours: `calendars.<name>`.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WorkingHours {
    /// Raised with each change, so that whoever looks at a task sees which one it has.
    pub version: u32,
    /// Whose days and hours they are.
    pub time_zone: String,
    /// `mon-fri: "09:00-12:00, 13:00-17:00"`.
    pub week: BTreeMap<String, String>,
    /// Days without work.
    pub holidays: Vec<String>,
}

impl Default for WorkingHours {
    fn default() -> Self {
        Self { version: 1, time_zone: "UTC".to_owned(), week: BTreeMap::new(), holidays: Vec::new() }
    }
}

impl Config {
    /// The calendars, checked.
    pub(super) fn checked_calendars(&self) -> Result<BTreeMap<String, Calendar>, Problem> {
        let calendars = self.calendars.iter().map(|(name, hours)| {
            let calendar = hours.calendar(name).map_err(|(key, message)| {
                let key = format!("calendars.{name}{key}");
                Problem::new(key, message, "write for example week: { mon-fri: \"09:00-17:00\" }")
            })?;
            Ok((name.clone(), calendar))
        });
        calendars.collect()
    }
}

impl WorkingHours {
    /// The calendar; or the key of what is wrong, and why.
    fn calendar(&self, name: &str) -> Result<Calendar, (String, String)> {
        let mut week: [Vec<Span>; 7] = Default::default();
        for (days, hours) in &self.week {
            let wrong = |message: String| (format!(".week.{days}"), message);
            let spans = spans(hours).map_err(wrong)?;
            for day in range(days).map_err(wrong)? {
                let Some(of_day) = week.get_mut(day) else { continue };
                if !of_day.is_empty() {
                    return Err(wrong(format!("{} is there twice", DAYS.get(day).unwrap_or(&""))));
                }
                of_day.clone_from(&spans);
            }
        }
        let calendar = Calendar {
            name: name.to_owned(),
            version: self.version,
            time_zone: self.time_zone.clone(),
            week,
            holidays: self.holidays.clone(),
        };
        calendar.check().map_err(|error| (String::new(), error.to_string()))
    }
}

/// `mon`, `mon-fri`, `sat-sun`.
fn range(text: &str) -> Result<std::ops::RangeInclusive<usize>, String> {
    let day = |name: &str| {
        let found = DAYS.iter().position(|day| *day == name.trim());
        found.ok_or_else(|| format!("there is no day {:?} (there are: {})", name.trim(), DAYS.join(", ")))
    };
    match text.split_once('-') {
        Some((first, last)) => Ok(day(first)?..=day(last)?),
        None => day(text).map(|day| day..=day),
    }
}

/// `09:00-12:00, 13:00-17:00`.
fn spans(text: &str) -> Result<Vec<Span>, String> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let wrong = || format!("{part:?} are no hours");
            let (from, to) = part.split_once('-').ok_or_else(wrong)?;
            Ok(Span { from_min: minute(from).ok_or_else(wrong)?, to_min: minute(to).ok_or_else(wrong)? })
        })
        .collect()
}

fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (minute < 60 && hour * 60 + minute <= 24 * 60 && hour <= 24).then_some(hour * 60 + minute)
}
