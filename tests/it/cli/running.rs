//! Processes that go on: they say when they are ready, other commands work beside them, and a signal stops them in order.

use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tracerail_testkit::{Process, Program, Scratch, wait_until};

use crate::model_server::nowhere;
use crate::program;

const PATIENCE: Duration = Duration::from_mins(1);

/// Starts it in the background, and waits until its log holds this.
fn start(program: &Program, log: &str, args: &[&str], words: &str) -> Process {
    let process = program.spawn(log, args);
    wait_until(words, PATIENCE, || {
        let text = std::fs::read_to_string(program.folder().join(log)).unwrap();
        if text.contains(words) { Ok(()) } else { Err(text) }
    });
    process
}

fn interrupt(mut process: Process) -> Option<i32> {
    let told = Command::new("kill").args(["-INT", &process.pid().to_string()]).status().unwrap();
    assert!(told.success());
    wait_until("its end", PATIENCE, || process.ended().ok_or_else(|| "it runs".to_owned())).code()
}

#[test]
fn a_signal_stops_it_in_order() {
    let scratch = Scratch::new();
    let program = program(&scratch);
    let log = |name: &str| std::fs::read_to_string(scratch.join(name)).unwrap();
    assert_eq!(start(&program, "a.log", &["run"], "ready").terminate(), Some(0));
    assert!(log("a.log").contains("stopped"), "{}", log("a.log"));
    assert_eq!(interrupt(start(&program, "b.log", &["run", "--json"], "\"ready\"")), Some(0));
    let ready: Value =
        serde_json::from_str(log("b.log").lines().find(|line| line.starts_with('{')).unwrap()).unwrap();
    assert_eq!(ready["ready"]["actors"].as_array().unwrap().len(), 5);
    // One that only looks stops as well.
    assert_eq!(program.run(["task", "create", "Call back"]).code, Some(0));
    let watching = start(&program, "c.log", &["watch", "--from-start"], "task.created");
    assert_eq!(interrupt(watching), Some(0));
}

#[test]
fn every_command_works_beside_a_running_process() {
    let scratch = Scratch::new();
    let program = program(&scratch);
    let running = start(&program, "run.log", &["run"], "ready");
    let watching = start(&program, "started.log", &["watch", "--from-start", "--json"], "");
    for n in 0..5 {
        let line = format!(r#"{{"id":"{n}","content":"Question {n}?"}}"#);
        let told = program.run_with_input(["submit", "-", "--json"], line.as_bytes()).ok().json();
        assert_eq!((&told["taken_in"], &told["with_task"]), (&1.into(), &1.into()), "{told}");
    }
    let tasks = program.run(["task", "list", "--json"]).ok().json();
    for task in tasks["tasks"].as_array().unwrap() {
        let id = task["id"].as_str().unwrap();
        assert_eq!(program.run(["task", "claim", id, "--as", "ada"]).code, Some(0));
        assert_eq!(
            program.run(["task", "complete", id, "--decision", "rejected", "--as", "ada"]).code,
            Some(0)
        );
    }
    let status = program.run(["status", "--json"]).ok().json();
    assert_eq!((&status["contents"], &status["outcomes"]["rejected"]), (&5.into(), &5.into()), "{status}");
    // Whoever watches is told of all of it, each event once and in order.
    let lines = wait_until("the last event", PATIENCE, || {
        let text = std::fs::read_to_string(scratch.join("started.log")).unwrap();
        let ends = text.matches("content.completed").count();
        if ends >= 5 && text.ends_with('\n') { Ok(text) } else { Err(text) }
    });
    let places: Vec<_> = lines
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["position"].as_str().unwrap().parse::<u64>().unwrap()
        })
        .collect();
    assert!(places.is_sorted_by(|one, next| one < next), "{places:?}");
    assert_eq!(interrupt(watching), Some(0));
    assert_eq!(running.terminate(), Some(0));
}

#[test]
fn the_actors_can_be_split_over_processes() {
    let scratch = Scratch::new();
    let program = program(&scratch);
    let line = r#"{"id":"1","content":"A question?"}"#;
    assert_eq!(program.run_with_input(["submit", "-", "--no-wait"], line.as_bytes()).code, Some(0));
    let waiting = |actor: &str| program.run(["status", "--json"]).ok().json()["waiting"][actor].as_u64();
    assert_eq!(waiting("llm"), Some(1));
    let first = start(&program, "a.log", &["run", "--actors", "llm"], "ready: llm");
    wait_until("analysed", PATIENCE, || match waiting("router") {
        Some(1) => Ok(()),
        other => Err(format!("{other:?}")),
    });
    assert_eq!(first.terminate(), Some(0));
    assert_eq!(program.run(["task", "list", "--json"]).ok().json()["tasks"], Value::Array(vec![]));
    let second = start(&program, "b.log", &["run", "--actors", "router,task"], "ready: router, task");
    wait_until("a task", PATIENCE, || {
        let tasks = program.run(["task", "list", "--json"]).ok().json();
        if tasks["tasks"].as_array().unwrap().len() == 1 { Ok(()) } else { Err(tasks.to_string()) }
    });
    assert_eq!(second.terminate(), Some(0));
    assert_eq!(program.run(["run", "--actors", "barber"]).code, Some(2));
}

/// Somebody else's item waits for a model that is away; whoever submits nothing, or only what is at rest, does not wait with it.
#[test]
fn a_submission_waits_for_its_own_items_alone() {
    let scratch = Scratch::new();
    let program = program(&scratch);
    let item = r#"{"id":"1","content":"A question?"}"#;
    assert_eq!(program.run_with_input(["submit", "-"], item.as_bytes()).code, Some(0));
    let away =
        format!("llm: {{ provider: custom, base_url: 'http://{}/v1', model: m, retries: 0 }}", nowhere());
    scratch.write("tracerail.yaml", away);
    let other = r#"{"id":"2","content":"Another question?"}"#;
    assert_eq!(program.run_with_input(["submit", "-", "--no-wait"], other.as_bytes()).code, Some(0));
    assert_eq!(
        program.run_with_input(["submit", "-"], b"").code,
        Some(1),
        "an empty text is refused, at once"
    );
    let again = program.run_with_input(["submit", "-", "--json"], item.as_bytes()).ok().json();
    assert_eq!((&again["repeated"], &again["with_task"]), (&1.into(), &1.into()));
}
