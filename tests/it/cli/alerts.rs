//! What a running process warns of by itself.

use std::time::Duration;

use tracerail_testkit::{Scratch, wait_until};

use crate::program;

const CONFIG: &str = "
llm: { provider: custom, base_url: 'http://127.0.0.1:1/v1', model: nobody }
alerts: { look_every: 100ms, oldest_waiting: 1s, disk_bytes_free: 9000000000000000 }
log: { format: json }
";

#[test]
fn a_full_disk_and_events_that_wait_are_told_once_and_again_when_they_are_over() {
    let scratch = Scratch::new();
    scratch.write("tracerail.yaml", CONFIG);
    let program = program(&scratch);
    let line = br#"{"id":"1","source":"desk","content":"Where is my order?"}"#;
    program.run_with_input(["submit", "-", "--no-wait"], line).ok();
    let process = program.spawn("run.log", ["run"]);
    let log = || std::fs::read_to_string(scratch.join("run.log")).unwrap_or_default();
    let told = |what: &str| log().matches(what).count();
    for what in ["TR0038", "TR0037"] {
        wait_until(what, Duration::from_secs(30), || if told(what) > 0 { Ok(()) } else { Err(log()) });
    }
    assert_eq!(process.terminate(), Some(0));
    assert_eq!((told("TR0037"), told("TR0038")), (1, 1), "{}", log());

    // With the built-in analyser and a modest wish it is well again.
    scratch
        .write("tracerail.yaml", "alerts: { look_every: 100ms, oldest_waiting: 1s, disk_bytes_free: 1 }\n");
    let process = program.spawn("again.log", ["run"]);
    wait_until("the item has its end or a task", Duration::from_secs(30), || {
        let status = program.run(["status", "--json"]).ok().json();
        if status["waiting"]["llm"] == 0 { Ok(()) } else { Err(status.to_string()) }
    });
    assert_eq!(process.terminate(), Some(0));
    let again = std::fs::read_to_string(scratch.join("again.log")).unwrap();
    assert!(!again.contains("TR0038"), "{again}");
}
