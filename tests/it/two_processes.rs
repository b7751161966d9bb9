//! Two processes on one store: one hands out the events, the other takes over when it dies or freezes; and of two people who
//! reach for one task from two processes, one gets it.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tracerail_testkit::{Finished, Process, wait_until};

use crate::place::{Place, SOON, text};
use crate::story;

/// Items of one wave; more than one pull hands out, so that a process that is stopped has some in hand.
const WAVE: usize = 300;

#[test]
fn the_second_takes_over_from_one_that_is_killed() {
    let place = story::place();
    let first = place.start("first.log");
    let mut sent = wave(&place, "a");
    place.rest(sent.len() as u64);
    // The first has the events now; the second waits.
    let second = place.start("second.log");
    sent.extend(wave(&place, "b"));
    first.kill();
    sent.extend(wave(&place, "c"));
    place.rest(sent.len() as u64);
    let checked = place.end(&sent).checked;
    assert_eq!((checked.outcomes["auto"], checked.open), (sent.len(), 0));
    assert_eq!(second.terminate(), Some(0));
}

#[test]
fn one_that_freezes_and_wakes_up_does_nothing_twice() {
    let place = story::place();
    let first = place.start("first.log");
    let second = place.start("second.log");
    let mut sent = BTreeSet::from(["probe".to_owned()]);
    for (name, sleeper) in [("a", &first), ("b", &second), ("c", &first)] {
        sent.extend(wave(&place, name));
        freeze(&place, sleeper);
        sent.extend(wave(&place, &format!("{name}{name}")));
        place.rest(sent.len() as u64);
        sleeper.signal("CONT");
    }
    assert_eq!((first.terminate(), second.terminate()), (Some(0), Some(0)));
    assert_eq!(place.end(&sent).checked.outcomes["auto"], sent.len(), "also after both have woken and ended");
}

/// Stops a process at a moment at which it is not writing: one that holds the file's write lock stops everybody, which is
/// SQLite's nature and not what is asked here.
fn freeze(place: &Place, sleeper: &Process) {
    let impatient = place.program.clone().with_env("TRACERAIL__STORE__BUSY_TIMEOUT", "100ms");
    wait_until("it is frozen without the lock", SOON, || {
        sleeper.signal("STOP");
        let probe = impatient.run_with_input(["submit", "-", "--no-wait"], item("probe").as_bytes());
        if probe.code == Some(0) {
            return Ok(());
        }
        sleeper.signal("CONT");
        Err(probe.stderr)
    });
}

#[test]
fn of_two_who_claim_one_task_one_gets_it() {
    for item in ["open", "decided", "given-up", "by-hand", "grave-1", "late"] {
        let place = story::TOLD.handled.place();
        let task = story::task_of(item);
        let claim = |person: &str| place.run(&["task", "claim", &task, "--as", person, "--json"]);
        let (ann, bob) = std::thread::scope(|scope| {
            let other = scope.spawn(|| claim("bob"));
            (claim("ann"), other.join().unwrap())
        });
        let (winner, loser, who) = if ann.code == Some(0) { (ann, bob, "ann") } else { (bob, ann, "bob") };
        assert_eq!((winner.code, loser.code), (Some(0), Some(3)), "{item}: {winner:?} {loser:?}");
        let refusal = refusal(&loser);
        assert_eq!((text(&refusal["code"]).as_str(), &refusal["status"]), ("TR0011", &json!("assigned")));
        let legal: Vec<_> = refusal["legal_commands"].as_array().unwrap().iter().map(text).collect();
        assert!(legal.contains(&"complete".to_owned()) && !legal.contains(&"claim".to_owned()), "{legal:?}");
        let shown = place.run(&["task", "show", &task, "--json"]).ok().json();
        assert_eq!(text(&shown["task"]["state"]["assignment"]["assignee_id"]), who, "{item}");
        place.end(&story::contents());
    }
}

/// Sends items in that end by themselves; their ids.
fn wave(place: &Place, name: &str) -> BTreeSet<String> {
    let ids: BTreeSet<_> = (0..WAVE).map(|number| format!("{name}-{number}")).collect();
    let lines = ids.iter().map(|id| item(id)).collect::<Vec<_>>().join("\n");
    place.program.run_with_input(["submit", "-", "--no-wait", "--json"], lines.as_bytes()).ok();
    ids
}

/// A line with an item that ends by itself.
fn item(id: &str) -> String {
    json!({"id": id, "content": "A note.", "metadata": {"way": "auto"}}).to_string()
}

fn refusal(finished: &Finished) -> Value {
    let last = finished.stderr.lines().last().unwrap_or_default();
    let value: Value = serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {finished:?}"));
    value["error"].clone()
}
