//! Real servers, a configuration, and role processes on them: each with the user of its role, as the shipped configuration has it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tracerail_testkit::servers::{Nats, NatsOptions, Redis, RedisOptions};
use tracerail_testkit::{Finished, Process, Program, Scratch, wait_until};

/// How long processes may take to begin, and a run to come to rest.
const READY_WITHIN: Duration = Duration::from_mins(2);

/// The roles, as `--actors` takes them, and as the users are called.
const ROLES: [&str; 5] = ["llm", "router", "task", "sla", "escalation"];

/// Where the servers keep what they are told, and how safely.
#[derive(Debug, Default)]
pub(crate) struct Ground {
    /// A folder for both; folders of their own when there is none.
    pub(crate) folder: Option<PathBuf>,
    /// What the configuration says besides the servers.
    pub(crate) config: String,
    /// The rules of routing.
    pub(crate) rules: &'static str,
}

/// Servers, a folder with a configuration, and the program.
#[derive(Debug)]
pub(crate) struct Installation {
    pub(crate) nats: Nats,
    pub(crate) redis: Redis,
    pub(crate) program: Program,
    // Last: it goes when nobody stands in it any more.
    _scratch: Scratch,
}

/// One role process, and how to start it again.
#[derive(Debug)]
pub(crate) struct RoleProcess {
    pub(crate) name: String,
    role: &'static str,
    process: Option<Process>,
}

impl Installation {
    /// Starts the servers, with the shipped nats.conf, and sets up the streams.
    pub(crate) fn new(binary: &Path, ground: &Ground) -> Self {
        let within = |name: &str| ground.folder.as_ref().map(|folder| folder.join(name));
        let nats = Nats::start(NatsOptions {
            shipped: true,
            sync_always: true,
            store: within("nats"),
            ..NatsOptions::default()
        });
        let redis = Redis::start(RedisOptions { folder: within("redis"), ..RedisOptions::default() });
        let scratch = Scratch::new();
        let servers = format!(
            "edition: distributed\nnats: {{ url: \"{}\", ack_wait: 5s }}\nredis: {{ url: \"{}\" }}\nhttp: {{ listen: ~ }}\n",
            nats.url(),
            redis.url()
        );
        scratch.write("tracerail.yaml", servers + &ground.config);
        scratch.write("rules.yaml", ground.rules);
        let program = Program::new(binary, scratch.path());
        let there = Self { nats, redis, program, _scratch: scratch };
        there.as_user("admin").run(["setup"]).ok();
        there
    }

    /// The program with the rights of a user of nats.conf.
    pub(crate) fn as_user(&self, user: &str) -> Program {
        let program = self.program.clone();
        program
            .with_env("TRACERAIL__NATS__USER", user)
            .with_env("TRACERAIL__NATS__PASSWORD", &Nats::password(user))
    }

    /// Runs a command as the operator.
    pub(crate) fn run(&self, args: &[&str]) -> Finished {
        self.as_user("operator").run(args)
    }

    /// Starts so many processes of each role, and waits until they are ready.
    pub(crate) fn start(&self, count: usize) -> Vec<RoleProcess> {
        let mut started = Vec::new();
        for number in 0..count {
            for role in ROLES {
                let mut process = RoleProcess { name: format!("{role}-{number}"), role, process: None };
                process.start(self);
                started.push(process);
            }
        }
        for process in &mut started {
            process.wait_until_ready(self);
        }
        started
    }

    /// Everything that was said, as any consumer sees it.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.run(&["watch", "--from-start", "--no-follow", "--json"]).ok().json_lines()
    }

    /// Waits until that many items are in and nothing waits for an actor; the counts then.
    pub(crate) fn rest(&self, items: usize, within: Duration) -> Value {
        wait_until("everything is at rest", within, || {
            let status = self.run(&["status", "--json"]);
            if status.code != Some(0) {
                return Err(status.stderr);
            }
            let counts = status.json();
            let waiting: u64 = counts["waiting"]
                .as_object()
                .into_iter()
                .flat_map(|all| all.values())
                .filter_map(Value::as_u64)
                .sum();
            let at_rest = counts["contents"] == items && waiting == 0;
            if at_rest { Ok(counts) } else { Err(counts.to_string()) }
        })
    }
}

impl RoleProcess {
    /// Starts it, or another one in its place.
    pub(crate) fn start(&mut self, there: &Installation) {
        let program = there.as_user(self.role);
        self.process = Some(program.spawn(&self.log(), ["run", "--json", "--actors", self.role]));
    }

    /// Ends it without warning.
    pub(crate) fn kill(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill();
        }
    }

    /// Sends it a signal, for example `STOP`.
    pub(crate) fn signal(&self, name: &str) {
        if let Some(process) = &self.process {
            process.signal(name);
        }
    }

    /// How it ended, if it has ended by itself.
    pub(crate) fn ended(&mut self) -> Option<String> {
        let status = self.process.as_mut()?.ended()?;
        Some(format!("{} ended with {status}", self.name))
    }

    /// Asks it to stop in order; its exit code.
    pub(crate) fn terminate(mut self) -> Option<i32> {
        self.process.take().and_then(Process::terminate)
    }

    fn wait_until_ready(&mut self, there: &Installation) {
        let log = there.program.folder().join(self.log());
        wait_until(&format!("{} is ready", self.name), READY_WITHIN, || {
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            if let Some(ended) = self.ended() {
                panic!("{ended}: {said}");
            }
            said.contains("\"ready\"").then_some(()).ok_or(said)
        });
    }

    fn log(&self) -> String {
        format!("{}.log", self.name)
    }
}
