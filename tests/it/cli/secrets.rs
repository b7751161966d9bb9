//! A key that is in the environment goes to the model's server and nowhere else: into no output, no log, no file.

use tracerail_testkit::{Finished, Program, Scratch, wait_until};

use crate::model_server::{ModelServer, Reply, analysis};
use crate::program;

const CANARY: &str = "sk-canary-7f3a9c1d5e8b2046";

/// The server repeats the key in all it says, as real ones do when they refuse it.
fn talkative(request: &str) -> Reply {
    let words = format!(r#"{{"error":{{"message":"Incorrect API key provided: {CANARY}"}}}}"#);
    match request {
        text if text.contains("item refused") => Reply::Status("400 Bad Request", words),
        text if text.contains("item unauthorized") => Reply::Status("401 Unauthorized", words),
        text if text.contains("item overloaded") => Reply::Status("500 Internal Server Error", words),
        text if text.contains("item nonsense") => Reply::Says(format!("Bearer {CANARY} said nothing")),
        text if text.contains("item cut") => Reply::Status("200 OK", format!("{{\"model\": \"{CANARY}")),
        _ => Reply::Says(analysis("0.9")),
    }
}

#[test]
fn the_key_appears_nowhere() {
    let server = ModelServer::start(talkative);
    let scratch = Scratch::new();
    let base_url = server.base_url();
    scratch.write(
        "tracerail.yaml",
        format!("llm: {{ provider: openai, base_url: '{base_url}', retries: 0, timeout: 2s }}\nlog: {{ level: trace }}\n"),
    );
    let program = program(&scratch).with_env("OPENAI_API_KEY", CANARY).with_env("TRACERAIL_LOG", "trace");
    let items = ["fine", "refused", "nonsense", "cut"];
    let lines: Vec<_> =
        items.iter().map(|item| format!(r#"{{"id":"{item}","content":"item {item}"}}"#)).collect();
    scratch.write("items.jsonl", lines.join("\n"));
    let mut told = vec![program.run(["submit", "items.jsonl", "-vv"])];
    assert_eq!(told[0].code, Some(0), "{}", told[0].stderr);
    for id in items {
        told.push(program.run(["content", "show", id]));
        told.push(program.run(["content", "show", id, "--json"]));
    }
    told.extend(while_the_key_is_refused(&program, &server));
    for args in [
        vec!["config", "show"],
        vec!["config", "show", "--json"],
        vec!["task", "list", "--json"],
        vec!["watch", "--from-start", "--no-follow", "--json"],
        vec!["watch", "--from-start", "--no-follow"],
        vec!["dlq", "list", "--json"],
        vec!["route", "explain", "--content", "a", "--json"],
        vec!["status", "--store", "nowhere/a.db"],
        vec!["submit", "missing.txt", "--json"],
    ] {
        told.push(program.run(args));
    }
    let keyed = server.requests().iter().filter(|request| request.contains(CANARY)).count();
    assert!(keyed >= items.len(), "the server itself gets the key");
    for Finished { stdout, stderr, .. } in &told {
        assert!(!stdout.contains(CANARY) && !stderr.contains(CANARY), "{stdout}\n{stderr}");
    }
    for entry in std::fs::read_dir(scratch.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let found = bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes());
        assert!(!found, "{} holds the key", path.display());
    }
}

/// The same when the server refuses the key itself, or is in trouble: the items wait, and the logs say why.
fn while_the_key_is_refused(program: &Program, server: &ModelServer) -> Vec<Finished> {
    let mut told = Vec::new();
    for item in ["unauthorized", "overloaded"] {
        let asked = server.requests().len();
        let line = format!(r#"{{"id":"{item}","content":"item {item}"}}"#);
        told.push(program.run_with_input(["submit", "-", "--no-wait", "-vv"], line.as_bytes()));
        let log = format!("{item}.log");
        let running = program.spawn(&log, ["run", "-vv"]);
        wait_until("the model was asked", std::time::Duration::from_mins(1), || {
            let text = std::fs::read_to_string(program.folder().join(&log)).unwrap();
            if server.requests().len() > asked && text.contains("pulling pauses") {
                Ok(())
            } else {
                Err(text)
            }
        });
        assert_eq!(running.terminate(), Some(0));
    }
    told
}
