//! Two processes on one store: one hands out the events, the other takes over when it dies or freezes; and of two people who
//! reach for one task from two processes, one gets it.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

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
    for item in ["open", "decided", "grave-1"] {
        let place = story::TOLD.handled.place();
        let (ann, bob) = claim_at_once(&place, &story::task_of(item));
        let (loser, who) = if ann.code == Some(0) { (bob, "ann") } else { (ann, "bob") };
        assert_eq!(loser.code, Some(3), "{item}: one gets it, and the other is refused: {loser:?}");
        let refusal = refusal(&loser);
        assert_eq!((text(&refusal["code"]).as_str(), &refusal["status"]), ("TR0011", &json!("assigned")));
        let legal: Vec<_> = refusal["legal_commands"].as_array().unwrap().iter().map(text).collect();
        assert!(legal.contains(&"complete".to_owned()) && !legal.contains(&"claim".to_owned()), "{legal:?}");
        let shown = place.run(&["task", "show", &story::task_of(item), "--json"]).ok().json();
        assert_eq!(text(&shown["task"]["state"]["assignment"]["assignee_id"]), who, "{item}");
        place.end(&story::contents());
    }
}

/// Ann and Bob claim a task, each in a process, and neither can write before both have decided.
fn claim_at_once(place: &Place, task: &str) -> (Finished, Finished) {
    let lock = rusqlite::Connection::open(place.scratch.join("tracerail.db")).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let patient = place.program.clone().with_env("TRACERAIL__STORE__BUSY_TIMEOUT", "30s");
    let claim = |person| patient.start(["task", "claim", task, "--as", person, "--json"]);
    let (ann, bob) = (claim("ann"), claim("bob"));
    for claim in [&ann, &bob] {
        wait_until("the claim waits for the lock", Duration::from_secs(20), || waits_to_write(claim.pid()));
    }
    lock.execute_batch("ROLLBACK").unwrap();
    (ann.finish(), bob.finish())
}

/// Whether the thread that writes sleeps until it may. Where the system does not tell, its being there has to do.
fn waits_to_write(pid: u32) -> Result<(), String> {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).map_err(|error| error.to_string())?;
    let read = |thread: &Path, name: &str| std::fs::read_to_string(thread.join(name)).unwrap_or_default();
    let threads = threads.flatten().map(|thread| thread.path());
    let seen: Vec<_> = threads.map(|thread| (read(&thread, "comm"), read(&thread, "wchan"))).collect();
    let waits = |(name, at): &(String, String)| {
        name.trim() == "tracerail-store" && (at.contains("nanosleep") || at.trim_end() == "0")
    };
    seen.iter().any(waits).then_some(()).ok_or_else(|| format!("{seen:?}"))
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
