//! A copy that was made while a process worked is a store that goes on: nothing that was in before is lost, nothing happens twice.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use tracerail_testkit::{Process, wait_until};

use crate::place::{Place, SOON, text};
use crate::story;

/// Items that are in before the copy begins, and items that come in meanwhile: enough for several steps of the copy.
const BEFORE: usize = 400;
const MEANWHILE: usize = 4000;

#[test]
fn a_copy_made_under_load_goes_on() {
    let place = story::place();
    let runner = place.start("run.log");
    let before = items(&place, "before", BEFORE);
    place.run(&["submit", "before.jsonl", "--no-wait", "--json"]).ok();
    items(&place, "meanwhile", MEANWHILE);
    let mut feeding =
        place.program.spawn("feed.log", ["submit", "meanwhile.jsonl", "--no-wait", "--json", "--quiet"]);
    wait_until("the load has begun", SOON, || {
        let contents = place.status()["contents"].as_u64().unwrap_or_default();
        (contents > BEFORE as u64).then_some(()).ok_or_else(|| contents.to_string())
    });
    let made = place.run(&["backup", "copy.db", "--json"]).ok().json();
    assert!(feeding.ended().is_none(), "the copy was made while items came in: {made}");
    assert!(made["events"].as_u64().unwrap() > BEFORE as u64, "{made}");
    assert_eq!(made["bytes"], std::fs::metadata(place.scratch.join("copy.db")).unwrap().len());
    assert!(feeding.wait().success());
    // Whoever has the copy has none of what the process does next.
    runner.kill();

    let there = story::place();
    let restored = there.run(&["restore", path(&place, "copy.db").as_str(), "--json"]).ok().json();
    assert_eq!((&restored["events"], &restored["kept"]), (&made["events"], &Value::Null));
    let taken = contents(&there);
    let lost: Vec<_> = before.difference(&taken).collect();
    assert!(lost.is_empty(), "lost though they were in before the copy began: {lost:?}");
    assert!(taken.len() < BEFORE + MEANWHILE, "the copy ends where it was made");

    let runner = there.start("run.log");
    let later = items(&there, "later", 10);
    there.run(&["submit", "later.jsonl", "--no-wait", "--json"]).ok();
    there.rest((taken.len() + later.len()) as u64);
    let all: BTreeSet<_> = taken.union(&later).cloned().collect();
    assert_eq!(there.end(&all).checked.outcomes["auto"], all.len(), "each has ended once");
    assert_eq!(runner.terminate(), Some(0));
}

#[test]
fn a_store_in_use_is_not_replaced_and_one_that_is_replaced_is_kept() {
    let place = story::TOLD.handled.place();
    place.run(&["backup", "copy.db"]).ok();
    let runner = place.start("run.log");
    let refused = place.run(&["restore", "copy.db", "--force"]);
    assert_eq!((refused.code, refused.stderr.contains("TR0030")), (Some(5), true), "{refused:?}");
    assert!(place.run(&["backup", "copy.db"]).stderr.contains("--force"), "it is there already");
    stop(runner);

    story::command(&place.program, 0).ok();
    let since = place.status();
    let refused = place.run(&["restore", "copy.db"]);
    assert_eq!((refused.code, refused.stderr.contains("--force")), (Some(2), true), "{refused:?}");
    assert_eq!(place.status(), since, "what is refused changes nothing");
    let restored = place.run(&["restore", "copy.db", "--force", "--json"]).ok().json();
    assert_ne!(place.status(), since, "it is what it was");
    place.end(&story::contents());
    let kept = text(&restored["kept"]);
    assert!(kept.ends_with("tracerail.db.before-restore"), "{restored}");
    assert_eq!(
        place.run(&["status", "--json", "--store", &kept]).ok().json(),
        since,
        "the one before is kept"
    );
    // Whoever restores again keeps both.
    let again = place.run(&["restore", "copy.db", "--force", "--json"]).ok().json();
    assert!(text(&again["kept"]).ends_with(".before-restore-2"), "{again}");
}

#[test]
fn a_process_that_was_killed_leaves_a_store_that_can_be_replaced_and_is_kept_whole() {
    let place = story::TOLD.submitted.place();
    place.run(&["backup", "copy.db"]).ok();
    let runner = place.start("run.log");
    story::handled(&place, "before it is killed");
    runner.kill();
    assert!(Path::new(&path(&place, "tracerail.db-wal")).exists(), "it leaves a log");
    place.run(&["restore", "copy.db", "--force"]).ok();
    let kept = path(&place, "tracerail.db.before-restore");
    assert_eq!(place.run(&["status", "--json", "--store", &kept]).ok().json()["escalated"], 3);
    assert_eq!(place.status()["escalated"], 0, "the log of the one before is not taken for its own");
}

#[test]
fn what_is_no_copy_is_refused_and_leaves_nothing() {
    let place = story::TOLD.submitted.place();
    place.run(&["backup", "newer.db"]).ok();
    rusqlite::Connection::open(place.scratch.join("newer.db"))
        .and_then(|file| file.pragma_update(None, "user_version", 999))
        .unwrap();
    let mut torn = std::fs::read(place.scratch.join("tracerail.db")).unwrap();
    let middle = torn.len() / 2;
    torn[middle..].fill(0xff);
    place.scratch.write("torn.db", torn);
    place.scratch.write("notes.txt", "No store, and long enough to be told from an empty file.");
    for (file, code) in
        [("newer.db", "TR0034"), ("torn.db", "TR0032"), ("notes.txt", "TR0032"), ("none.db", "TR0060")]
    {
        let refused = place.run(&["restore", file, "--store", "other.db"]);
        assert!(refused.code != Some(0) && refused.stderr.contains(code), "{file}: {refused:?}");
    }
    let left: Vec<_> =
        std::fs::read_dir(place.scratch.path()).unwrap().flatten().map(|it| it.file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with("other.db")), "{left:?}");
}

fn stop(runner: Process) {
    assert_eq!(runner.terminate(), Some(0));
}

/// A file with items that end by themselves; their ids.
fn items(place: &Place, name: &str, count: usize) -> BTreeSet<String> {
    let ids: BTreeSet<_> = (0..count).map(|number| format!("{name}-{number}")).collect();
    let line = |id: &String| json!({"id": id, "content": "A note.", "metadata": {"way": "auto"}}).to_string();
    place.scratch.write(&format!("{name}.jsonl"), ids.iter().map(line).collect::<Vec<_>>().join("\n"));
    ids
}

/// The items a store has taken in.
fn contents(place: &Place) -> BTreeSet<String> {
    let submitted = |event: &&Value| text(&event["type"]).contains("content.submitted");
    place.events().iter().filter(submitted).map(|event| text(&event["data"]["id"])).collect()
}

fn path(place: &Place, name: &str) -> String {
    place.scratch.join(name).to_str().unwrap().to_owned()
}
