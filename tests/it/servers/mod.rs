//! The command line beside real servers: setting them up, looking at them, and what it says when something is not well.

mod doctor;
mod doctor_redis;
mod jwt;
mod setup;
mod ways_in;

use serde_json::Value;
use tracerail_testkit::servers::Nats;
use tracerail_testkit::{Program, Scratch};

use crate::program;

/// The program, configured for this server as one of its users.
fn as_user(scratch: &Scratch, nats: &Nats, user: &str) -> Program {
    scratch.write("tracerail.yaml", configuration(nats, user, ""));
    program(scratch).with_env("NATS_PASSWORD", &Nats::password(user))
}

fn configuration(nats: &Nats, user: &str, more: &str) -> String {
    let (url, monitor) = (nats.url(), nats.monitor_url());
    format!(
        "edition: distributed\nnats:\n  url: {url}\n  monitor_url: {monitor}\n  user: {user}\n  password_env: NATS_PASSWORD\n{more}"
    )
}

/// The only finding of this check: its verdict, and all that was said.
fn one(report: &Value, check: &str) -> (String, String) {
    let all = report["findings"].as_array().unwrap_or_else(|| panic!("no findings: {report}"));
    let found: Vec<_> = all.iter().filter(|finding| finding["check"] == check).collect();
    assert_eq!(found.len(), 1, "{check} in {report}");
    (found[0]["verdict"].as_str().unwrap().to_owned(), found[0].to_string())
}
