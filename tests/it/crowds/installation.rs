//! Servers of a test's own, and role processes on them.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tracerail_testkit::servers::{Nats, NatsOptions, Redis, RedisOptions};
use tracerail_testkit::{Process, wait_until};

use crate::place::{End, Place, SOON};

/// The roles, as `--actors` takes them.
pub(crate) const ROLES: [&str; 5] = ["llm", "router", "task", "sla", "escalation"];

/// What makes it quick to test: deliveries of the dead come again soon.
const QUICK: &str = "nats: { url: NATS, ack_wait: 2s }\nredis: { url: REDIS }\n";

/// Servers, a folder with a configuration, and the program.
pub(crate) struct Installation {
    pub(crate) nats: Nats,
    pub(crate) redis: Redis,
    pub(crate) place: Place,
    _alone: MutexGuard<'static, ()>,
}

/// One such crowd at a time: several of them at once would leave each too little of a small machine for its servers to answer in time.
static CROWD: Mutex<()> = Mutex::new(());

/// One role process, and how to start it again.
pub(crate) struct RoleProcess {
    pub(crate) role: &'static str,
    log: String,
    process: Option<Process>,
}

impl Installation {
    /// Servers that let everybody do everything, and nobody on them yet.
    pub(crate) fn new(config: &str, rules: &str) -> Self {
        // Whoever had it before may have failed.
        let alone = CROWD.lock().unwrap_or_else(PoisonError::into_inner);
        let nats = Nats::start(NatsOptions::default());
        let redis = Redis::start(RedisOptions::default());
        let servers = QUICK.replace("NATS", &nats.url()).replace("REDIS", &redis.url());
        let place = Place::new(&format!("edition: distributed\n{servers}{config}"), rules);
        place.run(&["setup"]).ok();
        Self { nats, redis, place, _alone: alone }
    }

    /// Starts `count` processes of each role, and waits until they are ready.
    pub(crate) fn start(&self, count: usize, name: &str) -> Vec<RoleProcess> {
        let started: Vec<_> = (0..count)
            .flat_map(|n| {
                ROLES.map(|role| RoleProcess::start(&self.place, role, format!("{name}-{role}-{n}.log")))
            })
            .collect();
        for process in &started {
            process.wait_until_ready(&self.place);
        }
        started
    }

    /// How many events there are; why not, while the servers cannot be asked.
    pub(crate) fn events_so_far(&self) -> Result<u64, String> {
        let status = self.place.run(&["status", "--json"]);
        if status.code == Some(0) {
            Ok(status.json()["events"].as_u64().unwrap())
        } else {
            Err(status.stderr)
        }
    }

    /// Waits until the run has got that far.
    pub(crate) fn wait_for_events(&self, count: u64) {
        wait_until("the run gets that far", SOON, || {
            let told = self.events_so_far()?;
            (told >= count).then_some(()).ok_or(format!("{told} of {count} events"))
        });
    }

    /// Waits until that many items are in and nothing waits; the end of it all.
    pub(crate) fn end(&self, items: u64, ids: &BTreeSet<String>) -> (Value, End) {
        let status = self.place.rest(items);
        (status, self.place.end(ids))
    }
}

impl RoleProcess {
    fn start(place: &Place, role: &'static str, log: String) -> Self {
        let process = place.program.spawn(&log, ["run", "--json", "--actors", role]);
        Self { role, log, process: Some(process) }
    }

    /// Ends it without warning, and starts another one in its place.
    pub(crate) fn kill_and_start_again(&mut self, place: &Place) {
        if let Some(process) = self.process.take() {
            process.kill();
        }
        self.process = Some(place.program.spawn(&self.log, ["run", "--json", "--actors", self.role]));
    }

    /// Stops it in order.
    pub(crate) fn terminate(self) -> Option<i32> {
        self.process?.terminate()
    }

    fn wait_until_ready(&self, place: &Place) {
        wait_until(&format!("{} is ready", self.log), SOON, || {
            let said = std::fs::read_to_string(place.scratch.join(&self.log)).unwrap_or_default();
            said.contains("\"ready\"").then_some(()).ok_or(said)
        });
    }
}
