//! Who gets a new task.

use proptest::prelude::*;
use serde_json::json;
use tracerail_schemas::task::{Calendar, Span, TaskData, Terms};
use tracerail_schemas::{GroupId, PersonId};

use super::build::{at, directory, group, person, task};
use crate::port::{Absence, AssignmentStrategy, Directory, Profile, StaticDirectory};
use crate::task::assign::{Chosen, Pool, known};
use crate::task::standing::{is_candidate, staffed};
use crate::task::{LeastLoaded, Manual, RoundRobin, Skills, Sticky};

/// Who is chosen, and where the group goes on.
fn turn(
    directory: &StaticDirectory,
    group: &GroupId,
    skills: &[&str],
    position: u64,
) -> Option<(String, u64)> {
    let terms = Terms {
        skills_required: skills.iter().map(|skill| (*skill).to_owned()).collect(),
        ..Terms::default()
    };
    let task = TaskData { terms, ..task().data };
    let pool = Pool::of(directory, group, (&task.terms, &[]), at(0));
    let Chosen { person, cursor, .. } = pool.choose(&RoundRobin, &task, group, position)?;
    let (of, next) = cursor.unwrap();
    assert_eq!(&of, group);
    Some((person.to_string(), next))
}

/// Who is chosen among those of support with these open tasks, and what is recorded.
fn chosen(
    directory: &StaticDirectory,
    strategy: &dyn AssignmentStrategy,
    task: &TaskData,
    loads: &[(&str, u64)],
) -> Option<Chosen> {
    let mut pool = Pool::of(directory, &group("support"), (&task.terms, &[]), at(12));
    let loads: Vec<_> = loads.iter().map(|(name, load)| (person(name), *load)).collect();
    pool.loaded(directory, &loads);
    pool.choose(strategy, task, &group("support"), 0)
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

#[test]
fn whoever_has_the_least_to_do_gets_it_and_who_has_enough_does_not() {
    let limited = Profile { capacity: Some(3), ..Profile::default() };
    let directory = directory().with_person(person("cat"), limited);
    let task = task().data;
    let of = |loads: &[(&str, u64)]| chosen(&directory, &LeastLoaded, &task, loads).unwrap();
    let first = of(&[("ann", 2), ("bob", 1), ("cat", 1)]);
    assert_eq!((first.person, first.cursor), (person("bob"), None), "of two, the first in the group");
    assert_eq!(first.reason, "least_loaded in support");
    let full = of(&[("ann", 9), ("bob", 9), ("cat", 3)]);
    assert_eq!(full.person, person("ann"));
    let record = json!({"open_tasks": 9, "passed_over": {"cat": "has 3 open tasks already"}});
    assert_eq!(serde_json::Value::Object(full.record), record);
}

#[test]
fn those_who_can_do_more_stay_free_for_it() {
    let with = |skills: &[&str]| Profile {
        skills: skills.iter().map(|skill| (*skill).to_owned()).collect(),
        ..Profile::default()
    };
    let directory = directory()
        .with_person(person("ann"), with(&["refunds", "chinese"]))
        .with_person(person("bob"), with(&["refunds"]));
    let terms = Terms { skills_required: vec!["refunds".to_owned()], ..Terms::default() };
    let task = TaskData { terms, ..task().data };
    let of = |loads: &[(&str, u64)]| chosen(&directory, &Skills, &task, loads).unwrap();
    assert_eq!(of(&[("ann", 1), ("bob", 1)]).person, person("bob"));
    assert_eq!(of(&[("ann", 0), ("bob", 1)]).person, person("ann"), "but not at any price");
    assert_eq!(of(&[]).record["passed_over"]["cat"], "lacks a skill");
}

#[test]
fn the_same_customer_meets_the_same_person_while_they_are_there() {
    let of = |directory: &StaticDirectory, customer: u32| {
        let mut task = task().data;
        task.metadata.insert("customer".to_owned(), json!(customer));
        let sticky = Sticky { key: "customer".to_owned() };
        chosen(directory, &sticky, &task, &[]).unwrap().person
    };
    let away = Absence { from: at(0), to: at(24), substitute: None };
    let without_ann =
        directory().with_person(person("ann"), Profile { absences: vec![away], ..Profile::default() });
    let (mut moved, mut met) = (0, std::collections::BTreeSet::new());
    for customer in 0..300 {
        let usually = of(&directory(), customer);
        assert_eq!(of(&directory(), customer), usually);
        let meanwhile = of(&without_ann, customer);
        assert!(meanwhile == usually || usually == person("ann"), "others keep theirs");
        moved += u32::from(meanwhile != usually);
        met.insert(usually);
    }
    assert_eq!(met.len(), 3);
    assert!((60..140).contains(&moved), "about a third are ann's: {moved}");
    let without_a_customer =
        chosen(&directory(), &Sticky { key: "customer".to_owned() }, &task().data, &[("ann", 5)]);
    assert_eq!(
        without_a_customer.unwrap().person,
        person("bob"),
        "whose open tasks are not known counts as free"
    );
    assert_eq!(chosen(&directory(), &Manual, &task().data, &[]), None);
}

#[test]
fn who_is_away_is_stood_in_for_and_who_works_other_hours_is_passed_over() {
    let morning = Calendar {
        name: "morning".to_owned(),
        version: 1,
        time_zone: "UTC".to_owned(),
        week: std::array::from_fn(|_| vec![Span { from_min: 0, to_min: 60 }]),
        holidays: Vec::new(),
    };
    let away = |substitute: &str| Profile {
        absences: vec![Absence { from: at(0), to: at(24), substitute: Some(person(substitute)) }],
        ..Profile::default()
    };
    let directory = directory()
        .with_person(person("ann"), Profile { hours: Some(morning), ..Profile::default() })
        .with_person(person("bob"), away("sam"))
        .with_person(person("cat"), away("bob"));
    let found = chosen(&directory, &RoundRobin, &task().data, &[]).unwrap();
    assert_eq!((found.person, found.reason.as_str()), (person("sam"), "round_robin in support, for bob"));
    let passed = &found.record["passed_over"];
    assert_eq!(passed["ann"], "outside of their working hours");
    assert_eq!((passed["bob"].as_str(), passed["cat"].as_str()), (Some("away; sam stands in"), Some("away")));
    // A substitute is held to what holds for anybody.
    let terms = Terms { excluded_users: vec![person("sam")], ..Terms::default() };
    assert_eq!(chosen(&directory, &RoundRobin, &TaskData { terms, ..task().data }, &[]), None);
}

proptest! {
    /// Whatever the strategy and whoever is there: nobody who is away, excluded, without a skill or full is ever chosen.
    #[test]
    fn nobody_unavailable_is_ever_chosen(
        people in proptest::collection::vec((any::<bool>(), any::<bool>(), 0_u32..3, 0_u64..4, any::<bool>()), 1..6),
        which in 0_usize..4,
        turn in any::<u64>(),
        needs_skill in any::<bool>(),
    ) {
        let name = |n: usize| person(&format!("p{n}"));
        let mut directory = StaticDirectory::default()
            .with_group(group("support"), (0..people.len()).map(name).collect(), vec![]);
        let mut terms = Terms::default();
        if needs_skill {
            terms.skills_required.push("law".to_owned());
        }
        let mut loads = Vec::new();
        for (n, (is_away, excluded, capacity, load, skilled)) in people.iter().enumerate() {
            let absences =
                if *is_away { vec![Absence { from: at(0), to: at(24), substitute: None }] } else { vec![] };
            let skills = if *skilled { ["law".to_owned()].into() } else { [].into() };
            let capacity = (*capacity > 0).then_some(*capacity);
            directory = directory.with_person(name(n), Profile { skills, capacity, absences, ..Profile::default() });
            if *excluded {
                terms.excluded_users.push(name(n));
            }
            loads.push((name(n), *load));
        }
        let task = TaskData { terms, ..task().data };
        let strategies: [&dyn AssignmentStrategy; 4] =
            [&RoundRobin, &LeastLoaded, &Skills, &Sticky { key: "customer".to_owned() }];
        let mut pool = Pool::of(&directory, &group("support"), (&task.terms, &[]), at(12));
        pool.loaded(&directory, &loads);
        let fits = |n: usize| {
            let (is_away, excluded, capacity, load, skilled) = people[n];
            !is_away && !excluded && (skilled || !needs_skill) && (capacity == 0 || load < u64::from(capacity))
        };
        let chosen = pool.choose(strategies[which], &task, &group("support"), turn);
        match chosen {
            Some(chosen) => {
                let n: usize = chosen.person.as_str()[1..].parse().unwrap();
                prop_assert!(fits(n), "{chosen:?}");
            }
            None => prop_assert!((0..people.len()).all(|n| !fits(n)), "somebody could have had it"),
        }
    }

    /// In turn, everybody who can gets as many as anybody else, give or take one.
    #[test]
    fn round_robin_is_fair(members in 1_usize..7, tasks in 1_usize..50, start in 0_u64..1_000) {
        let name = |n: usize| person(&format!("p{n}"));
        let directory = StaticDirectory::default()
            .with_group(group("support"), (0..members).map(name).collect(), vec![]);
        let mut counts = vec![0_usize; members];
        let mut position = start;
        for _ in 0..tasks {
            let (person, next) = turn(&directory, &group("support"), &[], position).unwrap();
            counts[person[1..].parse::<usize>().unwrap()] += 1;
            position = next;
        }
        prop_assert!(counts.iter().max().unwrap() - counts.iter().min().unwrap() <= 1, "{counts:?}");
    }
}
