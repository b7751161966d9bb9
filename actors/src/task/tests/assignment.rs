//! Who gets a new task.

use tracerail_schemas::{GroupId, PersonId};

use super::build::{directory, group, person};
use crate::port::{Directory, StaticDirectory};
use crate::task::assign::{Chosen, known, round_robin};
use crate::task::standing::{is_candidate, staffed};

/// Who is chosen, and where the group goes on.
fn turn(
    directory: &StaticDirectory,
    group: &GroupId,
    skills: &[&str],
    position: u64,
) -> Option<(String, u64)> {
    let skills: Vec<_> = skills.iter().map(|skill| (*skill).to_owned()).collect();
    let Chosen { person, cursor, .. } = round_robin(directory, group, &skills, position)?;
    let (of, next) = cursor.unwrap();
    assert_eq!(&of, group);
    Some((person.to_string(), next))
}

#[test]
fn each_member_in_turn_and_then_from_the_start() {
    let mut position = 0;
    let mut chosen = Vec::new();
    for _ in 0..7 {
        let (person, next) = turn(&directory(), &group("support"), &[], position).unwrap();
        chosen.push(person);
        position = next;
    }
    assert_eq!(chosen, ["ann", "bob", "cat", "ann", "bob", "cat", "ann"], "leads are not in the round");
}

#[test]
fn those_who_lack_a_skill_are_passed_over() {
    for position in 0..9 {
        let (person, next) = turn(&directory(), &group("support"), &["refunds"], position).unwrap();
        assert_eq!((person.as_str(), next % 3), ("bob", 2), "from {position}");
    }
    assert_eq!(turn(&directory(), &group("support"), &["refunds", "chinese"], 0), None);
}

#[test]
fn a_group_of_nobody_chooses_nobody_and_a_cursor_at_its_end_goes_on() {
    assert_eq!(turn(&directory(), &group("ghosts"), &[], 0), None);
    assert_eq!(turn(&StaticDirectory::default(), &group("support"), &[], 0), None);
    assert!(turn(&directory(), &group("support"), &[], u64::MAX).is_some());
}

#[test]
fn a_suggestion_holds_for_known_people_in_any_group() {
    let (sam, nobody) = (person("sam"), person("nobody"));
    assert_eq!(known(&directory(), Some(&sam)), Some(&sam));
    assert_eq!(known(&directory(), Some(&nobody)), None);
    assert_eq!(known(&directory(), None), None);
    assert_eq!(
        known(&StaticDirectory::default(), Some(&nobody)),
        Some(&nobody),
        "an open directory knows all"
    );
}

#[test]
fn who_may_take_a_task() {
    let candidate = |directory: &dyn Directory, users: &[PersonId], groups: &[GroupId], name: &str| {
        is_candidate(directory, users, groups, &person(name))
    };
    let (closed, open) = (directory(), StaticDirectory::default());
    let (support, ann) = ([group("support")], [person("ann")]);
    for (users, groups, name, expected) in [
        (&[][..], &support[..], "bob", true),
        (&[], &support, "lea", true),
        (&[], &support, "sam", false),
        (&ann, &[], "ann", true),
        (&ann, &[], "bob", false),
        (&ann, &support, "bob", true),
        (&[], &[], "sam", true),
        (&[], &[], "nobody", false),
    ] {
        assert_eq!(candidate(&closed, users, groups, name), expected, "{name} of {users:?} {groups:?}");
        assert!(candidate(&open, users, groups, name), "where nobody is known, everybody may");
    }
}

#[test]
fn a_group_that_nobody_is_in_is_offered_nothing() {
    let (support, ghosts) = (group("support"), group("ghosts"));
    let default = [support.clone()];
    let both = [ghosts.clone(), support.clone()];
    assert_eq!(staffed(&directory(), &both, &[]), [support]);
    assert_eq!(
        staffed(&directory(), std::slice::from_ref(&ghosts), &default),
        default,
        "the default group instead"
    );
    let open = StaticDirectory::default();
    assert_eq!(
        staffed(&open, std::slice::from_ref(&ghosts), &default),
        [ghosts],
        "without people, groups are only names"
    );
}
