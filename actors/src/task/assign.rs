//! Who gets a new task.

use tracerail_schemas::{GroupId, PersonId};

use crate::port::Directory;

/// Who was chosen, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Chosen {
    pub(super) person: PersonId,
    pub(super) reason: String,
    /// Where the strategy goes on in a group.
    pub(super) cursor: Option<(GroupId, u64)>,
}

/// The person a route suggests, if there is such a person. They may be outside the candidate groups.
pub(super) fn known<'a>(directory: &dyn Directory, suggestion: Option<&'a PersonId>) -> Option<&'a PersonId> {
    suggestion.filter(|person| directory.is_open() || directory.knows(person))
}

/// The person a route suggests, chosen.
pub(super) fn suggested(person: &PersonId) -> Chosen {
    Chosen { person: person.clone(), reason: "suggested by the route".to_owned(), cursor: None }
}

/// Each candidate of a group in turn, those who lack a skill passed over.
pub(super) fn round_robin(
    directory: &dyn Directory,
    group: &GroupId,
    skills: &[String],
    position: u64,
) -> Option<Chosen> {
    let members = directory.members(group);
    let count = u64::try_from(members.len()).ok().filter(|count| *count > 0)?;
    (0..count).find_map(|step| {
        let index = position.wrapping_add(step) % count;
        let person = members.get(usize::try_from(index).ok()?)?;
        directory.has_skills(person, skills).then(|| Chosen {
            person: person.clone(),
            reason: format!("round_robin in {group}"),
            cursor: Some((group.clone(), position.wrapping_add(step + 1))),
        })
    })
}
