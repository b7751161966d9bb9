//! Who there is: people with their skills, groups with their members and leads.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer};
use tracerail_actors::port::StaticDirectory;
use tracerail_schemas::PersonId;

use super::Config;

/// A person: `people.<name>`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Person {
    /// What they can do. A task that asks for skills goes to people who have all of them.
    pub skills: BTreeSet<String>,
    /// Whether they lead every group.
    pub lead: bool,
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
        let directory = self.people.iter().fold(StaticDirectory::default(), |directory, (name, person)| {
            directory.with_person(name.clone(), person.skills.iter().cloned(), person.lead)
        });
        self.groups.iter().fold(directory, |directory, (name, group)| {
            directory.with_group(name.clone(), group.members.clone(), group.leads.clone())
        })
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
