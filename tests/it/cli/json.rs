//! `--json` is JSON on every command, errors too; every page and every completion is there.

use serde_json::Value;
use tracerail_schemas::Code;
use tracerail_testkit::{Program, Scratch};

use crate::program;

/// A store with an item that waits for a person, one that is a dead letter's, and a configuration.
pub(super) fn with_items(scratch: &Scratch) -> (Program, String) {
    scratch.write("a.jsonl", "{\"id\":\"1\",\"source\":\"desk\",\"content\":\"A question?\"}\n{\"id\":\"2\",\"content\":\"Another?\"}\n");
    let program = program(scratch);
    let submitted = program.run(["submit", "a.jsonl", "--json"]).ok().json();
    assert_eq!(submitted["with_task"], 2, "{submitted}");
    let tasks = program.run(["task", "list", "--json"]).ok().json();
    let id = tasks["tasks"][0]["id"].as_str().unwrap().to_owned();
    (program, id)
}

#[test]
fn every_command_prints_json_when_it_is_asked_to() {
    let scratch = Scratch::new();
    let (program, id) = with_items(&scratch);
    let id = id.as_str();
    let commands: &[&[&str]] = &[
        &["submit", "a.jsonl"],
        &["submit", "a.jsonl", "--no-wait"],
        &["content", "show", "desk/1"],
        &["task", "list"],
        &["task", "show", id],
        &["task", "claim", id, "--as", "ada"],
        &["task", "start", id, "--as", "ada"],
        &["task", "comment", id, "Looking at it", "--as", "ada"],
        &["task", "suspend", id, "Waiting", "--for", "2h", "--as", "ada"],
        &["task", "resume", id, "--as", "ada"],
        &["task", "set-priority", id, "urgent", "--as", "ada"],
        &["task", "set-due", id, "2199-01-01T00:00:00Z", "--as", "ada"],
        &["task", "escalate", id, "Too hard", "--as", "ada"],
        &["task", "assign", id, "grace", "--as", "ada"],
        &["task", "delegate", id, "ada", "--as", "grace"],
        &["task", "review", id, "request", "--decision", "approved", "--as", "ada"],
        &["task", "review", id, "request-changes", "--comment", "Look again", "--as", "lin"],
        &["task", "follow-up", id, "--in", "2h", "--as", "ada"],
        &["sla", "recompute", id, "--as", "ada"],
        &["sla", "recompute", "--all", "--as", "ada"],
        &["task", "next", "--look", "--as", "ada"],
        &["task", "next", "--as", "lin"],
        &["task", "complete", id, "--decision", "approved", "--as", "ada"],
        &["task", "create", "Call back"],
        &["sla", "status"],
        &["sla", "status", id],
        &["sla", "verify"],
        &["audit", "verify"],
        &["intake", "pause", "A pause", "--as", "ada"],
        &["intake", "status"],
        &["intake", "resume"],
        &["watch", "--from-start", "--no-follow", "--count", "1"],
        &["dlq", "list"],
        &["dlq", "list", "--all"],
        &["dlq", "replay", "--all"],
        &["route", "explain", "--content", "Where is my order?"],
        &["status"],
        &["lag"],
        &["config", "show"],
        &["explain", "TR0001"],
        &["explain"],
        &["exit-codes"],
    ];
    for args in commands {
        let told = program.run(args.iter().chain(&["--json"]));
        assert_eq!(told.code, Some(0), "{args:?}: {}{}", told.stdout, told.stderr);
        let parsed: Result<Value, _> = serde_json::from_str(&told.stdout);
        assert!(parsed.is_ok(), "{args:?}: {}", told.stdout);
        assert_eq!(told.stderr, "", "{args:?}");
    }
}

#[test]
fn everything_is_printed_for_people_too() {
    let scratch = Scratch::new();
    let (program, id) = with_items(&scratch);
    for (args, words) in [
        (vec!["task", "list"], "A question?"),
        (vec!["task", "show", &id], "possible now"),
        (vec!["content", "show", "desk/1"], "content.routed"),
        (vec!["sla", "status"], &id[..8]),
        (vec!["sla", "verify"], ""),
        (vec!["status"], "content items"),
        (vec!["lag"], "escalation"),
        (vec!["config", "show"], "store.path"),
        (vec!["config", "default"], "store:"),
        (vec!["exit-codes"], "not found"),
        (vec!["--help"], "Usage: tracerail"),
        (vec!["task", "--help"], "claim"),
        (vec!["--version"], "tracerail 0"),
    ] {
        let told = program.run(&args);
        assert_eq!(told.code, Some(0), "{args:?}: {}", told.stderr);
        assert!(told.stdout.contains(words) && !told.stdout.trim().is_empty(), "{args:?}: {}", told.stdout);
    }
}

#[test]
fn every_code_can_be_explained_and_every_shell_is_helped() {
    let scratch = Scratch::new();
    let program = program(&scratch);
    for code in Code::ALL {
        let page = program.run(["explain", code.as_str()]).ok().stdout;
        assert!(page.starts_with(&format!("# {code}: ")) && page.contains("## What to do"), "{page}");
    }
    assert_eq!(program.run(["explain", "--json"]).ok().json().as_array().unwrap().len(), Code::ALL.len());
    for shell in ["bash", "zsh", "fish"] {
        let script = program.run(["completions", shell]).ok().stdout;
        for command in ["submit", "task", "config"] {
            assert!(script.contains(command), "{shell} is not told of {command}");
        }
    }
    let meanings = program.run(["exit-codes", "--json"]).ok().json();
    assert_eq!(meanings["4"], "not found: no such task, content or dead letter");
    assert_eq!(meanings.as_object().unwrap().len(), 6);
    assert_eq!(program.run(["completions", "cobol"]).code, Some(2));
}

#[test]
fn the_configuration_names_origins_and_hides_secrets() {
    let scratch = Scratch::new();
    scratch.write(
        "tracerail.yaml",
        "llm: { provider: openai, api_key: sk-in-the-file }\nactors: { batch: 7 }\n",
    );
    let program = program(&scratch).with_env("TRACERAIL_DEFAULT_SLA_HOURS", "5");
    for args in [vec!["config", "show"], vec!["config", "show", "--json"]] {
        let told = program.run(&args).ok();
        assert!(!format!("{}{}", told.stdout, told.stderr).contains("sk-in-the-file"), "{}", told.stdout);
        for words in ["tracerail.yaml:2", "TRACERAIL_DEFAULT_SLA_HOURS", "default", "llm.api_key"] {
            assert!(
                told.stdout.contains(words) || args.len() == 3,
                "{args:?}: no {words} in {}",
                told.stdout
            );
        }
    }
    // The command line overrules, and says so.
    let told = program.run(["config", "show", "--store", "elsewhere.db"]).ok().stdout;
    assert!(told.contains("elsewhere.db") && told.contains("command line"), "{told}");
}

#[test]
fn whoever_watches_a_tenant_sees_nothing_of_the_others() {
    let scratch = Scratch::new();
    let program = program(&scratch);
    for tenant in ["acme", "umbrella"] {
        let line = format!(r#"{{"id":"{tenant}-1","tenant":"{tenant}","content":"Where is my order?"}}"#);
        program.run_with_input(["submit", "-"], line.as_bytes()).ok();
    }
    let seen = |args: &[&str]| {
        let watched = program.run([&["watch", "--from-start", "--no-follow"], args].concat()).ok();
        (watched.stdout.contains("acme-1"), watched.stdout.contains("umbrella-1"))
    };
    assert_eq!(seen(&[]), (true, true));
    assert_eq!(seen(&["--tenant", "acme"]), (true, false));
    assert_eq!(seen(&["--tenant", "umbrella", "--json"]), (false, true));
}
