//! `scripts/stack`: the servers as they ship, on this machine.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tracerail_actors::system::Role;
use tracerail_testkit::{Finished, Program, Scratch, wait_until};

use super::project;
use crate::program;

/// A stack of a test's own. It is stopped when this is dropped.
struct Stack {
    scratch: Scratch,
    ports: [u16; 5],
}

impl Stack {
    fn new() -> Self {
        let listeners = [(); 5].map(|()| TcpListener::bind(("127.0.0.1", 0)).unwrap());
        Self {
            scratch: Scratch::new(),
            ports: listeners.each_ref().map(|free| free.local_addr().unwrap().port()),
        }
    }

    fn run(&self, args: &[&str]) -> Finished {
        let script = Program::new(project("scripts/stack"), self.scratch.path());
        script.with_env("TRACERAIL_STACK", self.home("").to_str().unwrap()).run(args)
    }

    fn up(&self) -> Finished {
        let [nats, redis, monitor, ..] = self.ports.map(|port| port.to_string());
        self.run(&["up", "--nats-port", &nats, "--redis-port", &redis, "--monitor-port", &monitor])
    }

    /// Temporal beside the two that run.
    fn up_with_temporal(&self) -> Finished {
        let [.., temporal, page] = self.ports.map(|port| port.to_string());
        self.run(&["up", "--temporal", "--temporal-port", &temporal, "--temporal-ui-port", &page])
    }

    fn home(&self, name: &str) -> PathBuf {
        self.scratch.join("stack").join(name)
    }

    fn status(&self) -> Value {
        self.run(&["status", "--json"]).json()
    }

    /// The program, with the passwords, as this user.
    fn program(&self, user: &str) -> Program {
        let exports = std::fs::read_to_string(self.home("env")).unwrap();
        let named = exports.lines().filter_map(|line| line.strip_prefix("export ")?.split_once('='));
        let program =
            named.fold(program(&self.scratch), |program, (name, value)| program.with_env(name, value));
        program.with_env("TRACERAIL_CONFIG", self.home(&format!("{user}.yaml")).to_str().unwrap())
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.run(&["down"]);
    }
}

#[test]
fn servers_are_started_once_and_stopped() {
    let stack = Stack::new();
    assert_eq!(stack.run(&["status"]).code, Some(1));
    let told = stack.up().ok();
    assert!(told.stderr.is_empty() && told.stdout.contains("tracerail setup -c"), "{told:?}");
    let first = stack.status();
    assert_eq!(first["nats"]["url"], format!("nats://127.0.0.1:{}", stack.ports[0]));
    assert_eq!(first["redis"]["url"], format!("redis://127.0.0.1:{}", stack.ports[1]));
    assert_eq!(first["temporal"]["running"], false, "nobody has asked for it");
    stack.up_with_temporal().ok();
    let all = stack.status();
    assert_eq!((&all["nats"], &all["redis"]), (&first["nats"], &first["redis"]), "what runs is left alone");
    let host = format!("127.0.0.1:{}", stack.ports[3]);
    assert_eq!(all["temporal"]["host"], host);
    let configured = std::fs::read_to_string(stack.home("operator.yaml")).unwrap();
    assert!(configured.contains(&format!("temporal:\n  host: {host}\n")), "{configured}");
    let passwords = std::fs::read(stack.home("env")).unwrap();
    stack.run(&["up"]).ok();
    assert_eq!(stack.status(), all, "what runs is left alone");
    let elsewhere = stack.run(&["up", "--redis-port", "1"]);
    assert!(elsewhere.code == Some(1) && elsewhere.stderr.contains("runs on port"), "{elsewhere:?}");
    stack.run(&["down"]).ok();
    let off = serde_json::json!({"running": false});
    assert_eq!(stack.status(), serde_json::json!({"nats": off, "redis": off, "temporal": off}));
    for port in stack.ports {
        drop(TcpListener::bind(("127.0.0.1", port)).expect("nobody listens there any more"));
    }
    stack.run(&["down"]).ok();
    stack.up().ok();
    assert_eq!(std::fs::read(stack.home("env")).unwrap(), passwords, "passwords stay");
    let mode = std::fs::metadata(stack.home("env")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "they are nobody else's business");
}

#[test]
fn what_others_run_is_left_alone() {
    let stack = Stack::new();
    let other = TcpListener::bind(("127.0.0.1", stack.ports[1])).unwrap();
    let told = stack.up();
    assert_eq!(told.code, Some(1));
    let port = format!("port {} is taken", stack.ports[1]);
    assert!(told.stderr.contains(&port) && told.stderr.contains("--redis-port"), "{told:?}");
    drop(other);
    stack.up().ok();
    stack.run(&["down"]).ok();
    // A number in a file is no process of ours, whoever has it by now.
    let mut stranger = Command::new("sleep").arg("600").spawn().unwrap();
    std::fs::write(
        stack.home("nats.pid"),
        format!("{} 1 {},{}\n", stranger.id(), stack.ports[0], stack.ports[2]),
    )
    .unwrap();
    assert_eq!(stack.status()["nats"]["running"], false);
    stack.run(&["down"]).ok();
    assert!(stranger.try_wait().unwrap().is_none(), "it still runs");
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}

#[test]
fn five_processes_with_a_user_each_do_the_work() {
    let stack = Stack::new();
    stack.up().ok();
    stack.program("admin").run(["setup"]).ok();
    let roles = Role::ALL.map(Role::as_str);
    let processes = roles
        .map(|role| stack.program(role).spawn(&format!("{role}.log"), ["run", "--json", "--actors", role]));
    let operator = stack.program("operator");
    let item =
        r#"{"id":"t-1","source":"helpdesk","content":"Where is my parcel?","metadata":{"kind":"ticket"}}"#;
    operator.run_with_input(["submit", "-"], item.as_bytes()).ok();
    let task = wait_until("it waits for a person", Duration::from_secs(30), || {
        let tasks = operator.run(["task", "list", "--json"]);
        let id = tasks.json()["tasks"][0]["id"].as_str().map(str::to_owned);
        id.ok_or_else(|| format!("{tasks:?}"))
    });
    operator.run(["task", "claim", &task, "--as", "ada"]).ok();
    operator.run(["task", "complete", &task, "--as", "ada", "--decision", "approved"]).ok();
    let doctor = operator.run(["doctor", "--json"]).ok().json();
    let unwell: Vec<_> =
        doctor["findings"].as_array().unwrap().iter().filter(|found| found["verdict"] != "ok").collect();
    assert!(unwell.is_empty(), "{unwell:?}");
    for (role, process) in roles.into_iter().zip(processes) {
        assert_eq!(process.terminate(), Some(0), "{role}");
        let log = std::fs::read_to_string(stack.scratch.join(&format!("{role}.log"))).unwrap();
        // One of them brings Redis up to the log, and the others wait for it.
        let is_complaint = |line: &&str| {
            (line.contains(" WARN ") || line.contains(" ERROR ")) && !line.contains("waiting for Redis")
        };
        let complaints: Vec<_> = log.lines().filter(is_complaint).collect();
        assert!(complaints.is_empty(), "{role}: {complaints:?}");
    }
}
