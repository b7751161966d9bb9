//! What is erased is in no byte of the store any more, and everything that happened still is.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tracerail::app::erase;
use tracerail::client::new_command_id;
use tracerail::upkeep::{Erasure, ToErase};
use tracerail_schemas::task::{Command, CommandOutcome, NewTask, Verb};
use tracerail_schemas::{PersonId, TaskId};
use tracerail_testkit::{Finished, wait_until};

use crate::place::{Place, SOON, text};
use crate::stage::{Stage, person};
use crate::story::task_of;

pub(super) const PERSON: &str = "mallory.q7@example.org";

pub(super) const CONFIG: &str = "
routing: { rules_file: rules.yaml, candidate_groups: [desk] }
tasks: { assignment_strategy: manual }
actors: { sla_tick: 20ms }
groups: { desk: { members: [ann, mallory.q7@example.org], leads: [lea] } }
";

pub(super) const RULES: &str = "
version: 1
default: { decision: human, reason: Nobody knows this kind., groups: [desk], sla_hours: 100 }
rules:
  - { name: a, when: { metadata: { way: auto }, analyst: [lexical] }, then: { decision: auto, reason: Harmless. } }
";

/// Words that stand in the text of one item, and in what was said of it.
pub(super) const WORDS: [&str; 4] = ["Zebulon", "Quagmire", "xylophonist", "ventriloquist"];

pub(super) const ITEMS: [&str; 5] = ["quick", "theirs", "tried", "diary", "open"];

#[test]
fn a_person_is_in_no_byte_of_the_store_and_the_trail_is_what_it_was() {
    let place = place();
    let runner = place.start("run.log");
    work(&place);
    let held = place.run(&["task", "claim", &task_of("open"), "--as", PERSON]);
    assert_eq!(held.code, Some(0), "{held:?}");
    let refused = place.run(&["erase", "person", PERSON, "--yes"]);
    assert_eq!((refused.code, refused.stderr.contains("1 open task")), (Some(3), true), "{refused:?}");
    place.run(&["task", "release", &task_of("open"), "--as", PERSON]).ok();
    place.rest(ITEMS.len() as u64);

    let (before, trail, audit) = (place.status(), trail(&place), audit(&place));
    assert!(found(&place, PERSON), "this test looks in the wrong place");
    assert_eq!(place.run(&["erase", "person", PERSON]).code, Some(2), "it cannot be undone");
    let counted = place.run(&["erase", "person", PERSON, "--dry-run", "--json"]).ok().json();
    assert!(
        found(&place, PERSON) && counted["records"].as_u64() > Some(10),
        "counting changes nothing: {counted}"
    );
    let erased =
        place.run(&["erase", "person", PERSON, "--yes", "--as", "lea", "--reason", "they asked", "--json"]);
    let erased = erased.ok().json();
    assert!(!found(&place, PERSON), "while a process has the store open, too");
    assert_eq!((&erased["records"], &erased["left_in_names"]), (&counted["records"], &json!(0)), "{erased}");
    let pseudonym = text(&erased["name"]);
    assert!(pseudonym.starts_with("erased-") && pseudonym.len() == 15, "{pseudonym}");

    assert_eq!((place.status(), self::trail(&place)), (before, trail), "what happened is what it was");
    place.end(&contents());
    assert_eq!(self::audit(&place), audit, "the chain of its changes is what it was");
    let task = place.run(&["task", "show", &task_of("theirs"), "--json"]).ok().json();
    assert_eq!(text(&task["task"]["state"]["completion"]["completed_by"]["id"]), pseudonym, "{task}");
    assert!(found(&place, "Zebulon"), "nothing else has gone");
    let stone = &place.run(&["erase", "list", "--json"]).ok().json()["erased"][0];
    assert_eq!((text(&stone["name"]), text(&stone["by"])), (pseudonym, "lea".to_owned()));
    assert!(text(&stone["reason_hash"]).len() == 64 && !found(&place, "they asked"), "{stone}");

    submit(&place, "later", &json!({"id": "later", "content": "A note.", "metadata": {"way": "auto"}}));
    place.rest(ITEMS.len() as u64 + 1);
    assert_eq!(runner.terminate(), Some(0));
}

#[test]
fn what_an_item_says_is_in_no_byte_of_the_store_and_its_trail_is_what_it_was() {
    let place = place();
    let runner = place.start("run.log");
    work(&place);
    for word in WORDS {
        assert!(found(&place, word), "this test looks in the wrong place: {word}");
    }
    let (before, trail, audit) = (place.status(), trail(&place), audit(&place));
    place.run(&["backup", "before.db"]).ok();
    let erase = |item: &str| place.run(&["erase", "content", item, "--yes", "--as", "lea", "--json"]);
    assert_eq!((erase("open").code, erase("none").code), (Some(3), Some(4)));
    let erased = erase("diary").ok().json();
    for word in WORDS {
        assert!(!found(&place, word), "{word} is still there: {erased}");
    }
    assert_eq!((place.status(), self::trail(&place)), (before, trail), "what happened is what it was");
    place.end(&contents());
    assert_eq!(self::audit(&place), audit, "the chain of its changes is what it was");
    let shown = place.run(&["content", "show", "diary", "--json"]).ok().json();
    assert_eq!(
        (text(&shown["content"]["body"]["content"]), text(&shown["content"]["terminal"]["outcome"])),
        ("[erased]".to_owned(), "rejected".to_owned())
    );
    place.run(&["task", "show", &task_of("diary")]).ok();
    assert!(found(&place, "What they sent."), "nothing else has gone");
    let again = submit(&place, "again", &json!({"id": "diary", "content": "Another one."}));
    assert!(again.code != Some(0) && again.stderr.contains("TR0005"), "its name is taken: {again:?}");
    let once_more = erase("diary").ok().json();
    assert_eq!(
        (&once_more["records"], &once_more["number"]),
        (&json!(0), &Value::Null),
        "there is nothing more"
    );
    assert_eq!(runner.terminate(), Some(0));
    let restored = place.run(&["restore", "before.db", "--force", "--json"]).ok().json();
    assert_eq!(text(&restored["erased_since"][0]["name"]), "default/default/diary", "{restored}");
    place.run(&["erase", "content", "diary", "--yes"]).ok();
    assert!(WORDS.iter().all(|word| !found(&place, word)), "it was there again, and is gone again");
}

/// An open task that waits for them by name is one that waits for their pseudonym.
#[test]
fn a_person_is_in_no_queue_any_more() {
    let mut stage = Stage::set();
    let mut task = NewTask::review("Is this in order?");
    let people = ["ada", PERSON].map(|name| PersonId::new(name).unwrap());
    task.terms.candidate_users = people.into();
    let id = TaskId::from_uuid(new_command_id().uuid());
    let made = stage.give(given(id, Verb::Create(Box::new(task))));
    assert!(matches!(made, CommandOutcome::Done { .. }), "{made:?}");
    let erasure = Erasure {
        what: ToErase::Person(PersonId::new(PERSON).unwrap()),
        by: PersonId::new("eve").unwrap(),
        reason: None,
        dry_run: false,
    };
    let erased = stage.block_on(erase(&stage.config(), erasure, &|_| {})).unwrap();
    let queues = || {
        let file = rusqlite::Connection::open(stage.store()).unwrap();
        let mut find = file.prepare("SELECT name FROM queue").unwrap();
        let found = find.query_map((), |row| row.get::<_, String>(0)).unwrap();
        found.map(Result::unwrap).collect::<Vec<_>>()
    };
    let all = queues();
    assert!(all.iter().any(|name| name.ends_with(&erased.name)), "{all:?}");
    assert!(!all.iter().any(|name| name.ends_with(PERSON)), "{all:?}");
    let claimed = stage.give(given(id, Verb::Claim));
    assert!(matches!(claimed, CommandOutcome::Done { .. }), "the other one can have it");
    stage.close();
    assert!(
        !std::fs::read(stage.store()).unwrap().windows(PERSON.len()).any(|bytes| bytes == PERSON.as_bytes())
    );
}

/// A command of ada's.
fn given(task_id: TaskId, verb: Verb) -> Command {
    Command {
        id: new_command_id(),
        task_id,
        by: person("ada"),
        expected_version: None,
        verb,
        traceparent: None,
    }
}

pub(super) fn place() -> Place {
    Place::new(CONFIG, RULES)
}

fn diary() -> Value {
    let [writer, place, ..] = WORDS;
    json!({"id": "diary", "content": format!("The diary of {writer}."), "metadata": {"from": place}, "submitted_by": writer})
}

/// One item ends by itself, one is decided by the person, one they try to decide and may not, one is a diary, one stays open.
pub(super) fn work(place: &Place) {
    let theirs = json!({"id": "theirs", "content": "What they sent.", "submitted_by": PERSON, "metadata": {PERSON: [PERSON]}});
    let quick = json!({"id": "quick", "content": "A note.", "metadata": {"way": "auto"}});
    let plain =
        |id: &str| json!({"id": id, "content": format!("Notes about {id}, with love from {PERSON}.")});
    for (name, item) in
        [("a", quick), ("b", theirs), ("c", plain("tried")), ("d", diary()), ("e", plain("open"))]
    {
        submit(place, name, &item).ok();
    }
    for item in ["theirs", "tried", "diary", "open"] {
        wait_until(&format!("{item} has its task"), SOON, || {
            let shown = place.run(&["task", "show", &task_of(item)]);
            if shown.code == Some(0) { Ok(()) } else { Err(shown.stderr) }
        });
    }
    let [.., comment, reason] = WORDS;
    for (item, who, words) in [
        ("theirs", PERSON, &["claim"][..]),
        ("theirs", PERSON, &["comment", "This is mine."]),
        ("theirs", PERSON, &["complete", "--decision", "approved"]),
        ("tried", "ann", &["claim"]),
        ("tried", "ann", &["delegate", PERSON]),
        ("tried", PERSON, &["release"]),
        ("tried", "lea", &["cancel", "sent twice"]),
        ("diary", "ann", &["claim"]),
        ("diary", "ann", &["comment", comment]),
        ("diary", "ann", &["complete", "--decision", "rejected", "--comment", reason]),
    ] {
        command(place, item, who, words).ok();
    }
    assert_eq!(command(place, "tried", PERSON, &["claim"]).code, Some(3), "it is closed");
    place.rest(ITEMS.len() as u64);
}

pub(super) fn command(place: &Place, item: &str, who: &str, words: &[&str]) -> Finished {
    let (verb, rest) = words.split_first().unwrap();
    let task = task_of(item);
    place.run(&[&["task", verb, &task][..], rest, &["--as", who]].concat())
}

pub(super) fn submit(place: &Place, name: &str, item: &Value) -> Finished {
    let file = format!("{name}.jsonl");
    place.scratch.write(&file, item.to_string());
    place.run(&["submit", &file, "--no-wait"])
}

pub(super) fn contents() -> BTreeSet<String> {
    ITEMS.map(str::to_owned).into()
}

/// What happened, without what was said: ids, kinds, times, causes and versions.
pub(super) fn trail(place: &Place) -> Vec<Value> {
    let bare = |event: &Value| {
        let told =
            ["id", "type", "time", "subject", "correlationid", "causationid"].map(|name| event[name].clone());
        json!([told, event["data"]["version"], event["data"]["state"]["status"]])
    };
    place.events().iter().map(bare).collect()
}

/// The head of the chain of all changes, which must not be broken.
pub(super) fn audit(place: &Place) -> String {
    let report = place.run(&["audit", "verify", "--json"]).ok().json();
    assert!(report["changes"].as_u64() > Some(10) && report["broken"] == json!([]), "{report}");
    text(&report["head"])
}

/// Whether these bytes are in the store or in what lies beside it.
fn found(place: &Place, text: &str) -> bool {
    let files = ["tracerail.db", "tracerail.db-wal", "tracerail.db-journal"];
    files.iter().any(|file| {
        let bytes = std::fs::read(place.scratch.join(file)).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}
