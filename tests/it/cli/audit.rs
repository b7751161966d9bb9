//! `tracerail audit verify` on a file that somebody has edited.

use rusqlite::Connection;
use serde_json::Value;
use tracerail_testkit::{Program, Scratch};

use crate::program;

/// A file with a task that zoe has: her name has letters that no id has.
fn place(scratch: &Scratch) -> (Program, String) {
    scratch.write("tracerail.yaml", "store: { path: story.db }\n");
    let program = program(scratch);
    let made = program.run(["task", "create", "Call the landlord back", "--json"]).ok().json();
    let id = made["task_id"].as_str().unwrap().to_owned();
    for command in ["claim", "start"] {
        program.run(["task", command, &id, "--as", "zoe"]).ok();
    }
    (program, id)
}

fn replaced(data: &[u8], from: [u8; 3], to: [u8; 3]) -> Vec<u8> {
    let mut data = data.to_vec();
    for at in 0..data.len().saturating_sub(2) {
        if data[at..at + 3] == from {
            data[at..at + 3].copy_from_slice(&to);
        }
    }
    data
}

fn verified(program: &Program) -> (Option<i32>, Value) {
    let done = program.run(["audit", "verify", "--json"]);
    (done.code, done.json())
}

#[test]
fn a_file_that_somebody_has_edited_is_found_out() {
    let scratch = Scratch::new();
    let (program, id) = place(&scratch);
    let (code, report) = verified(&program);
    assert_eq!((code, &report["ok"], &report["changes"]), (Some(0), &true.into(), &3.into()), "{report}");
    let only = program.run(["audit", "verify", &id[..8], "--json"]).ok().json();
    assert_eq!((&only["tasks"], &only["head"]), (&1.into(), &report["head"]));

    // Somebody makes it look as if bob had claimed it.
    let file = Connection::open(scratch.join("story.db")).unwrap();
    let (n, data): (i64, Vec<u8>) = file
        .query_row("SELECT seq, data FROM event WHERE subject = 'task.assigned'", (), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    let edited = replaced(&data, *b"zoe", *b"bob");
    assert_ne!(edited, data);
    file.execute("UPDATE event SET data = ?2 WHERE seq = ?1", (n, edited)).unwrap();
    drop(file);
    let (code, report) = verified(&program);
    let broken = &report["broken"][0];
    assert_eq!((code, &broken["task_id"], &broken["version"]), (Some(1), &id.into(), &3.into()), "{report}");
    assert!(broken["what"].as_str().unwrap().contains("version 2 is not the one it names"), "{report}");
    let told = program.run(["audit", "verify"]);
    assert!(told.stdout.contains("behind the back"), "{}", told.stdout);
}

#[test]
fn a_task_without_its_last_event_is_found_out() {
    let scratch = Scratch::new();
    let (program, _) = place(&scratch);
    let file = Connection::open(scratch.join("story.db")).unwrap();
    assert_eq!(file.execute("DELETE FROM event WHERE subject = 'task.started'", ()).unwrap(), 1);
    drop(file);
    let (code, report) = verified(&program);
    assert_eq!(
        (code, &report["broken"][0]["what"]),
        (Some(1), &"the log ends at version 2".into()),
        "{report}"
    );
}
