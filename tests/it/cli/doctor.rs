//! `tracerail doctor`, `lag` and `health`, as a user and as a container see them.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use serde_json::Value;
use tracerail_testkit::Scratch;

use super::json::with_items;
use crate::program;

fn finding<'a>(report: &'a Value, check: &str) -> &'a Value {
    let findings = report["findings"].as_array().unwrap();
    findings
        .iter()
        .find(|finding| finding["check"] == check)
        .unwrap_or_else(|| panic!("no {check}: {report}"))
}

#[test]
fn a_sound_installation_is_well() {
    let scratch = Scratch::new();
    let (program, _) = with_items(&scratch);
    let report = program.run(["doctor", "--json"]).ok().json();
    assert_eq!(report["verdict"], "ok", "{report}");
    for check in
        ["configuration", "store file", "disk space", "deliveries", "lag of llm", "dead letters", "deadlines"]
    {
        assert_eq!(finding(&report, check)["verdict"], "ok", "{report}");
    }
    let text = program.run(["doctor"]).ok().stdout;
    assert!(text.lines().all(|line| line.starts_with("ok  ")), "{text}");
}

#[test]
fn an_empty_folder_is_well_and_stays_empty() {
    let scratch = Scratch::new();
    let report = program(&scratch).run(["doctor", "--json"]).ok().json();
    assert!(finding(&report, "store file")["seen"].as_str().unwrap().contains("none yet"));
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
}

#[test]
fn what_is_broken_is_named_with_its_cure_and_the_exit_code() {
    let scratch = Scratch::new();
    let program = program(&scratch);
    scratch.write(
        "tracerail.db",
        "something else, long enough that it cannot be taken for the header of a store",
    );
    let told = program.run(["doctor"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(told.stdout.contains("FAIL  store file") && told.stdout.contains("restore a backup"), "{told:?}");
    scratch.write("tracerail.yaml", "actors: { batch: 0 }");
    let told = program.run(["doctor", "--json"]);
    assert_eq!(told.code, Some(1));
    let finding = finding(&told.json(), "configuration").clone();
    assert!(finding["seen"].as_str().unwrap().contains("out of range"), "{finding}");
    assert!(finding["cure"].as_str().unwrap().contains("TR0020"), "{finding}");
}

#[test]
fn dead_letters_and_what_waits_are_pointed_out() {
    let scratch = Scratch::new();
    let program = program(&scratch);
    scratch.write("a.jsonl", "{\"content\":\"A question?\"}\n");
    program.run(["submit", "a.jsonl", "--no-wait"]).ok();
    let lag = program.run(["lag", "--json"]).ok().json();
    assert_eq!((&lag["llm"]["waiting"], &lag["llm"]["in_flight"]), (&1.into(), &0.into()), "{lag}");
    assert!(lag["llm"]["oldest_at"].is_string() && lag["router"]["oldest_at"].is_null(), "{lag}");
}

#[test]
fn a_file_and_servers_are_not_both_meant() {
    let scratch = Scratch::new();
    scratch.write("tracerail.yaml", "edition: distributed\n");
    let told = program(&scratch).run(["status", "--store", "x.db"]);
    assert_eq!(told.code, Some(2));
    assert!(told.stderr.contains("--store names a file"), "{told:?}");
}

#[test]
fn health_is_what_the_process_answers() {
    let scratch = Scratch::new();
    let program = program(&scratch);
    for (answer, code, word) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n{\"ok\": true}", 0, "healthy"),
        ("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 18\r\n\r\n{\"waiting\":\"nats\"}", 1, "503"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/readyz", listener.local_addr().unwrap());
        let serving = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 1024];
            assert!(stream.read(&mut request).unwrap() > 0);
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let told = program.run(["health", "--url", &url]);
        serving.join().unwrap();
        assert_eq!(told.code, Some(code), "{told:?}");
        assert!(format!("{}{}", told.stdout, told.stderr).contains(word), "{told:?}");
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}/readyz", listener.local_addr().unwrap());
    drop(listener);
    let told = program.run(["health", "--url", &nobody]);
    assert_eq!(told.code, Some(1));
    assert!(told.stderr.contains("does not answer") && told.stderr.contains("refused"), "{told:?}");
}
