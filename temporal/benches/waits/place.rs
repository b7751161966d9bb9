//! Where it is measured: all actors in this process, on a new file; the mirror and its worker as a process beside them.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use temporalio_client::Client;
use tracerail::app::{App, Opening};
use tracerail::bench::{RULES, process_seconds, resident_bytes};
use tracerail::config::{Config, LoadOptions, TemporalMode};
use tracerail_actors::port::SystemClock;
use tracerail_actors::system::Role;
use tracerail_temporal::connect::connect;
use tracerail_temporal::keeper::Keeper;
use tracerail_testkit::servers::Temporal;
use tracerail_testkit::{Process, Program, Scratch, wait_until};

const BINARY: &str = env!("CARGO_BIN_EXE_tracerail-temporal");

/// What the mirror says goes here.
const LOG: &str = "mirror.log";

/// Far longer than anything takes.
const SOON: Duration = Duration::from_mins(1);

/// A TraceRail that makes waits on a Temporal server.
pub(crate) struct Place {
    pub(crate) config: Config,
    pub(crate) app: App,
    scratch: Scratch,
}

impl Place {
    /// One whose workflows and task queue are its own on this server.
    pub(crate) async fn open(name: &str, temporal: &str, mode: TemporalMode) -> Self {
        let scratch = Scratch::new();
        scratch.write("rules.yaml", RULES);
        let text = format!(
            "nats: {{ subject_prefix: {name} }}\n\
             groups: {{ desk: {{ members: [ada], leads: [eve] }} }}\n\
             routing: {{ candidate_groups: [desk], rules_file: rules.yaml }}\n\
             tasks: {{ assignment_strategy: manual }}\n\
             store: {{ path: {} }}\n\
             temporal: {{ host: \"{temporal}\", mode: {mode} }}\n",
            scratch.join("bench.db").display(),
        );
        let file = scratch.write("tracerail.yaml", text);
        let config = Config::load(LoadOptions { file: Some(file), ..LoadOptions::default() }).unwrap();
        let opening = Opening {
            config: config.clone(),
            roles: BTreeSet::from(Role::ALL),
            clock: Arc::new(SystemClock),
            read_only: false,
            patience: None,
        };
        let app = Box::pin(App::open(opening)).await.unwrap();
        Self { config, app, scratch }
    }

    /// Starts the mirror and its worker.
    pub(crate) fn mirror(&self) -> Mirror {
        Mirror::start(self.scratch.path())
    }

    /// Compares all tasks with all waits: how many differ.
    pub(crate) fn differences(&self) -> usize {
        let found =
            Program::new(BINARY, self.scratch.path()).run(["reconcile", "--age", "1s", "--json"]).ok().json();
        found["differences"].as_array().unwrap().len()
    }

    /// A client of the server.
    pub(crate) async fn client(&self) -> Client {
        connect(&self.config.temporal).await.unwrap()
    }

    /// Who keeps the waits.
    pub(crate) async fn keeper(&self) -> Keeper {
        Keeper::of(&self.config, self.client().await)
    }

    pub(crate) async fn close(self) {
        self.app.close().await.unwrap();
    }
}

/// `tracerail-temporal run`.
pub(crate) struct Mirror(Process);

impl Mirror {
    /// Starts it as the configuration in this folder says, and waits until it is ready.
    pub(crate) fn start(folder: &Path) -> Self {
        let mut process = Program::new(BINARY, folder).spawn(LOG, ["run", "--json"]);
        wait_until("the mirror is ready", SOON, || {
            let said = std::fs::read_to_string(folder.join(LOG)).unwrap_or_default();
            assert!(process.ended().is_none(), "it ended: {said}");
            said.contains("\"ready\"").then_some(()).ok_or(said)
        });
        Self(process)
    }

    pub(crate) fn cpu_seconds(&self) -> f64 {
        process_seconds(self.0.pid()).unwrap()
    }

    pub(crate) fn resident_mb(&self) -> f64 {
        resident_bytes(self.0.pid()).unwrap() as f64 / 1e6
    }

    pub(crate) fn stop(self) {
        assert_eq!(self.0.terminate(), Some(0));
    }

    /// Ends it with whatever it still has to do.
    pub(crate) fn kill(self) {
        self.0.kill();
    }
}

/// CPU seconds of the Temporal server.
pub(crate) fn server_seconds(temporal: &Temporal) -> f64 {
    process_seconds(temporal.pid()).unwrap()
}
