//! The stage of a story: a TraceRail on a file of its own with all its actors, a Temporal server, and the mirror as a process.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;
use temporalio_client::{UntypedWorkflow, WorkflowFetchHistoryOptions};
use tokio::runtime::Runtime;
use tracerail::client::new_command_id;
use tracerail::config::{Config, LoadOptions, TemporalConfig, TemporalMode};
use tracerail::{Builder, Client, TraceRail};
use tracerail_actors::port::{Position, TaskFilter};
use tracerail_actors::system::Role;
use tracerail_schemas::content::{ContentRecord, Metadata};
use tracerail_schemas::event::ContentSubmitted;
use tracerail_schemas::task::{Command, CommandOutcome, Decision, NewTask, Task, Terms, Verb};
use tracerail_schemas::time::Hours;
use tracerail_schemas::{EventId, PersonId, Principal, Subject, TaskId, TenantId};
use tracerail_temporal::connect::connect;
use tracerail_testkit::servers::{Nats, Redis, Temporal};
use tracerail_testkit::{Finished, Process, Program, Scratch, wait_until};

const BINARY: &str = env!("CARGO_BIN_EXE_tracerail-temporal");

/// Where the keys of payloads are.
const KEYS: &str = "keys.txt";

/// Far longer than anything takes: what is not there by then does not come.
const SOON: Duration = Duration::from_mins(1);

pub(crate) struct Stage {
    scratch: Scratch,
    runtime: Runtime,
    client: Option<Client>,
    program: Program,
}

/// The Python that has what the examples need.
pub(crate) fn python() -> PathBuf {
    let installed = root().join(".cache/examples-temporal");
    let whole = installed.join("installed-lock.json").exists();
    assert!(whole, "install what the examples need: scripts/examples install temporal");
    installed.join("venv/bin/python")
}

/// The folder of the project.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The server of the stories that leave it alone.
pub(crate) fn temporal() -> &'static Temporal {
    static SERVER: OnceLock<Temporal> = OnceLock::new();
    SERVER.get_or_init(Temporal::start)
}

impl Stage {
    /// Ada and Bob work here, Eve leads; waits on this server are this stage's alone by their task queue.
    pub(crate) fn set(queue: &str, temporal: &Temporal) -> Self {
        Self::set_with(queue, &temporal.host(), "", None)
    }

    /// The same, with these further settings.
    pub(crate) fn set_and(queue: &str, temporal: &Temporal, settings: &str) -> Self {
        Self::set_with(queue, &temporal.host(), settings, None)
    }

    /// The same in this mode; the ids of all its workflows begin with the name of the stage.
    pub(crate) fn set_in(mode: TemporalMode, name: &str, temporal: &Temporal) -> Self {
        let prefix = format!("nats: {{ subject_prefix: {name} }}\n");
        let mut stage = Self::set_and(name, temporal, &prefix);
        stage.set_mode(mode, "");
        stage
    }

    /// The same, and nobody fires what is due.
    pub(crate) fn without_sweep(mut self) -> Self {
        let client = self.client.take().unwrap();
        self.runtime.block_on(client.close()).unwrap();
        self.client = Some(self.start(Role::ALL.into_iter().filter(|role| *role != Role::Sla)));
        self
    }

    fn start(&self, roles: impl IntoIterator<Item = Role>) -> Client {
        let file = Some(self.scratch.join("tracerail.yaml"));
        let config = Config::load(LoadOptions { file, ..LoadOptions::default() }).unwrap();
        self.runtime.block_on(Builder::new(config).roles(roles).start()).unwrap()
    }

    /// From now on whoever starts keeps waits like this, and has these further settings of Temporal.
    pub(crate) fn set_mode(&mut self, mode: TemporalMode, also: &str) {
        let file = self.scratch.join("tracerail.yaml");
        let text = std::fs::read_to_string(&file).unwrap();
        let lines = text.lines().map(|line| match line.split_once(", task_queue: ") {
            Some((before, rest)) => {
                let queue = rest.split([',', ' ']).next().unwrap();
                format!("{before}, task_queue: {queue}, mode: {mode}{also} }}\n")
            }
            None => format!("{line}\n"),
        });
        self.scratch.write("tracerail.yaml", lines.collect::<String>());
    }

    /// The same, where payloads are encrypted with these keys.
    pub(crate) fn set_with_keys(queue: &str, temporal: &Temporal, keys: &str) -> Self {
        Self::set_with(queue, &temporal.host(), "", Some(keys))
    }

    /// The same on servers: these two are this stage's alone.
    pub(crate) fn set_on_servers(queue: &str, temporal: &Temporal, nats: &Nats, redis: &Redis) -> Self {
        let (nats, redis) = (nats.url(), redis.url());
        let servers = format!(
            "edition: distributed\nredis: {{ url: {redis} }}\nnats: {{ url: {nats}, subject_prefix: desk, \
             intake_bytes_max: 16777216, stream_bytes_max: 16777216 }}\n"
        );
        Self::set_and(queue, temporal, &servers)
    }

    /// The same, where Temporal is reached at another address, by a program that is told how.
    pub(crate) fn set_behind(queue: &str, host: &str, told: impl Fn(Program) -> Program) -> Self {
        let mut stage = Self::set_with(queue, host, "", None);
        stage.program = told(Program::new(BINARY, stage.scratch.path()));
        stage
    }

    fn set_with(queue: &str, host: &str, settings: &str, keys: Option<&str>) -> Self {
        let scratch = Scratch::new();
        let keys = keys.map_or("", |keys| {
            scratch.write(KEYS, keys);
            ", encryption_keys_file: keys.txt"
        });
        let config = format!(
            "groups: {{ desk: {{ members: [ada, bob], leads: [eve] }} }}\n\
             routing: {{ candidate_groups: [desk], rules_file: rules.yaml }}\n\
             tasks: {{ assignment_strategy: manual }}\n\
             actors: {{ sla_tick: 1s, retry_base: 10ms }}\n\
             store: {{ path: {} }}\n\
             temporal: {{ host: \"{host}\", task_queue: {queue}{keys} }}\n{settings}",
            scratch.join("story.db").display(),
        );
        scratch.write("rules.yaml", "version: 1\ndefault: { decision: human, groups: [desk] }\n");
        scratch.write("tracerail.yaml", config);
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let program = Program::new(BINARY, scratch.path());
        let mut stage = Self { scratch, runtime, client: None, program };
        stage.client = Some(stage.start(Role::ALL));
        stage
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

    /// Another file of the stage.
    pub(crate) fn write(&self, name: &str, text: &str) {
        self.scratch.write(name, text);
    }

    /// Waits until the wait of this task answers like this, asked by whoever has the keys.
    pub(crate) fn wait_for_wait(&self, id: TaskId, is: impl Fn(&Value) -> bool) -> Value {
        wait_until("the wait", SOON, || {
            let told = self.run(&["status", &id.to_string(), "--json"]);
            if told.code != Some(0) {
                return Err(told.stderr);
            }
            let told = told.json();
            if is(&told) { Ok(told) } else { Err(told.to_string()) }
        })
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, time: Duration) {
        self.runtime.block_on(async { tokio::time::sleep(time).await });
    }

    /// Other keys, for whoever starts from now on.
    pub(crate) fn set_keys(&self, keys: &str) {
        self.scratch.write(KEYS, keys);
    }

    /// An item, and the task that it becomes.
    pub(crate) fn submit(&self, id: &str, text: &str) -> TaskId {
        let content = ContentSubmitted {
            id: Some(id.to_owned()),
            source: Some("desk".to_owned()),
            tenant: TenantId::default(),
            content: text.to_owned(),
            content_type: None,
            metadata: Metadata::new(),
            submitted_by: None,
            priority: None,
        };
        let key = self.runtime.block_on(self.client().submit(content)).unwrap().key;
        let task = TaskId::of_content(&key);
        wait_until("a task", SOON, || {
            self.runtime
                .block_on(self.client().task(task))
                .unwrap()
                .ok_or_else(|| "not yet".to_owned())
                .map(drop)
        });
        task
    }

    /// What came of its item.
    pub(crate) fn end(&self, task: TaskId) -> ContentRecord {
        let key = self.task(task).data.content_key.unwrap();
        wait_until("the end of the item", SOON, || {
            let record = self.runtime.block_on(self.client().content(&key)).unwrap().unwrap();
            if record.terminal.is_some() { Ok(record) } else { Err(format!("{record:?}")) }
        })
    }

    /// Whether there is such a task.
    pub(crate) fn has(&self, task: TaskId) -> bool {
        self.runtime.block_on(self.client().task(task)).unwrap().is_some()
    }

    /// Runs a command of `tracerail-temporal` to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Finished {
        self.program.run(args)
    }

    /// The same as somebody who is told other things.
    pub(crate) fn run_as(&self, told: impl Fn(Program) -> Program, args: &[&str]) -> Finished {
        told(Program::new(BINARY, self.scratch.path())).run(args)
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
        self.complete(task, who, decision);
    }

    /// Decided by whoever has it.
    pub(crate) fn complete(&self, task: TaskId, who: &str, decision: Decision) {
        let result = Metadata::new();
        let verb = Verb::Complete { decision, result, comments: None, quality_score: None, shown: None };
        self.done(task, who, verb);
    }

    pub(crate) fn task(&self, id: TaskId) -> Task {
        self.runtime.block_on(self.client().task(id)).unwrap().unwrap()
    }

    /// Waits for the first task there is.
    pub(crate) fn only_task(&self) -> TaskId {
        wait_until("a task", SOON, || self.all().first().copied().ok_or_else(|| "there is none".to_owned()))
    }

    /// How many tasks there are.
    pub(crate) fn tasks(&self) -> usize {
        self.all().len()
    }

    fn all(&self) -> Vec<TaskId> {
        let filter = TaskFilter { limit: 100, ..TaskFilter::default() };
        let found = self.runtime.block_on(TraceRail::tasks(self.client(), filter)).unwrap();
        found.tasks.iter().map(|it| it.id).collect()
    }

    /// Other rules, for whoever follows them.
    pub(crate) fn set_rules(&self, rules: &str) {
        self.scratch.write("rules.yaml", rules);
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

/// Starts the toolkit's wait for a person, as anybody may.
pub(crate) fn start(queue: &str, id: &str, input: &str) {
    let what =
        ["workflow", "start", "--task-queue", queue, "--type", "WaitForHumanDecision", "-w", id, "-i", input];
    temporal().run(&what).ok();
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
    let id = id.to_string();
    wait_until("a run that takes signals", SOON, || {
        let sent = temporal.run(&["workflow", "signal", "-w", &id, "--name", name, "-i", said]);
        // A run that goes on as another one takes none for a moment.
        let again = sent.stderr.contains("workflow is closing");
        let taken = if sent.code == Some(0) { Ok(()) } else { Err(sent.stderr) };
        if again { Err(format!("{taken:?}")) } else { Ok(taken) }
    })
}

/// How often this activity was asked for in the history of a workflow.
pub(crate) fn asked(temporal: &Temporal, id: impl Display, activity: &str) -> usize {
    show(temporal, id).to_string().matches(&format!("::{activity}\"")).count()
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

/// The history of a wait, as anybody may see it.
pub(crate) fn show(temporal: &Temporal, id: impl Display) -> Value {
    temporal.run(&["workflow", "show", "-o", "json", "-w", &id.to_string()]).ok().json()
}

/// The types of the events in it.
pub(crate) fn history(temporal: &Temporal, id: impl Display) -> Vec<String> {
    let shown = show(temporal, id);
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
