//! A store that cannot be used: held by another program, read-only, damaged, foreign or too new. The error says which, the file
//! is left as it was, and when the cause is gone everything is there.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use tracerail_schemas::Code;
use tracerail_testkit::{Finished, Program, Scratch, wait_until};

use crate::program;
use crate::stage::Stage;

const IMPATIENT: &str = "\nstore: { busy_timeout: 50ms }\n";

/// What is done to a store's file.
type Spoil<'a> = &'a dyn Fn(&Path);

/// A folder with a store that holds one item.
fn with_item() -> (Scratch, Program) {
    let scratch = Scratch::new();
    scratch.write("tracerail.yaml", IMPATIENT);
    scratch.write("item.jsonl", r#"{"id":"1","content":"A question?"}"#);
    let program = program(&scratch);
    assert_eq!(program.run(["submit", "item.jsonl"]).code, Some(0));
    (scratch, program)
}

fn failed(told: &Finished, code: &str) {
    assert_eq!((told.code, told.stdout.as_str()), (Some(5), ""), "{}", told.stderr);
    assert!(told.stderr.contains(&format!("error {code}: ")), "{}", told.stderr);
}

fn intact(program: &Program) {
    assert_eq!(program.run(["submit", "item.jsonl", "--json"]).ok().json()["repeated"], 1);
    assert_eq!(program.run(["task", "list", "--json"]).ok().json()["tasks"].as_array().unwrap().len(), 1);
}

#[test]
fn a_file_another_program_holds_is_told_and_nothing_is_lost() {
    let (scratch, program) = with_item();
    let other = Connection::open(scratch.join("tracerail.db")).unwrap();
    // In this mode nobody else can even read.
    other.execute_batch("PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE;").unwrap();
    for args in [vec!["submit", "item.jsonl"], vec!["status"], vec!["run"]] {
        let told = program.run(args);
        failed(&told, "TR0030");
        assert!(told.stderr.contains("another program holds the store file"), "{}", told.stderr);
    }
    drop(other);
    intact(&program);
}

#[test]
fn looking_needs_nothing_of_a_program_that_writes() {
    let (scratch, program) = with_item();
    let other = Connection::open(scratch.join("tracerail.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    // So patient that whoever waits for the other program at all does not come back within this test.
    scratch.write("tracerail.yaml", "store: { busy_timeout: 1m }\n");
    for args in [vec!["status"], vec!["task", "list"], vec!["sla", "verify"]] {
        let mut looking = program.spawn("looking.log", &args);
        let ended = wait_until("looking ends", Duration::from_secs(45), || {
            looking.ended().ok_or_else(|| format!("{args:?} is still there"))
        });
        assert!(ended.success(), "{args:?}");
    }
    drop(other);
    intact(&program);
}

#[test]
fn a_process_that_runs_gets_over_a_file_that_is_held_for_a_while() {
    let stage = Stage::set();
    let before = stage.submit("1", "thank you");
    stage.wait_for_end(&before);
    let other = Connection::open(stage.store()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(stage.try_submit("2", "thank you").unwrap_err().code(), Code::StoreUnavailable);
    other.execute_batch("ROLLBACK").unwrap();
    let after = stage.submit("2", "thank you");
    stage.wait_for_end(&after);
    assert_eq!(stage.told(&after, tracerail_schemas::Subject::ContentCompleted).len(), 1);
}

#[test]
fn a_read_only_store_can_be_looked_at_and_says_why_it_cannot_be_written() {
    let (scratch, _) = with_item();
    // Root may write what is marked read-only, so the folder is mounted read-only, for these commands alone.
    let script = r#"
        mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && cd "$1" || exit 99
        "$2" status --json > "$3/status" 2> "$3/status.err"; echo $? > "$3/status.exit"
        "$2" submit item.jsonl > "$3/submit" 2> "$3/submit.err"; echo $? > "$3/submit.exit"
        task=$("$2" task list --json | sed 's/.*"id":"\([^"]*\)".*/\1/')
        "$2" task claim "$task" > "$3/claim" 2> "$3/claim.err"; echo $? > "$3/claim.exit"
    "#;
    let out = Scratch::new();
    let told = super::store_full::in_own_mounts(script, &[scratch.path(), out.path()]);
    assert!(told.status.success(), "{told:?}");
    let read = |name: &str| std::fs::read_to_string(out.join(name)).unwrap();
    assert_eq!(read("status.exit"), "0\n", "{}", read("status.err"));
    assert!(read("status").contains("\"contents\":1"), "{}", read("status"));
    for name in ["submit", "claim"] {
        assert_eq!(read(&format!("{name}.exit")), "5\n", "{name}: {}", read(&format!("{name}.err")));
        assert!(read(&format!("{name}.err")).contains("error TR0031: "), "{}", read(&format!("{name}.err")));
    }
    intact(&program(&scratch));
}

#[test]
fn files_that_are_no_store_of_this_version_are_refused_and_left_alone() {
    let newer =
        |path: &Path| Connection::open(path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let damaged = |path: &Path| {
        let mut bytes = std::fs::read(path).unwrap();
        bytes[100..20_000].fill(0xaa);
        std::fs::write(path, bytes).unwrap();
    };
    let text = |path: &Path| std::fs::write(path, "This is my diary, and no database. ".repeat(100)).unwrap();
    let foreign = |path: &Path| {
        std::fs::remove_file(path).unwrap();
        Connection::open(path).unwrap().execute_batch("CREATE TABLE diary (entry TEXT)").unwrap();
    };
    let cases: [(&str, Spoil<'_>, &str); 4] = [
        ("newer", &newer, "TR0034"),
        ("damaged", &damaged, "TR0032"),
        ("text", &text, "TR0032"),
        ("foreign", &foreign, "TR0032"),
    ];
    for (what, spoil, code) in cases {
        let (scratch, program) = with_item();
        let path = scratch.join("tracerail.db");
        spoil(&path);
        let before = std::fs::read(&path).unwrap();
        for args in [vec!["submit", "item.jsonl"], vec!["run"], vec!["task", "list"]] {
            failed(&program.run(args), code);
        }
        assert!(std::fs::read(&path).unwrap() == before, "{what}: the file was changed");
    }
}

#[test]
fn a_folder_that_is_not_there_and_a_store_that_is_not_there_are_told() {
    let scratch = Scratch::new();
    scratch.write("item.jsonl", r#"{"id":"1","content":"A question?"}"#);
    let program = program(&scratch);
    failed(&program.run(["submit", "item.jsonl", "--store", "nowhere/a.db"]), "TR0030");
    let told = program.run(["task", "list"]);
    failed(&told, "TR0030");
    assert!(told.stderr.contains("there is no store at"), "{}", told.stderr);
    assert!(!scratch.join("tracerail.db").exists(), "looking makes no store");
}
