//! People and groups.

use std::collections::{BTreeMap, BTreeSet};

use tracerail_schemas::{GroupId, PersonId};

/// Who there is, and what they may do. Answers at once, from memory.
pub trait Directory: Send + Sync {
    /// Whether anybody is known at all. A directory without people lets everybody do everything: the single-user set-up.
    fn is_open(&self) -> bool;

    /// Whether this person is known.
    fn knows(&self, person: &PersonId) -> bool;

    /// Whether this person leads one of these groups, or everybody.
    fn leads(&self, person: &PersonId, groups: &[GroupId]) -> bool;

    /// Whether this person is in one of these groups.
    fn is_member(&self, person: &PersonId, groups: &[GroupId]) -> bool;

    /// The members of a group, in a fixed order.
    fn members(&self, group: &GroupId) -> Vec<PersonId>;

    /// The leads of a group.
    fn leads_of(&self, group: &GroupId) -> Vec<PersonId>;

    /// Whether this person has all these skills.
    fn has_skills(&self, person: &PersonId, skills: &[String]) -> bool;
}

/// A directory from configuration.
#[derive(Clone, Debug, Default)]
pub struct StaticDirectory {
    people: BTreeMap<PersonId, BTreeSet<String>>,
    groups: BTreeMap<GroupId, (Vec<PersonId>, BTreeSet<PersonId>)>,
    leads_of_all: BTreeSet<PersonId>,
}

impl StaticDirectory {
    /// Adds a person with their skills; `leads_all` makes them lead of every group.
    #[must_use]
    pub fn with_person(
        mut self,
        person: PersonId,
        skills: impl IntoIterator<Item = String>,
        leads_all: bool,
    ) -> Self {
        if leads_all {
            self.leads_of_all.insert(person.clone());
        }
        self.people.entry(person).or_default().extend(skills);
        self
    }

    /// Adds a group with its members, in order, and its leads. They become known people.
    #[must_use]
    pub fn with_group(mut self, group: GroupId, members: Vec<PersonId>, leads: Vec<PersonId>) -> Self {
        for person in members.iter().chain(&leads) {
            self.people.entry(person.clone()).or_default();
        }
        self.groups.insert(group, (members, leads.into_iter().collect()));
        self
    }

    /// Whether this group is known.
    pub fn has_group(&self, group: &GroupId) -> bool {
        self.groups.contains_key(group)
    }
}

impl Directory for StaticDirectory {
    fn is_open(&self) -> bool {
        self.people.is_empty()
    }

    fn knows(&self, person: &PersonId) -> bool {
        self.people.contains_key(person)
    }

    fn leads(&self, person: &PersonId, groups: &[GroupId]) -> bool {
        self.leads_of_all.contains(person)
            || groups
                .iter()
                .any(|group| self.groups.get(group).is_some_and(|(_, leads)| leads.contains(person)))
    }

    fn is_member(&self, person: &PersonId, groups: &[GroupId]) -> bool {
        groups.iter().any(|group| {
            self.groups
                .get(group)
                .is_some_and(|(members, leads)| members.contains(person) || leads.contains(person))
        })
    }

    fn members(&self, group: &GroupId) -> Vec<PersonId> {
        self.groups.get(group).map(|(members, _)| members.clone()).unwrap_or_default()
    }

    fn leads_of(&self, group: &GroupId) -> Vec<PersonId> {
        self.groups.get(group).map(|(_, leads)| leads.iter().cloned().collect()).unwrap_or_default()
    }

    fn has_skills(&self, person: &PersonId, skills: &[String]) -> bool {
        self.people.get(person).is_some_and(|has| skills.iter().all(|skill| has.contains(skill)))
    }
}
