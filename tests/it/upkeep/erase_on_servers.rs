//! What is erased from servers is in no byte of theirs any more, and everything that happened still is: the same as on a file.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tracerail_testkit::wait_until;

use super::erase::{CONFIG, ITEMS, PERSON, RULES, WORDS, audit, command, contents, submit, trail, work};
use crate::crowds::installation::Installation;
use crate::place::{SOON, text};
use crate::story::task_of;

#[test]
fn a_person_is_in_no_byte_of_the_servers_and_the_trail_is_what_it_was() {
    let servers = Installation::new(CONFIG, RULES);
    let place = &servers.place;
    let runner = place.start("run.log");
    work(place);
    command(place, "open", PERSON, &["claim"]).ok();
    let refused = place.run(&["erase", "person", PERSON, "--yes"]);
    assert_eq!((refused.code, refused.stderr.contains("1 open task")), (Some(3), true), "{refused:?}");
    command(place, "open", PERSON, &["release"]).ok();
    place.rest(ITEMS.len() as u64);

    let (before, trail, audit) = (place.status(), trail(place), audit(place));
    assert!(in_nats(&servers, PERSON) && in_redis(&servers, PERSON), "this test looks in the wrong place");
    let counted = place.run(&["erase", "person", PERSON, "--dry-run", "--json"]).ok().json();
    assert_eq!(self::trail(place), trail, "counting changes nothing");
    let words = ["erase", "person", PERSON, "--yes", "--as", "lea", "--reason", "they asked", "--json"];
    let erased = place.run(&words).ok().json();
    assert_eq!((&erased["records"], &erased["left_in_names"]), (&counted["records"], &json!(0)), "{erased}");
    nowhere(&servers, PERSON);

    assert_eq!((place.status(), self::trail(place)), (before, trail), "what happened is what it was");
    place.end(&contents());
    assert_eq!(self::audit(place), audit, "the chain of its changes is what it was");
    let report = place.run(&["audit", "verify", "--json"]).ok().json();
    assert!(report["erased"].as_u64() > Some(5), "it says from how many something was erased: {report}");
    let pseudonym = text(&erased["name"]);
    let task = place.run(&["task", "show", &task_of("theirs"), "--json"]).ok().json();
    assert_eq!(text(&task["task"]["state"]["completion"]["completed_by"]["id"]), pseudonym, "{task}");
    let listed = place.run(&["task", "list", "--assignee", &pseudonym, "--json"]).ok();
    assert!(listed.stdout.contains(&task_of("theirs")), "they are found under their pseudonym: {listed:?}");
    assert!(in_nats(&servers, "Zebulon"), "nothing else has gone");
    let again = place.run(&words).ok().json();
    assert_eq!((&again["records"], &again["number"]), (&json!(0), &Value::Null), "there is nothing more");
    let stones = place.run(&["erase", "list", "--json"]).ok().json();
    let stone = &stones["erased"][0];
    assert_eq!((text(&stone["name"]), text(&stone["by"])), (pseudonym, "lea".to_owned()));
    assert!(stones["erased"].as_array().unwrap().len() == 1 && stone["finished"] == true, "{stones}");
    same_when_rebuilt(&servers);
    submit(place, "later", &json!({"id": "later", "content": "A note.", "metadata": {"way": "auto"}}));
    place.rest(ITEMS.len() as u64 + 1);
    assert_eq!(runner.terminate(), Some(0));
}

#[test]
fn what_an_item_says_is_in_no_byte_of_the_servers_and_its_trail_is_what_it_was() {
    let servers = Installation::new(CONFIG, RULES);
    let place = &servers.place;
    let runner = place.start("run.log");
    work(place);
    place.rest(ITEMS.len() as u64);
    for word in WORDS {
        assert!(in_nats(&servers, word), "this test looks in the wrong place: {word}");
    }
    let (before, trail, audit) = (place.status(), trail(place), audit(place));
    let erase = |item: &str| place.run(&["erase", "content", item, "--yes", "--as", "lea", "--json"]);
    assert_eq!((erase("open").code, erase("none").code), (Some(3), Some(4)));
    erase("diary").ok();
    for word in WORDS {
        nowhere(&servers, word);
    }
    assert_eq!((place.status(), self::trail(place)), (before, trail), "what happened is what it was");
    place.end(&contents());
    assert_eq!(self::audit(place), audit, "the chain of its changes is what it was");
    let shown = place.run(&["content", "show", "diary", "--json"]).ok().json();
    assert_eq!(
        (text(&shown["content"]["body"]["content"]), text(&shown["content"]["terminal"]["outcome"])),
        ("[erased]".to_owned(), "rejected".to_owned())
    );
    assert!(in_nats(&servers, "What they sent."), "nothing else has gone");
    let again = submit(place, "again", &json!({"id": "diary", "content": "Another one."}));
    assert!(again.code != Some(0) && again.stderr.contains("TR0005"), "its name is taken: {again:?}");
    // What another erasure meets is what this one left.
    place.run(&["erase", "person", PERSON, "--yes"]).ok();
    nowhere(&servers, PERSON);
    assert_eq!(self::audit(place), audit, "the chain of its changes is what it was");
    same_when_rebuilt(&servers);
    assert_eq!(runner.terminate(), Some(0));
}

/// Whoever erases is killed again and again, while people go on naming the person; then it is done once to its end.
#[test]
fn what_was_interrupted_anywhere_is_finished_by_doing_it_again() {
    let servers = Installation::new(CONFIG, RULES);
    let place = &servers.place;
    let runner = place.start("run.log");
    work(place);
    place.rest(ITEMS.len() as u64);
    let before = trail(place);
    let words = ["erase", "person", PERSON, "--yes", "--as", "lea"];
    let mut interrupted = 0;
    for n in 0..12_u32 {
        let log = format!("erase-{n}.log");
        let mut erasing = place.program.spawn(&log, words);
        let said = format!("Ask {PERSON}, for the {n}th time.");
        command(place, "open", "ann", &["comment", &said]).ok();
        std::thread::park_timeout(Duration::from_millis(u64::from(n) * 40));
        interrupted += u32::from(erasing.ended().is_none());
        erasing.kill();
    }
    assert!(interrupted > 3, "most of them were in the middle: {interrupted}");
    place.run(&words).ok();
    nowhere(&servers, PERSON);
    let stones = place.run(&["erase", "list", "--json"]).ok().json();
    let finished = |stone: &Value| stone["finished"] == true;
    assert!(stones["erased"].as_array().unwrap().iter().all(finished), "{stones}");
    let after = trail(place);
    assert_eq!(after.len(), before.len() + 12, "no event is lost, and none is there twice");
    assert!(before.iter().all(|event| after.contains(event)), "{before:?} {after:?}");
    place.end(&contents());
    audit(place);
    same_when_rebuilt(&servers);
    assert_eq!(runner.terminate(), Some(0));
}

/// The state that is made again from the log is the one that was there.
pub(super) fn same_when_rebuilt(servers: &Installation) {
    let rebuilt = servers.place.run(&["rebuild", "--yes", "--verify", "--json"]);
    assert_eq!(rebuilt.code, Some(0), "{rebuilt:?}");
    assert_eq!(rebuilt.json()["equal"], true, "{rebuilt:?}");
}

/// Redis writes its file anew when it is told to; NATS has overwritten what was deleted.
pub(super) fn nowhere(servers: &Installation, text: &str) {
    servers.redis.ask("BGREWRITEAOF");
    wait_until(&format!("{text} is nowhere"), SOON, || {
        match (in_nats(servers, text), in_redis(servers, text)) {
            (false, false) => Ok(()),
            found => Err(format!("in NATS and in Redis: {found:?}")),
        }
    });
}

fn in_nats(servers: &Installation, text: &str) -> bool {
    is_in(&servers.nats.store(), text)
}

fn in_redis(servers: &Installation, text: &str) -> bool {
    is_in(&servers.redis.folder(), text)
}

/// Whether a file in this folder holds it. Files come and go meanwhile.
fn is_in(folder: &Path, text: &str) -> bool {
    let Ok(found) = std::fs::read_dir(folder) else { return false };
    found.filter_map(Result::ok).map(|entry| entry.path()).any(|path| {
        if path.is_dir() {
            return is_in(&path, text);
        }
        let is_log = path.extension().is_some_and(|end| end == "log");
        let bytes = std::fs::read(&path).unwrap_or_default();
        !is_log && bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}
