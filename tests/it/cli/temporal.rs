//! `tracerail temporal` and `run --actors temporal` start another program; here one that says what it is told.

use std::time::Duration;

use tracerail_testkit::{Program, Scratch, wait_until};

/// Says what it was started with, and ends when its input does.
const STANDS_IN: &str = "#!/bin/sh\necho \"$@\" | tee -a told\nread -r _\necho ended >>told\n";

/// The program in a folder of its own, where nothing else is.
fn alone(scratch: &Scratch) -> Program {
    let copy = scratch.join("bin/tracerail");
    std::fs::create_dir(scratch.join("bin")).unwrap();
    // A link where that is possible: a file that another thread's child still has open for writing cannot be run.
    let binary = env!("CARGO_BIN_EXE_tracerail");
    if std::fs::hard_link(binary, &copy).is_err() {
        std::fs::copy(binary, &copy).unwrap();
    }
    scratch.write("tracerail.yaml", "store: { path: story.db }\n");
    Program::new(copy, scratch.path()).with_env("PATH", "/usr/bin:/bin")
}

fn stand_in(scratch: &Scratch) {
    use std::os::unix::fs::PermissionsExt as _;
    let file = scratch.write("bin/tracerail-temporal", STANDS_IN);
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_missing_program_is_told_of_with_how_to_build_it() {
    let scratch = Scratch::new();
    let program = alone(&scratch);
    for args in [&["temporal", "run"][..], &["run", "--actors", "temporal"]] {
        let ended = program.run(args);
        assert_eq!(ended.code, Some(2), "{args:?}");
        assert!(ended.stderr.contains("cargo build --release -p tracerail-temporal"), "{}", ended.stderr);
    }
}

#[test]
fn its_options_are_handed_on() {
    let scratch = Scratch::new();
    let program = alone(&scratch);
    stand_in(&scratch);
    let ended = program.run(["--json", "-c", "tracerail.yaml", "temporal", "reconcile", "--age", "1s"]).ok();
    assert_eq!(ended.stdout, "--config tracerail.yaml --json reconcile --age 1s\n");
}

#[test]
fn it_runs_beside_the_actors_and_ends_with_them() {
    let scratch = Scratch::new();
    let program = alone(&scratch);
    stand_in(&scratch);
    let told = || std::fs::read_to_string(scratch.join("told")).unwrap_or_default();
    for kill in [false, true] {
        let process = program.spawn("run.log", ["run", "--actors", "sla,temporal", "--json"]);
        wait_until("both run", Duration::from_mins(1), || {
            let said = std::fs::read_to_string(scratch.join("run.log")).unwrap_or_default();
            let both =
                said.contains(r#""actors":["sla","temporal"]"#) && told().ends_with("run --attached\n");
            if both { Ok(()) } else { Err(said + &told()) }
        });
        if kill {
            process.kill();
        } else {
            assert_eq!(process.terminate(), Some(0));
        }
        wait_until("it has ended as well", Duration::from_mins(1), || {
            if told().ends_with("ended\n") { Ok(()) } else { Err(told()) }
        });
        std::fs::remove_file(scratch.join("told")).unwrap();
    }
}

#[test]
fn its_end_ends_the_actors() {
    let scratch = Scratch::new();
    let program = alone(&scratch);
    stand_in(&scratch);
    scratch.write("bin/tracerail-temporal", "#!/bin/sh\necho broken >&2; exit 7\n");
    let ended = program.run(["run", "--actors", "sla,temporal"]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("exit status: 7") && ended.stderr.contains("broken"), "{}", ended.stderr);
}
