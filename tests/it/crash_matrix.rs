//! Real processes are ended at every step of commit, publish and acknowledge; started again, they come to the same end, event
//! by event and version by version.

use std::collections::BTreeSet;

use tracerail_actors::failpoint::POINTS;
use tracerail_testkit::{Finished, Program, wait_until};

use crate::place::{Place, SOON, text};
use crate::story::{COMMANDS, Chapter, ITEMS, TOLD, command, contents, handled, submit};

/// At which passings of a point the actors die: the first, the last that surely comes, and some between.
///
/// The effects: 12 analyses, 12 routes, 7 tasks, 1 breach and 3 escalations. The transactions, however they are grouped: the
/// lease, and then analysis, route, task, escalation by route, breach and its escalation each wait for the one before.
fn passings(point: &str) -> &'static [usize] {
    match point {
        "effect.before_commit" | "effect.after_commit" | "effect.after_publish" | "effect.after_ack" => {
            &[1, 2, 13, 24, 35]
        }
        "writer.before_commit" | "writer.after_commit" => &[1, 2, 3, 5, 7],
        "pump.after_pull" => &[1, 2, 5, 17],
        other => panic!("a new point: {other}; how often is it passed?"),
    }
}

/// The points that a process passes which only submits or commands.
fn points_of_visitors() -> impl Iterator<Item = &'static str> {
    POINTS.into_iter().filter(|point| !point.starts_with("pump."))
}

#[test]
fn a_point_that_is_hit_ends_the_process() {
    let place = crate::story::place();
    let finished = submit(&doomed(&place, "effect.before_commit", 1));
    assert_died(&finished, "at the first passing");
    submit(&doomed(&place, "effect.before_commit", ITEMS.len() + 1)).ok();
}

#[test]
fn the_actors_die_anywhere_and_come_to_the_same_end() {
    let expected = TOLD.handled.end();
    for point in POINTS {
        for passing in passings(point) {
            let (place, at) = (TOLD.submitted.place(), format!("{point}:{passing}"));
            let mut victim = doomed(&place, point, *passing).spawn("doomed.log", ["run"]);
            let status = wait_until("the actors die", SOON, || victim.ended().ok_or("they live".to_owned()));
            assert_eq!(status.code(), None, "{at} is a crash, not an end: {}", log(&place));
            let _runner = place.program.spawn("run.log", ["run"]);
            handled(&place, &at);
            place.end(&contents()).must_be(&expected, &at);
        }
    }
}

#[test]
fn a_submission_dies_anywhere_and_is_completed_by_submitting_again() {
    let expected = ids(&TOLD.submitted.events);
    for point in points_of_visitors() {
        // All twelve may share one transaction.
        let passings: &[usize] = if point.starts_with("writer.") { &[1] } else { &[1, 2, 7, ITEMS.len()] };
        for passing in passings {
            let (place, at) = (crate::story::place(), format!("{point}:{passing}"));
            assert_died(&submit(&doomed(&place, point, *passing)), &at);
            let report = submit(&place.program).ok().json();
            let taken = report["taken_in"].as_u64().unwrap() + report["repeated"].as_u64().unwrap();
            assert_eq!(taken, ITEMS.len() as u64, "{at}: {report}");
            assert_eq!(ids(&place.events()), expected, "{at}");
        }
    }
}

#[test]
fn a_command_dies_anywhere_and_given_again_has_its_first_answer() {
    let Chapter { events, .. } = &TOLD.commanded;
    let expected = TOLD.commanded.end();
    for point in points_of_visitors() {
        let place = TOLD.handled.place();
        for (number, meant) in COMMANDS.iter().enumerate() {
            let at = format!("{point} by {meant:?}");
            assert_died(&command(&doomed(&place, point, 1), number), &at);
            let answer = command(&place.program, number).ok().json();
            let version = events.iter().filter(|event| event["data"]["task_id"] == answer["task_id"]);
            assert!(
                version.clone().any(|event| event["data"]["version"] == answer["version"]),
                "{at}: {answer}"
            );
        }
        place.end(&contents()).must_be(&expected, point);
    }
}

/// The program, told to die at this passing of this point.
pub(crate) fn doomed(place: &Place, point: &str, passing: usize) -> Program {
    place.program.clone().with_env("TRACERAIL_FAILPOINT", &format!("{point}:{passing}"))
}

pub(crate) fn assert_died(finished: &Finished, at: &str) {
    assert_eq!(finished.code, None, "{at}: it should have died: {finished:?}");
}

fn log(place: &Place) -> String {
    std::fs::read_to_string(place.scratch.join("doomed.log")).unwrap()
}

pub(crate) fn ids(events: &[serde_json::Value]) -> BTreeSet<String> {
    events.iter().map(|event| text(&event["id"])).collect()
}
