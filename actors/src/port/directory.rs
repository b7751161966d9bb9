//! People and groups.

use std::collections::{BTreeMap, BTreeSet};

use tracerail_schemas::task::Calendar;
use tracerail_schemas::{GroupId, PersonId, Timestamp};

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

    /// The groups this person is in or leads.
    fn groups_of(&self, person: &PersonId) -> Vec<GroupId>;

    /// The members of a group, in a fixed order.
    fn members(&self, group: &GroupId) -> Vec<PersonId>;

    /// The leads of a group.
    fn leads_of(&self, group: &GroupId) -> Vec<PersonId>;

    /// Who this person is.
    fn profile(&self, person: &PersonId) -> Option<&Profile>;

    /// Whether this person has all these skills.
    fn has_skills(&self, person: &PersonId, skills: &[String]) -> bool {
        self.profile(person).is_some_and(|profile| skills.iter().all(|skill| profile.skills.contains(skill)))
    }

    /// Whether work can be given to this person at this moment. Nobody knows otherwise of a person nobody knows.
    fn presence(&self, person: &PersonId, at: Timestamp) -> Presence {
        self.profile(person).map_or(Presence::Here, |profile| profile.presence(at))
    }
}

/// What is known of a person.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Profile {
    /// What they can do.
    pub skills: BTreeSet<String>,
    /// Whether they lead every group.
    pub leads_all: bool,
    /// Whom an escalation to the manager goes to.
    pub manager: Option<PersonId>,
    /// How many open tasks they are given at most.
    pub capacity: Option<u32>,
    /// When they work; always without one.
    pub hours: Option<Calendar>,
    /// When they are away.
    pub absences: Vec<Absence>,
}

/// A time somebody is away.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Absence {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end, which is no part of it.
    pub to: Timestamp,
    /// Who is given their work meanwhile.
    pub substitute: Option<PersonId>,
}

/// Whether work can be given to somebody.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Presence {
    /// It can.
    Here,
    /// It is not one of their working hours.
    OffHours,
    /// They are away; this is who stands in for them, if anybody does.
    Away(Option<PersonId>),
}

impl Profile {
    /// Whether work can be given to them at this moment.
    pub fn presence(&self, at: Timestamp) -> Presence {
        if let Some(absence) = self.absences.iter().find(|absence| absence.from <= at && at < absence.to) {
            return Presence::Away(absence.substitute.clone());
        }
        match &self.hours {
            Some(hours) if !hours.is_working(at) => Presence::OffHours,
            Some(_) | None => Presence::Here,
        }
    }
}

/// A directory from configuration.
#[derive(Clone, Debug, Default)]
pub struct StaticDirectory {
    people: BTreeMap<PersonId, Profile>,
    groups: BTreeMap<GroupId, (Vec<PersonId>, BTreeSet<PersonId>)>,
}

impl StaticDirectory {
    /// Adds a person.
    #[must_use]
    pub fn with_person(mut self, person: PersonId, profile: Profile) -> Self {
        self.people.insert(person, profile);
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
        let leads_one = |group| {
            self.groups.get(group).is_some_and(|(_, leads): &(_, BTreeSet<_>)| leads.contains(person))
        };
        self.people.get(person).is_some_and(|profile| profile.leads_all) || groups.iter().any(leads_one)
    }

    fn is_member(&self, person: &PersonId, groups: &[GroupId]) -> bool {
        groups.iter().any(|group| {
            self.groups
                .get(group)
                .is_some_and(|(members, leads)| members.contains(person) || leads.contains(person))
        })
    }

    fn groups_of(&self, person: &PersonId) -> Vec<GroupId> {
        let groups = self.groups.iter();
        let of = groups.filter(|(_, (members, leads))| members.contains(person) || leads.contains(person));
        of.map(|(group, _)| group.clone()).collect()
    }

    fn members(&self, group: &GroupId) -> Vec<PersonId> {
        self.groups.get(group).map(|(members, _)| members.clone()).unwrap_or_default()
    }

    fn leads_of(&self, group: &GroupId) -> Vec<PersonId> {
        self.groups.get(group).map(|(_, leads)| leads.iter().cloned().collect()).unwrap_or_default()
    }

    fn profile(&self, person: &PersonId) -> Option<&Profile> {
        self.people.get(person)
    }
}
