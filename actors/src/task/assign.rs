//! Who gets a new task: who could, who is passed over and why, and whom the strategy chooses.

use serde_json::{Value, json};
use tracerail_schemas::content::Metadata;
use tracerail_schemas::task::{TaskData, Terms};
use tracerail_schemas::{GroupId, PersonId, Timestamp};

use crate::port::{AssignmentStrategy, Candidate, Choice, Directory, Presence};

/// Who was chosen, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Chosen {
    pub(super) person: PersonId,
    pub(super) reason: String,
    /// How the choice was made: who was passed over and why, and how much the chosen one has to do.
    pub(super) record: Metadata,
    /// Where the strategy goes on in a group.
    pub(crate) cursor: Option<(GroupId, u64)>,
}

/// Those of a group who could have a task, and those who are passed over.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Pool {
    pub(super) candidates: Vec<Candidate>,
    passed_over: Vec<(PersonId, String)>,
    places: usize,
}

/// The person a route suggests, if there is such a person. They may be outside the candidate groups.
pub(super) fn known<'a>(directory: &dyn Directory, suggestion: Option<&'a PersonId>) -> Option<&'a PersonId> {
    suggestion.filter(|person| directory.is_open() || directory.knows(person))
}

/// The person a route suggests, chosen, if they can be given work now and are not excluded.
pub(super) fn suggested(
    directory: &dyn Directory,
    person: &PersonId,
    terms: &Terms,
    now: Timestamp,
) -> Option<Chosen> {
    let is_free = directory.presence(person, now) == Presence::Here && !terms.excludes(person);
    is_free.then(|| Chosen {
        person: person.clone(),
        reason: "suggested by the route".to_owned(),
        record: Metadata::new(),
        cursor: None,
    })
}

impl Pool {
    /// The members of a group; who stands in for somebody who is away has their place.
    /// `declined` have been asked before.
    pub(super) fn of(
        directory: &dyn Directory,
        group: &GroupId,
        (terms, declined): (&Terms, &[PersonId]),
        now: Timestamp,
    ) -> Self {
        let members = directory.members(group);
        let mut pool = Self { places: members.len(), ..Self::default() };
        for (place, member) in members.iter().enumerate() {
            match directory.presence(member, now) {
                Presence::Here => pool.consider(directory, terms, (place, member.clone()), None),
                Presence::OffHours => pool.pass_over(member, "outside of their working hours"),
                Presence::Away(None) => pool.pass_over(member, "away"),
                Presence::Away(Some(substitute)) => {
                    let is_there = directory.presence(&substitute, now) == Presence::Here;
                    if is_there && !members.contains(&substitute) {
                        pool.pass_over(member, &format!("away; {substitute} stands in"));
                        pool.consider(directory, terms, (place, substitute), Some(member.clone()));
                    } else {
                        pool.pass_over(member, "away");
                    }
                }
            }
        }
        pool.pass_over_all(declined, "did not take it");
        pool
    }

    /// Those whose open tasks are worth asking for: all of them, or those with a limit.
    pub(super) fn asks_for(&self, directory: &dyn Directory, all: bool) -> Vec<PersonId> {
        let limited = |person: &PersonId| directory.profile(person).is_some_and(|it| it.capacity.is_some());
        let people = self.candidates.iter().map(|candidate| &candidate.person);
        people.filter(|person| all || limited(person)).cloned().collect()
    }

    /// Notes how many open tasks these people have; who has enough is passed over.
    pub(super) fn loaded(&mut self, directory: &dyn Directory, loads: &[(PersonId, u64)]) {
        for candidate in &mut self.candidates {
            let load = loads.iter().find(|(person, _)| *person == candidate.person);
            candidate.open_tasks = load.map(|(_, load)| *load);
        }
        let full = |candidate: &Candidate| {
            let capacity = directory.profile(&candidate.person)?.capacity?;
            (candidate.open_tasks? >= u64::from(capacity)).then_some(capacity)
        };
        let (mut free, mut passed) = (Vec::new(), Vec::new());
        for candidate in std::mem::take(&mut self.candidates) {
            match full(&candidate) {
                Some(capacity) => {
                    passed.push((candidate.person, format!("has {capacity} open tasks already")));
                }
                None => free.push(candidate),
            }
        }
        self.candidates = free;
        self.passed_over.extend(passed);
    }

    /// Whom the strategy chooses. `turn` is where the group goes on.
    pub(super) fn choose(
        &self,
        strategy: &dyn AssignmentStrategy,
        task: &TaskData,
        group: &GroupId,
        turn: u64,
    ) -> Option<Chosen> {
        if self.candidates.is_empty() {
            return None;
        }
        let places = u64::try_from(self.places).unwrap_or(u64::MAX).max(1);
        let place = usize::try_from(turn % places).unwrap_or_default();
        let choice = Choice { task, group, candidates: &self.candidates, turn: place, places: self.places };
        let chosen = self.candidates.get(strategy.choose(&choice)?)?;
        let steps = (chosen.place + self.places - place) % self.places.max(1);
        let next = turn.wrapping_add(u64::try_from(steps).unwrap_or_default()).wrapping_add(1);
        let instead = chosen.instead_of.as_ref().map(|of| format!(", for {of}")).unwrap_or_default();
        Some(Chosen {
            person: chosen.person.clone(),
            reason: format!("{} in {group}{instead}", strategy.name()),
            record: self.record(chosen),
            cursor: strategy.takes_turns().then(|| (group.clone(), next)),
        })
    }

    fn consider(
        &mut self,
        directory: &dyn Directory,
        terms: &Terms,
        (place, person): (usize, PersonId),
        instead_of: Option<PersonId>,
    ) {
        if terms.excludes(&person) {
            return self.pass_over(&person, "excluded from this task");
        }
        if !directory.has_skills(&person, &terms.skills_required) {
            return self.pass_over(&person, "lacks a skill");
        }
        let skills = directory.profile(&person).map_or(0, |profile| profile.skills.len());
        let spare_skills = skills.saturating_sub(terms.skills_required.len());
        self.candidates.push(Candidate { person, place, instead_of, open_tasks: None, spare_skills });
    }

    fn pass_over_all(&mut self, people: &[PersonId], why: &str) {
        let (passed, left): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.candidates).into_iter().partition(|it| people.contains(&it.person));
        self.candidates = left;
        self.passed_over.extend(passed.into_iter().map(|it| (it.person, why.to_owned())));
    }

    fn pass_over(&mut self, person: &PersonId, why: &str) {
        self.passed_over.push((person.clone(), why.to_owned()));
    }

    /// What the reason does not say.
    fn record(&self, chosen: &Candidate) -> Metadata {
        let mut record = Metadata::new();
        if let Some(open_tasks) = chosen.open_tasks {
            record.insert("open_tasks".to_owned(), json!(open_tasks));
        }
        if !self.passed_over.is_empty() {
            let passed = self.passed_over.iter().map(|(person, why)| (person.to_string(), json!(why)));
            record.insert("passed_over".to_owned(), Value::Object(passed.collect()));
        }
        record
    }
}
