//! The crash matrix on servers: real processes are ended at every step of commit, publish and acknowledge; others take over and come to
//! the end that the story has in a file, event by event and version by version.

use tracerail::config::Edition;
use tracerail_testkit::wait_until;

use crate::crash_matrix::{assert_died, doomed, ids};
use crate::place::{Place, SOON};
use crate::story::{COMMANDS, ITEMS, TOLD, command, command_arguments, contents, handled, place_on, submit};

/// The steps of an effect; those of a file's writer are not passed here.
const EFFECT: [&str; 4] =
    ["effect.before_commit", "effect.after_commit", "effect.after_publish", "effect.after_ack"];

/// Deaths that are waited for at the same time: most of it is waiting until deliveries of the dead come again.
const AT_ONCE: usize = 4;

/// Does this for each pair, some at the same time.
fn each(points: &[&'static str], passings: &[usize], die: impl Fn(&'static str, usize) + Sync) {
    let cells: Vec<_> =
        points.iter().flat_map(|point| passings.iter().map(|passing| (*point, *passing))).collect();
    for some in cells.chunks(AT_ONCE) {
        std::thread::scope(|scope| {
            for (point, passing) in some {
                scope.spawn(|| die(point, *passing));
            }
        });
    }
}

/// A place on servers where everything is in, and nobody has handled it yet.
fn submitted() -> Place {
    let place = place_on(Edition::Distributed);
    submit(&place.program).ok();
    place
}

/// Starts actors that are told to die, and waits until they have.
fn die(place: &Place, point: &str, passing: usize) {
    let mut victim = doomed(place, point, passing).spawn("doomed.log", ["run"]);
    let log = || std::fs::read_to_string(place.scratch.join("doomed.log")).unwrap();
    let status = wait_until("the actors die", SOON, || victim.ended().ok_or_else(log));
    assert_eq!(status.code(), None, "{point}:{passing} is a crash, not an end: {}", log());
}

#[test]
fn the_actors_die_anywhere_and_others_come_to_the_same_end() {
    let expected = TOLD.handled.end();
    let dies = |point: &'static str, passing| {
        let (place, at) = (submitted(), format!("{point}:{passing}"));
        die(&place, point, passing);
        let runner = place.start("run.log");
        handled(&place, &at);
        place.end(&contents()).must_be(&expected, &at);
        assert_eq!(runner.terminate(), Some(0), "{at}");
    };
    // 12 analyses, 12 routes, 7 tasks, 1 breach and 3 escalations: 35 effects.
    each(&EFFECT, &[1, 13, 35], dies);
    each(&["pump.after_pull"], &[1, 5], dies);
}

#[test]
fn a_submission_dies_anywhere_and_is_completed_by_submitting_again() {
    let expected = ids(&TOLD.submitted.events);
    each(&EFFECT, &[1, 7], |point, passing| {
        let (place, at) = (place_on(Edition::Distributed), format!("{point}:{passing}"));
        assert_died(&submit(&doomed(&place, point, passing)), &at);
        let report = submit(&place.program).ok().json();
        let taken = report["taken_in"].as_u64().unwrap() + report["repeated"].as_u64().unwrap();
        assert_eq!(taken, ITEMS.len() as u64, "{at}: {report}");
        assert_eq!(ids(&place.events()), expected, "{at}");
    });
}

#[test]
fn whoever_answers_a_command_dies_anywhere_and_given_again_it_has_its_first_answer() {
    let expected = TOLD.commanded.end();
    each(&EFFECT, &[4], |point, passing| {
        let (place, at) = (submitted(), format!("{point}:{passing}"));
        let runner = place.start("run.log");
        handled(&place, &at);
        assert_eq!(runner.terminate(), Some(0), "{at}");
        // One command is one effect: all before the fatal one are answered.
        let mut victim = place.start_as(&doomed(&place, point, passing), "doomed.log", &[]);
        for number in 0..passing - 1 {
            command(&place.program, number).ok();
        }
        let asking = place.program.spawn("asking.log", command_arguments(passing - 1));
        let status = wait_until("the actors die", SOON, || victim.ended().ok_or("they live".to_owned()));
        assert_eq!(status.code(), None, "{at} is a crash");
        drop(asking);
        let runner = place.start("run.log");
        for number in passing - 1..COMMANDS.len() {
            command(&place.program, number).ok();
        }
        place.rest(ITEMS.len() as u64);
        place.end(&contents()).must_be(&expected, &at);
        assert_eq!(runner.terminate(), Some(0), "{at}");
    });
}
