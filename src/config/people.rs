//! Who there is: people with their skills, groups with their members and leads.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer};
use tracerail_actors::port::{Absence, Directory as _, Profile, StaticDirectory};
use tracerail_schemas::task::Calendar;
use tracerail_schemas::{PersonId, Timestamp};

use super::Config;
use super::error::Problem;

/// A person: `people.<name>`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Person {
    /// What they can do. A task that asks for skills goes to people who have all of them.
    pub skills: BTreeSet<String>,
    /// Whether they lead every group.
    pub lead: bool,
    /// Whom an escalation to the manager goes to.
    pub manager: Option<PersonId>,
    /// How many open tasks they are given at most.
    pub capacity: Option<u32>,
    /// When they work: a name from `calendars`.
    pub calendar: Option<String>,
    /// When they are away.
    pub away: Vec<Away>,
}

/// Days somebody is away, the last one included.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Away {
    /// The first day, for example `2026-12-24`.
    pub from: String,
    /// The last day.
    pub to: String,
    /// Who is given their work meanwhile.
    #[serde(default)]
    pub substitute: Option<PersonId>,
}

impl std::fmt::Display for Away {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} to {}", self.from, self.to)?;
        self.substitute.as_ref().map_or(Ok(()), |substitute| write!(f, " ({substitute})"))
    }
}

/// A group of candidates: `groups.<name>`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Group {
    /// Its members, in the order of round robin.
    pub members: Vec<PersonId>,
    /// Who may assign, escalate and review for it.
    pub leads: Vec<PersonId>,
}

impl Config {
    /// The people and groups, for the actors. Whoever is only named in a group is known as well.
    pub fn directory(&self) -> StaticDirectory {
        // What is wrong with a calendar or an absence was said when the configuration was loaded.
        let calendars = self.checked_calendars().unwrap_or_default();
        let directory = self.people.iter().fold(StaticDirectory::default(), |directory, (name, person)| {
            directory.with_person(name.clone(), person.profile(&calendars))
        });
        self.groups.iter().fold(directory, |directory, (name, group)| {
            directory.with_group(name.clone(), group.members.clone(), group.leads.clone())
        })
    }

    /// Whether people are who and when they say.
    pub(super) fn validate_people(&self) -> Result<(), Problem> {
        let directory = self.directory();
        for (name, person) in &self.people {
            let wrong = |key: &str, message: String, help: &str| {
                Err(Problem::new(format!("people.{name}.{key}"), message, help))
            };
            if let Some(calendar) = person.calendar.as_ref().filter(|it| !self.calendars.contains_key(*it)) {
                let help = "add it to `calendars`, or correct the name";
                return wrong("calendar", format!("there is no calendar {calendar:?}"), help);
            }
            let substitutes = person.away.iter().filter_map(|away| away.substitute.as_ref());
            if let Some(unknown) = substitutes.chain(&person.manager).find(|it| !directory.knows(it)) {
                let help = "add them to `people`, or correct the name";
                return wrong("manager, away", format!("there is no person {unknown:?}"), help);
            }
            for away in &person.away {
                let days = (away.from.parse::<Date>(), away.to.parse::<Date>());
                if !matches!(days, (Ok(from), Ok(to)) if from <= to) {
                    let help = "write two days, the first one first: { from: 2026-12-24, to: 2027-01-06 }";
                    return wrong("away", format!("{away} are no days"), help);
                }
            }
        }
        Ok(())
    }
}

impl Person {
    fn profile(&self, calendars: &BTreeMap<String, Calendar>) -> Profile {
        let hours = self.calendar.as_ref().and_then(|name| calendars.get(name)).cloned();
        let zone = hours.as_ref().and_then(|hours| TimeZone::get(&hours.time_zone).ok());
        let zone = zone.unwrap_or(TimeZone::UTC);
        let absence = |away: &Away| {
            let begins = |day: Date| {
                let at = day.to_zoned(zone.clone()).ok()?.timestamp().as_microsecond();
                Some(Timestamp::from_micros(at))
            };
            Some(Absence {
                from: begins(away.from.parse().ok()?)?,
                to: begins(away.to.parse::<Date>().ok()?.tomorrow().ok()?)?,
                substitute: away.substitute.clone(),
            })
        };
        Profile {
            skills: self.skills.clone(),
            leads_all: self.lead,
            manager: self.manager.clone(),
            capacity: self.capacity,
            absences: self.away.iter().filter_map(absence).collect(),
            hours,
        }
    }
}

/// Reads people or groups by name; `ada:` without anything more is a person too.
pub(super) fn read<'de, D, K, V>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de> + Ord,
    V: Deserialize<'de> + Default,
{
    let named = Option::<BTreeMap<K, Option<V>>>::deserialize(deserializer)?.unwrap_or_default();
    Ok(named.into_iter().map(|(name, value)| (name, value.unwrap_or_default())).collect())
}
