//! Intake stands still: what is submitted waits in the log, and what is under way comes to its end.

use serde_json::Value;
use tracerail::config::Edition;
use tracerail_testkit::{Process, Program, Scratch, wait_until};

use crate::pair::{self, on_both_editions};
use crate::place::SOON;
use crate::program;

on_both_editions! {
    nothing_is_taken_in_until_it_goes_on_and_nothing_is_lost,
}

fn ready(program: &Program, log: &str) -> Process {
    let process = program.spawn(log, ["run"]);
    wait_until("the actors are ready", SOON, || {
        let text = std::fs::read_to_string(program.folder().join(log)).unwrap_or_default();
        if text.contains("ready") { Ok(()) } else { Err(text) }
    });
    process
}

fn json(program: &Program, args: &[&str]) -> Value {
    program.run(args.iter().chain(&["--json"])).ok().json()
}

fn submit(program: &Program, id: &str) {
    let line = format!(r#"{{"id":"{id}","source":"desk","content":"Where is my order?"}}"#);
    program.run_with_input(["submit", "-", "--no-wait"], line.as_bytes()).ok();
}

fn nothing_is_taken_in_until_it_goes_on_and_nothing_is_lost(on: Edition) {
    let scratch = Scratch::new();
    scratch.write("tracerail.yaml", format!("log: {{ level: warn }}\n{}", pair::configuration(on)));
    let program = program(&scratch);
    let first = ready(&program, "first.log");
    submit(&program, "before");
    let drained = json(&program, &["intake", "drain", "Before the update", "--as", "ada"]);
    assert_eq!((&drained["drained"], &drained["under_way"]), (&true.into(), &0.into()), "{drained}");
    let before = json(&program, &["status"]);
    assert_eq!(before["intake_pause"]["reason"], "Before the update", "{before}");
    assert_eq!(before["intake_pause"]["by"]["id"], "ada", "{before}");

    for n in 0..5 {
        submit(&program, &format!("held-{n}"));
    }
    let told = program.run_with_input(
        ["submit", "-"],
        br#"{"id":"held-5","source":"desk","content":"Where is my order?"}"#,
    );
    assert!(told.stderr.contains("intake stands still"), "{}{}", told.stdout, told.stderr);
    // Another process knows of it, too.
    let second = ready(&program, "second.log");
    let held = json(&program, &["intake", "status"]);
    assert_eq!((&held["paused"], &held["waiting"]), (&true.into(), &6.into()), "{held}");
    assert_eq!(json(&program, &["status"])["tasks"], before["tasks"], "nothing was made of them");
    assert!(std::fs::read_to_string(scratch.join("second.log")).unwrap().contains("intake stands still"));

    let on_again = json(&program, &["intake", "resume"]);
    assert_eq!(on_again["paused"], false, "{on_again}");
    wait_until("all of them have their end or a task", SOON, || {
        let status = json(&program, &["status"]);
        let count = |of: &Value| of.as_object().unwrap().values().filter_map(Value::as_u64).sum::<u64>();
        let met = count(&status["outcomes"]) + count(&status["tasks"]);
        if met >= 7 { Ok(()) } else { Err(status.to_string()) }
    });
    assert_eq!((first.terminate(), second.terminate()), (Some(0), Some(0)));
}
