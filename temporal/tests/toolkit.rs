//! The toolkit from workflows of other people: they ask model and rules, and get back what a person decided.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tracerail::client::new_command_id;
use tracerail::config::TemporalMode;
use tracerail_schemas::content::Outcome;
use tracerail_schemas::task::{Decision, Status};
use tracerail_schemas::time::Hours;
use tracerail_schemas::{Subject, TaskId};
use tracerail_temporal_example::{Asked, Reviewed, review};
use tracerail_testkit::wait_until;

use crate::stage::{
    Stage, describe, keep_history, python, result, root, signal, start, temporal, wait_for_status,
};

/// Longer than any example takes on a busy machine.
const SECONDS_MAX: &str = "120";
/// Rules under which nobody looks at what is about parcels.
const PARCELS: &str = "version: 1
rules: [{ name: parcels, when: { keywords: { any: [parcel] }, analyst: [lexical] }, then: { decision: auto } }]
default: { decision: human, groups: [desk] }
";
/// A policy that gives a task up after two seconds.
const HASTY: &str = "escalation_policies:
  hasty: { version: 1, levels: [{ after: 1s }], on_exhausted: expire, expire_after: 2s }
";
/// When the worker is killed, after a workflow was started: before it opens its task, meanwhile, and after it.
const KILLS_AFTER_MS: [u64; 3] = [0, 60, 250];

/// An example as its reader runs it; killed if it is left alone.
struct Example(Child);

impl Example {
    fn python(queue: &str, args: &[&str]) -> Self {
        let python = python();
        Self::run(queue, &[&[python.to_str().unwrap(), "examples/temporal/python/review.py"], args].concat())
    }

    fn typescript(queue: &str, args: &[&str]) -> Self {
        // What they all need is installed together.
        python();
        let program = ["node", "--import", "./node_modules/tsx/dist/esm/index.mjs", "./review.ts"];
        Self::run_in("examples/temporal/typescript", queue, &[&program[..], args].concat())
    }

    fn run(queue: &str, line: &[&str]) -> Self {
        Self::run_in("", queue, line)
    }

    fn run_in(folder: &str, queue: &str, line: &[&str]) -> Self {
        let mut command = Command::new("timeout");
        command.arg(SECONDS_MAX).args(line).current_dir(root().join(folder));
        command.env("TEMPORAL_ADDRESS", temporal().host()).env("TRACERAIL_TASK_QUEUE", queue);
        Self(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    /// What it printed.
    fn result(self) -> Value {
        let output = self.0.wait_with_output().unwrap();
        let (said, complained) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        // The threads of Temporal's SDK are there when Python goes, and it may take them ill: everything is done and said by then.
        let went = output.status.success() || complained.contains("Python runtime state: finalizing");
        assert!(went, "{}: {said}\n{complained}", output.status);
        serde_json::from_str(said.trim()).unwrap_or_else(|error| panic!("{error}: {said}\n{complained}"))
    }
}

/// The task that this workflow waits for.
fn waited_for(workflow: &str) -> TaskId {
    let opened = wait_for_status(temporal(), workflow, "a task", |it| it["task_id"].is_string());
    opened["task_id"].as_str().unwrap().parse().unwrap()
}

#[test]
fn a_workflow_in_python_gets_what_a_person_decided_in_tracerail() {
    let stage = Stage::set("python", temporal());
    let _mirror = stage.mirror("mirror.log");
    let example = Example::python("python", &["letter-1", "I want my 250 EUR back, or I call my lawyer."]);
    let task = waited_for("letter-1-human");
    let data = stage.task(task).data;
    assert_eq!(data.metadata["temporal"]["workflow_id"], "letter-1-human");
    assert!(data.metadata["summary"].is_string() && data.terms.sla_hours.is_some());
    stage.decide(task, "ada", Decision::Rejected);
    let ended = example.result();
    assert_eq!((&ended["outcome"], &ended["decided_by"]), (&"rejected".into(), &"ada".into()), "{ended}");
    assert_eq!(ended["analysis"]["provider"], "lexical", "the model of the configuration: {ended}");
    keep_history(temporal(), "letter-1-human", "waited_for_human");
}

#[test]
fn a_workflow_in_typescript_gets_what_a_person_signalled_to_the_tasks_own_wait() {
    let stage = Stage::set("typescript", temporal());
    let _mirror = stage.mirror("mirror.log");
    let example = Example::typescript("typescript", &["letter-2", "Where is my parcel?"]);
    let task = waited_for("letter-2-human");
    wait_for_status(temporal(), task, "a wait", |it| it["level"]["status"] == "pending");
    let said = r#"{"decision":"approved","user":"bob","comments":"it is on its way"}"#;
    signal(temporal(), task, "human_decision", said).unwrap();
    let ended = example.result();
    assert_eq!((&ended["outcome"], &ended["decided_by"]), (&"approved".into(), &"bob".into()), "{ended}");
    assert_eq!(ended["comments"], "it is on its way");
}

#[test]
fn a_strangers_workflow_in_rust_waits_on_after_an_escalation() {
    let stage = Stage::set("rust", temporal());
    let _mirror = stage.mirror("mirror.log");
    let asked = Asked {
        content: "The grinder is broken again.".to_owned(),
        tracerail: "rust".to_owned(),
        timeout_hours: Hours::new(2.0 / 3_600.0),
    };
    let reviewing = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(review(&temporal().host(), "letter-3", asked)).unwrap()
    });
    // The deadline passes: TraceRail raises the task, once, and the workflow waits on.
    let task = stage.only_task();
    stage.wait_for_task(task, "escalation", |it| it.state.escalation_level == 1);
    wait_for_status(temporal(), task, "escalation", |it| it["level"]["escalation_level"] == 1);
    stage.decide(task, "eve", Decision::Approved);
    let Reviewed::ByPerson(merged) = reviewing.join().unwrap() else { panic!("nobody was asked") };
    assert_eq!((merged.outcome, merged.human.escalation_level), (Outcome::Approved, 1));
    assert_eq!(merged.decided_by.map(|by| by.id.to_string()).as_deref(), Some("eve"));
    assert_eq!(merged.analysis.provider, "lexical");
    assert_eq!(stage.told(task, Subject::TaskEscalated).len(), 1);
    keep_history(temporal(), "letter-3", "content_analysis");
}

/// Shards keep the waits here, and nobody of TraceRail's is there when things happen.
#[test]
fn whoever_waits_is_told_once_whenever_the_worker_is_killed() {
    let stage = Stage::set_in(TemporalMode::Managed, "told-late", temporal());
    let queue = "told-late.told-late";
    let ids: Vec<_> = (0..KILLS_AFTER_MS.len()).map(|n| format!("told-late-{n}")).collect();
    for (id, after) in ids.iter().zip(KILLS_AFTER_MS) {
        let mirror = stage.mirror("mirror.log");
        start(queue, id, r#"{"content": "a letter"}"#);
        stage.pass(Duration::from_millis(after));
        mirror.kill();
    }
    let mirror = stage.mirror("mirror.log");
    let tasks: Vec<_> = ids.iter().map(|id| waited_for(id)).collect();
    mirror.kill();
    for task in &tasks {
        stage.decide(*task, "bob", Decision::Approved);
        assert_eq!(stage.told(*task, Subject::TaskCreated).len(), 1);
    }
    assert_eq!(stage.tasks(), tasks.len(), "each opened once");
    let _mirror = stage.mirror("again.log");
    for (id, task) in ids.iter().zip(tasks) {
        let ended = result(temporal(), id);
        assert_eq!((&ended["outcome"], &ended["task_id"]), (&"approved".into(), &task.to_string().into()));
    }
}

#[test]
fn a_workflow_that_is_cancelled_gives_its_task_up() {
    let stage = Stage::set("given-up", temporal());
    let _mirror = stage.mirror("mirror.log");
    start("given-up", "given-up-1", r#"{"content": "a letter"}"#);
    let task = waited_for("given-up-1");
    // What it has opened it may raise, too.
    let wish = format!(r#"{{"task_id": "{task}", "reason": "the customer is waiting"}}"#);
    let raised = step("given-up", "escalate_task", &wish);
    assert!(raised["refusal"].is_null(), "{raised}");
    stage.wait_for_task(task, "escalation", |it| it.state.escalation_level == 1);
    temporal().run(&["workflow", "cancel", "-w", "given-up-1"]).ok();
    let closed = stage.wait_for_task(task, "cancelled", |it| it.state.status == Status::Cancelled);
    assert_eq!(closed.state.cancel_reason.as_deref(), Some("the workflow that asked for it was cancelled"));
    wait_until("the workflow's end", Duration::from_mins(1), || {
        let told = describe(temporal(), "given-up-1")?.to_string();
        if told.contains("STATUS_CANCELED") { Ok(()) } else { Err(told) }
    });
    keep_history(temporal(), "given-up-1", "given_up");
}

#[test]
fn a_route_of_escalate_raises_the_task_at_once() {
    let stage = Stage::set("raised", temporal());
    let _mirror = stage.mirror("mirror.log");
    let engine = json!({"decision": "escalate", "confidence": 1.0, "reason": "a threat", "engine": "rules", "engine_version": "1"});
    let wish = json!({"content": "a letter", "route": {"decision": "escalate", "engine": engine}});
    start("raised", "raised-1", &wish.to_string());
    let task = waited_for("raised-1");
    stage.wait_for_task(task, "escalation", |it| it.state.escalation_level == 1);
    stage.decide(task, "eve", Decision::Rejected);
    let ended = result(temporal(), "raised-1");
    assert_eq!((&ended["outcome"], &ended["escalation_level"]), (&"rejected".into(), &1.into()), "{ended}");
    assert_eq!(stage.told(task, Subject::TaskEscalated).len(), 1);
}

#[test]
fn what_nobody_decides_expires_where_its_policy_says_so() {
    let stage = Stage::set_and("expires", temporal(), HASTY);
    let _mirror = stage.mirror("mirror.log");
    start("expires", "expires-1", r#"{"content": "a letter", "terms": {"escalation_policy": "hasty"}}"#);
    let task = waited_for("expires-1");
    let ended = result(temporal(), "expires-1");
    assert_eq!((&ended["outcome"], &ended["escalation_level"]), (&"expired".into(), &1.into()), "{ended}");
    assert_eq!((&ended["decision"], stage.told(task, Subject::TaskEscalated).len()), (&Value::Null, 1));
}

#[test]
fn the_command_line_asks_model_and_rules_and_rules_that_change_are_heard_of() {
    let stage = Stage::set("asked", temporal());
    let _mirror = stage.mirror("mirror.log");
    let analysis = step("asked", "process_with_llm", r#"{"content": "Where is my parcel?"}"#);
    assert!(analysis["verdict"]["analyzed"]["summary"].is_string(), "{analysis}");
    let question = json!({"content": "Where is my parcel?", "llm_result": analysis}).to_string();
    assert_eq!(step("asked", "route_decision", &question)["decision"], "human");
    stage.set_rules(PARCELS);
    wait_until("the new rules", Duration::from_mins(1), || {
        let route = step("asked", "route_decision", &question);
        if route["decision"] == "auto" { Ok(()) } else { Err(route.to_string()) }
    });
    // Without an analysis a person looks, whatever the rules say.
    let route = step("asked", "route_decision", r#"{"content": "Where is my parcel?"}"#);
    assert_eq!(route["decision"], "human", "{route}");
}

#[test]
fn what_cannot_be_read_fails_and_says_why() {
    let stage = Stage::set("unreadable", temporal());
    let _mirror = stage.mirror("mirror.log");
    start("unreadable", "unreadable-1", r#"{"text": "a letter"}"#);
    let ended = temporal().run(&["workflow", "result", "-w", "unreadable-1"]);
    let said = ended.stdout + &ended.stderr;
    assert!(ended.code == Some(1) && said.contains("missing field `content`"), "{said}");
}

/// One step by itself, as anybody may ask for it.
fn step(queue: &str, name: &str, input: &str) -> Value {
    let id = format!("{queue}-{}", new_command_id());
    let what = ["activity", "execute", "--start-to-close-timeout", "30s", "--type", name, "-o", "json"];
    let asked =
        temporal().run(&[&what[..], &["--task-queue", queue, "--activity-id", &id, "-i", input]].concat());
    asked.ok().json()["result"].clone()
}
