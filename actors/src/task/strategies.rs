//! The assignment strategies that are built in.

use std::sync::Arc;

use uuid::Uuid;

use crate::port::{Assigner, AssignmentStrategy, Candidate, Choice};

/// Each member of the group in turn.
#[derive(Clone, Copy, Debug)]
pub struct RoundRobin;

/// Whoever has the fewest open tasks; of several, the first in the group.
#[derive(Clone, Copy, Debug)]
pub struct LeastLoaded;

/// Of those with all the skills, whoever has the fewest open tasks; of several, the one with the fewest other skills, so that those who
/// can do more stay free for what only they can do.
#[derive(Clone, Copy, Debug)]
pub struct Skills;

/// The same person for all tasks with the same value of a metadata key, while they are there: by hashing, so that nothing is stored, and
/// others keep theirs when somebody comes or goes. A task without it goes to whoever has the fewest open tasks.
#[derive(Clone, Debug)]
pub struct Sticky {
    /// The metadata key, for example `customer`.
    pub key: String,
}

/// Nobody: candidates claim.
#[derive(Clone, Copy, Debug)]
pub struct Manual;

impl AssignmentStrategy for RoundRobin {
    fn name(&self) -> &'static str {
        "round_robin"
    }

    fn choose(&self, choice: &Choice<'_>) -> Option<usize> {
        let places = choice.places.max(1);
        least(choice, |candidate| (candidate.place + places - choice.turn % places) % places)
    }

    fn takes_turns(&self) -> bool {
        true
    }
}

impl AssignmentStrategy for LeastLoaded {
    fn name(&self) -> &'static str {
        "least_loaded"
    }

    fn choose(&self, choice: &Choice<'_>) -> Option<usize> {
        least(choice, |candidate| (candidate.open_tasks, candidate.place))
    }

    fn needs_open_tasks(&self) -> bool {
        true
    }
}

impl AssignmentStrategy for Skills {
    fn name(&self) -> &'static str {
        "skills"
    }

    fn choose(&self, choice: &Choice<'_>) -> Option<usize> {
        least(choice, |candidate| (candidate.open_tasks, candidate.spare_skills, candidate.place))
    }

    fn needs_open_tasks(&self) -> bool {
        true
    }
}

impl AssignmentStrategy for Sticky {
    fn name(&self) -> &'static str {
        "sticky"
    }

    fn choose(&self, choice: &Choice<'_>) -> Option<usize> {
        let Some(value) = choice.task.metadata.get(&self.key) else { return LeastLoaded.choose(choice) };
        let value = value.to_string();
        least(choice, |candidate| {
            // Whoever comes first by the hash of both: nobody else's place depends on who else is there.
            Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{value} {}", candidate.person).as_bytes())
        })
    }

    fn needs_open_tasks(&self) -> bool {
        true
    }
}

impl AssignmentStrategy for Manual {
    fn name(&self) -> &'static str {
        "manual"
    }

    fn choose(&self, _: &Choice<'_>) -> Option<usize> {
        None
    }
}

impl Assigner {
    /// This strategy.
    pub fn of(strategy: impl AssignmentStrategy + 'static) -> Self {
        Self(Arc::new(strategy))
    }
}

fn least<K: Ord>(choice: &Choice<'_>, by: impl Fn(&Candidate) -> K) -> Option<usize> {
    let numbered = choice.candidates.iter().enumerate();
    numbered.min_by_key(|(_, candidate)| by(candidate)).map(|(index, _)| index)
}
