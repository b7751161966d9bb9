//! The day of a reviewer, on the command line, beside a process that runs the actors.

use std::time::Duration;

use serde_json::Value;
use tracerail::config::Edition;
use tracerail_testkit::{Program, Scratch, wait_until};

use crate::pair::{self, on_both_editions};
use crate::program;

on_both_editions! {
    a_reviewer_finds_works_and_ends_an_item_while_the_actors_run,
}

fn a_reviewer_finds_works_and_ends_an_item_while_the_actors_run(on: Edition) {
    let scratch = Scratch::new();
    let config =
        "groups: { support: { members: [ada, bob], leads: [eve] } }\nrouting: { rules_file: rules.yaml }\n";
    scratch.write("tracerail.yaml", format!("{config}{}", pair::configuration(on)));
    scratch.write(
        "rules.yaml",
        "version: 1\ndefault: { decision: human, groups: [support], review_required: true }\n",
    );
    let program = program(&scratch);
    let running = program.spawn("run.log", ["run"]);
    wait_until_ready(&program);

    let line = r#"{"id":"t-1","source":"helpdesk","content":"Please change my address."}"#;
    let taken = program.run_with_input(["submit", "-", "--no-wait", "--json"], line.as_bytes()).ok().json();
    assert_eq!((&taken["taken_in"], &taken["repeated"]), (&1.into(), &0.into()));
    let again = program.run_with_input(["submit", "-", "--json"], line.as_bytes()).ok().json();
    assert_eq!((&again["repeated"], &again["with_task"]), (&1.into(), &1.into()));

    let listed = program.run(["task", "list", "--json"]).ok().json();
    let task = &listed["tasks"][0];
    let (id, worker) = (task["id"].as_str().unwrap(), task["assignee"].as_str().unwrap());
    assert_eq!(worker, "ada", "round robin begins with the first");
    let started = program.run(["task", "start", id, "--as", worker, "--json"]).ok().json();
    assert_eq!(started["status"], "in_progress", "{started}");
    let complete = [
        "task",
        "complete",
        id,
        "--decision",
        "approved",
        "--as",
        worker,
        "--result",
        r#"{"new":"Elm Road 3"}"#,
    ];
    assert_eq!(program.run(complete).code, Some(0));
    assert_eq!(
        program.run(["task", "review", id, "approve", "--as", worker]).code,
        Some(3),
        "not one's own work"
    );
    program.run(["task", "review", id, "approve", "--as", "bob", "--json"]).ok().json();

    let shown = program.run(["content", "show", "helpdesk/t-1", "--json"]).ok().json();
    assert_eq!(shown["content"]["terminal"]["outcome"], "approved");
    let types: Vec<_> =
        shown["events"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(types.first(), Some(&"io.tracerail.content.submitted.v1"));
    assert_eq!(types.last(), Some(&"io.tracerail.content.completed.v1"));
    assert_eq!(program.run(["sla", "verify", "--json"]).ok().json()["wrong"], Value::Array(vec![]));
    assert_eq!(running.terminate(), Some(0));
}

fn wait_until_ready(program: &Program) {
    wait_until("the actors are ready", Duration::from_mins(1), || {
        let log = std::fs::read_to_string(program.folder().join("run.log")).unwrap();
        if log.contains("ready") { Ok(()) } else { Err(log) }
    });
}
