//! Who gets a new task.

use std::sync::Arc;

use tracerail_schemas::task::TaskData;
use tracerail_schemas::{GroupId, PersonId};

/// Chooses one of those who may have a new task. Teams bring their own.
///
/// It is asked for one group after the other. Whoever lacks a skill, is away, works at other hours, has enough to do already or is
/// excluded is not among the candidates: no strategy can choose them.
pub trait AssignmentStrategy: Send + Sync {
    /// Its name, as it stands in the record of the assignment.
    fn name(&self) -> &str;

    /// The index of the one who gets it; nobody leaves it open to all of them.
    fn choose(&self, choice: &Choice<'_>) -> Option<usize>;

    /// Whether it looks at how many open tasks people have. It costs a question to the store.
    fn needs_open_tasks(&self) -> bool {
        false
    }

    /// Whether a group's turn goes on after the one who was chosen.
    fn takes_turns(&self) -> bool {
        false
    }
}

/// Between whom is chosen.
#[derive(Debug)]
pub struct Choice<'a> {
    /// The task.
    pub task: &'a TaskData,
    /// Their group.
    pub group: &'a GroupId,
    /// Who may have it, in the order of the group; at least one.
    pub candidates: &'a [Candidate],
    /// The place in the group whose turn it is, for a strategy that takes turns.
    pub turn: usize,
    /// The places in the group.
    pub places: usize,
}

/// One who may have a task.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Candidate {
    /// Who.
    pub person: PersonId,
    /// Their place in the group, or that of whom they stand in for.
    pub place: usize,
    /// Whom they stand in for.
    pub instead_of: Option<PersonId>,
    /// How many open tasks they have, where that was asked for.
    pub open_tasks: Option<u64>,
    /// How many skills they have that the task does not ask for.
    pub spare_skills: usize,
}

/// A strategy that is used.
#[derive(Clone)]
pub struct Assigner(pub Arc<dyn AssignmentStrategy>);

impl PartialEq for Assigner {
    fn eq(&self, other: &Self) -> bool {
        self.0.name() == other.0.name()
    }
}

impl std::fmt::Debug for Assigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Assigner").field(&self.0.name()).finish()
    }
}
