//! Content is hostile: what it holds never reaches the terminal as something that steers it, from no command.

use serde_json::json;
use tracerail_testkit::{Finished, Program, Scratch};

use crate::program;

/// Escape sequences, bidirectional overrides, NUL, a bell, DEL, C1 controls, a carriage return, invisible tags.
const HOSTILE: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}gnp.exe\u{2066}\u{0}\u{7f}\u{8}\u{b}\rgone\u{e0041}\u{200b} please";

#[test]
fn nothing_in_content_steers_the_terminal() {
    let scratch = Scratch::new();
    let item = json!({
        "id": format!("id{HOSTILE}"), "source": "desk", "content": format!("Please read: {HOSTILE}"),
        "submitted_by": HOSTILE, "metadata": {HOSTILE: HOSTILE},
    });
    let harmless_id =
        json!({"id": "2", "content": HOSTILE, "submitted_by": HOSTILE, "metadata": {"a": HOSTILE}});
    let broken = format!("{{\"content\": {HOSTILE}");
    scratch.write(&format!("{}.txt", "mean\u{1b}[31mname"), HOSTILE);
    scratch.write("items.jsonl", format!("{item}\n{harmless_id}\n{broken}"));
    let program = program(&scratch);
    let mut outputs = vec![
        program.run(["submit", "items.jsonl"]),
        program.run(["submit", "mean\u{1b}[31mname.txt"]),
        program.run(["submit", "missing\u{1b}[31m.txt"]),
        program.run_with_input(["submit", "-", "--format", "text"], HOSTILE.as_bytes()),
    ];
    let tasks = program.run(["task", "list", "--json"]).ok().json();
    let ids: Vec<_> = tasks["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| task["id"].as_str().unwrap().to_owned())
        .collect();
    assert!(ids.len() >= 2, "{tasks}");
    for id in &ids {
        outputs.push(program.run(["task", "show", id]));
        outputs.push(program.run(["task", "show", id, "--json"]));
        outputs.push(program.run(["task", "comment", id, HOSTILE.replace('\0', "").as_str()]));
        outputs.push(program.run([
            "task",
            "complete",
            id,
            "--decision",
            "approved",
            "--as",
            HOSTILE.replace('\0', "").as_str(),
        ]));
    }
    outputs.extend(all_that_shows(&program));
    for told in &outputs {
        for (name, text) in [("stdout", &told.stdout), ("stderr", &told.stderr)] {
            let steering = text.chars().find(|c| steers(*c));
            assert_eq!(steering, None, "{name}: {text:?}");
        }
    }
    // It is shown all the same, and JSON holds it as it came.
    assert!(outputs.iter().any(|told| told.stdout.contains("gnp.exe")));
    let shown = program.run(["content", "show", "2", "--json"]).ok().json();
    assert_eq!(shown["content"]["body"]["content"], HOSTILE);
}

/// Every command that shows something of it, or is given it.
fn all_that_shows(program: &Program) -> Vec<Finished> {
    let mut outputs = Vec::new();
    let hostile = HOSTILE.replace('\0', "");
    let words = hostile.as_str();
    for args in [
        vec!["task", "list"],
        vec!["task", "list", "--json"],
        vec!["content", "show", "2"],
        vec!["content", "show", "2", "--json"],
        vec!["content", "show", words],
        vec!["watch", "--from-start", "--no-follow"],
        vec!["watch", "--from-start", "--no-follow", "--json"],
        vec!["watch", words],
        vec!["sla", "status"],
        vec!["dlq", "list"],
        vec!["route", "explain", "--content", words, "--all"],
        vec!["route", "explain", "--content", words, "--json"],
        vec!["explain", words],
        vec!["status", "--store", words],
        vec!["config", "show", "-c", words],
        vec!["task", "show", words],
        vec!["task", words],
    ] {
        outputs.push(program.run(args));
    }
    outputs
}

/// Written down anew, so that it does not share a mistake with the product.
fn steers(c: char) -> bool {
    let code = c as u32;
    (code < 0x20 && c != '\n' && c != '\t')
        || (0x7f..=0x9f).contains(&code)
        || (0x202a..=0x202e).contains(&code)
        || (0x2066..=0x2069).contains(&code)
        || [0x200b, 0x200e, 0x200f, 0x2028, 0x2029, 0xfeff].contains(&code)
        || (0xe0000..=0xe007f).contains(&code)
}
