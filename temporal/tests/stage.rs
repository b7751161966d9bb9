//! The stage of a story: a TraceRail on a file of its own with all its actors, a Temporal server, and the mirror as a process.

use std::fmt::Display;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;
use temporalio_client::{UntypedWorkflow, WorkflowFetchHistoryOptions};
use tokio::runtime::Runtime;
use tracerail::client::new_command_id;
use tracerail::config::{Config, LoadOptions, TemporalConfig};
use tracerail::{Builder, Client};
use tracerail_actors::port::Position;
use tracerail_actors::system::Role;
use tracerail_schemas::content::Metadata;
use tracerail_schemas::task::{Command, CommandOutcome, Decision, NewTask, Task, Terms, Verb};
use tracerail_schemas::time::Hours;
use tracerail_schemas::{EventId, PersonId, Principal, Subject, TaskId};
use tracerail_temporal::connect::connect;
use tracerail_testkit::servers::{Nats, Redis, Temporal};
use tracerail_testkit::{Finished, Process, Program, Scratch, wait_until};

/// Far longer than anything takes: what is not there by then does not come.
const SOON: Duration = Duration::from_mins(1);

pub(crate) struct Stage {
    scratch: Scratch,
    runtime: Runtime,
    client: Option<Client>,
    program: Program,
}

/// The server of the stories that leave it alone.
pub(crate) fn temporal() -> &'static Temporal {
    static SERVER: OnceLock<Temporal> = OnceLock::new();
    SERVER.get_or_init(Temporal::start)
}

impl Stage {
    /// Ada and Bob work here, Eve leads; waits on this server are this stage's alone by their task queue.
    pub(crate) fn set(queue: &str, temporal: &Temporal) -> Self {
        Self::set_with(queue, temporal, "")
    }

    /// The same on servers: these two are this stage's alone.
    pub(crate) fn set_on_servers(queue: &str, temporal: &Temporal, nats: &Nats, redis: &Redis) -> Self {
        let (nats, redis) = (nats.url(), redis.url());
        let servers = format!(
            "edition: distributed\nredis: {{ url: {redis} }}\nnats: {{ url: {nats}, subject_prefix: desk, \
             intake_bytes_max: 16777216, stream_bytes_max: 16777216 }}\n"
        );
        Self::set_with(queue, temporal, &servers)
    }

    fn set_with(queue: &str, temporal: &Temporal, servers: &str) -> Self {
        let scratch = Scratch::new();
        let config = format!(
            "groups: {{ desk: {{ members: [ada, bob], leads: [eve] }} }}\n\
             routing: {{ candidate_groups: [desk] }}\n\
             tasks: {{ assignment_strategy: manual }}\n\
             actors: {{ sla_tick: 1s, retry_base: 10ms }}\n\
             store: {{ path: {} }}\n\
             temporal: {{ host: \"{}\", task_queue: {queue} }}\n{servers}",
            scratch.join("story.db").display(),
            temporal.host(),
        );
        let file = scratch.write("tracerail.yaml", config);
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let config = Config::load(LoadOptions { file: Some(file), ..LoadOptions::default() }).unwrap();
        let client = runtime.block_on(Builder::new(config).roles(Role::ALL).start()).unwrap();
        let program = Program::new(env!("CARGO_BIN_EXE_tracerail-temporal"), scratch.path());
        Self { scratch, runtime, client: Some(client), program }
    }

    /// Starts the mirror, and waits until it is ready.
    pub(crate) fn mirror(&self, log: &str) -> Process {
        let mut process = self.program.spawn(log, ["run", "--json", "-v"]);
        wait_until("the mirror is ready", SOON, || {
            let said = self.log(log);
            if let Some(status) = process.ended() {
                panic!("`tracerail-temporal run` ended with {status}: {said}");
            }
            said.contains("\"ready\"").then_some(()).ok_or(said)
        });
        process
    }

    pub(crate) fn log(&self, name: &str) -> String {
        std::fs::read_to_string(self.scratch.join(name)).unwrap_or_default()
    }

    /// Runs a command of `tracerail-temporal` to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Finished {
        self.program.run(args)
    }

    /// A new task for the desk, with this much time until its first deadline.
    pub(crate) fn create(&self, sla: Duration) -> TaskId {
        let task = TaskId::from_uuid(new_command_id().uuid());
        let sla_hours = Hours::new(sla.as_secs_f64() / 3_600.0);
        // The second level is far away, so that there is one escalation to count.
        let terms = Terms {
            sla_hours,
            escalation_hours: Hours::new(48.0),
            candidate_groups: vec!["desk".parse().unwrap()],
            ..Terms::default()
        };
        let new = NewTask { terms, ..NewTask::review("a text somebody has to look at") };
        self.done(task, "eve", Verb::Create(Box::new(new)));
        task
    }

    /// A command that takes effect.
    pub(crate) fn done(&self, task_id: TaskId, who: &str, verb: Verb) {
        let (id, by) = (new_command_id(), Principal::user(PersonId::new(who).unwrap()));
        let command = Command { id, task_id, by, expected_version: None, verb, traceparent: None };
        match self.runtime.block_on(self.client().command(command)).unwrap().outcome {
            CommandOutcome::Done { .. } => {}
            CommandOutcome::Refused(refusal) => panic!("{who}: {refusal}"),
        }
    }

    /// Claimed and decided by one person, in TraceRail.
    pub(crate) fn decide(&self, task: TaskId, who: &str, decision: Decision) {
        self.done(task, who, Verb::Claim);
        let result = Metadata::new();
        let verb = Verb::Complete { decision, result, comments: None, quality_score: None, shown: None };
        self.done(task, who, verb);
    }

    pub(crate) fn task(&self, id: TaskId) -> Task {
        self.runtime.block_on(self.client().task(id)).unwrap().unwrap()
    }

    /// Waits until this is true of the task.
    pub(crate) fn wait_for_task(&self, id: TaskId, what: &str, is: impl Fn(&Task) -> bool) -> Task {
        wait_until(what, SOON, || {
            let task = self.task(id);
            if is(&task) { Ok(task) } else { Err(format!("{:?}", task.state)) }
        })
    }

    /// The ids of the task's events of this subject; each once.
    pub(crate) fn told(&self, id: TaskId, subject: Subject) -> Vec<EventId> {
        let (start, subjects) = (Position::start(), [subject]);
        let events = self.runtime.block_on(self.client().events(&start, &subjects, 10_000)).unwrap();
        let about = events.iter().filter(|it| it.event.envelope.task_id() == Some(id));
        about.map(|it| it.event.envelope.id).collect()
    }

    /// What a comparison of everything finds that is not on its way.
    pub(crate) fn reconcile(&self) -> Value {
        self.run(&["reconcile", "--age", "10ms", "--json"]).ok().json()
    }

    fn client(&self) -> &Client {
        self.client.as_ref().unwrap()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            self.runtime.block_on(client.close()).unwrap();
        }
    }
}

/// Waits until the wait of this task answers like this.
pub(crate) fn wait_for_status(
    temporal: &Temporal,
    id: impl Display,
    what: &str,
    is: impl Fn(&Value) -> bool,
) -> Value {
    wait_until(what, SOON, || {
        let asked = query(temporal, &id)?;
        if is(&asked) { Ok(asked) } else { Err(asked.to_string()) }
    })
}

/// What the query of a wait answers, asked as anybody may.
pub(crate) fn query(temporal: &Temporal, id: impl Display) -> Result<Value, String> {
    let (id, args) = (id.to_string(), ["workflow", "query", "--type", "get_task_status", "-o", "json"]);
    let asked = temporal.run(&[&args[..], &["-w", &id]].concat());
    if asked.code != Some(0) {
        return Err(asked.stderr);
    }
    Ok(asked.json()["queryResult"][0].clone())
}

/// Signals this to a wait, as anybody may; whether it was taken.
pub(crate) fn signal(temporal: &Temporal, id: impl Display, name: &str, said: &str) -> Result<(), String> {
    let sent = temporal.run(&["workflow", "signal", "-w", &id.to_string(), "--name", name, "-i", said]);
    if sent.code == Some(0) { Ok(()) } else { Err(sent.stderr) }
}

/// How a wait stands in Temporal: `WORKFLOW_EXECUTION_STATUS_RUNNING` and so on, with what it came to.
pub(crate) fn describe(temporal: &Temporal, id: impl Display) -> Result<Value, String> {
    let told = temporal.run(&["workflow", "describe", "-o", "json", "-w", &id.to_string()]);
    if told.code == Some(0) { Ok(told.json()) } else { Err(told.stderr) }
}

/// What a wait came to.
pub(crate) fn result(temporal: &Temporal, id: impl Display) -> Value {
    temporal.run(&["workflow", "result", "-o", "json", "-w", &id.to_string()]).ok().json()["result"].clone()
}

/// The history of a wait: the types of its events.
pub(crate) fn history(temporal: &Temporal, id: impl Display) -> Vec<String> {
    let shown = temporal.run(&["workflow", "show", "-o", "json", "-w", &id.to_string()]).ok().json();
    let events = shown["events"].as_array().unwrap();
    events.iter().map(|event| event["eventType"].as_str().unwrap().to_owned()).collect()
}

/// With `TRACERAIL_RECORD` set, the history of this wait becomes a golden file. Who did it is left out: it names machines.
pub(crate) fn keep_history(temporal: &Temporal, id: impl Display, name: &str) {
    if std::env::var_os("TRACERAIL_RECORD").is_none() {
        return;
    }
    let config = TemporalConfig { host: temporal.host(), ..TemporalConfig::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let history = runtime.block_on(async {
        let client = connect(&config).await.unwrap();
        let wait = client.get_workflow_handle::<UntypedWorkflow>(id.to_string());
        wait.fetch_history(WorkflowFetchHistoryOptions::default()).to_json().await.unwrap()
    });
    let mut history = serde_json::from_slice(&history).unwrap();
    leave_out_identities(&mut history);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.json"));
    std::fs::write(file, history.to_string() + "\n").unwrap();
}

fn leave_out_identities(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(leave_out_identities);
        }
        Value::Array(values) => values.iter_mut().for_each(leave_out_identities),
        // A process and its machine, also in the names of their own queues.
        Value::String(text) if text.contains('@') => "worker".clone_into(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
