//! One trace from the submission of an item to its end, through a task that a person works.

use std::collections::HashMap;

use opentelemetry_proto::tonic::trace::v1::Span;
use tracerail::client::new_command_id;
use tracerail::config::Edition;
use tracerail_schemas::task::{Command, CommandOutcome, Decision, Status, Verb};
use tracerail_schemas::{ContentKey, TaskId, TenantId};
use tracerail_testkit::{Scratch, wait_until};

use crate::collector::Collector;
use crate::pair;
use crate::place::{Place, SOON, text};
use crate::program;
use crate::stage::{HOUR, PEOPLE, Stage, complete, content, person};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const REVIEWER: &str = "00-11111111111111111111111111111111-2222222222222222-01";

fn stage(otlp: &str) -> Stage {
    Stage::with(&format!("{PEOPLE}\ntasks: {{ assignment_strategy: manual }}\n{otlp}"))
}

fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// The names of a span and all it follows from, the last one first.
fn ancestry(spans: &[Span], name: &str) -> Vec<String> {
    let by_id: HashMap<_, _> = spans.iter().map(|span| (span.span_id.clone(), span)).collect();
    let mut names = Vec::new();
    let mut span = spans.iter().find(|span| span.name == name);
    while let Some(here) = span {
        names.push(here.name.clone());
        span = by_id.get(&here.parent_span_id).copied();
    }
    names
}

/// The item's story with a person, a passed deadline and an escalation in it; the `traceparent` of each of its events.
fn told(stage: &mut Stage) -> Vec<(&'static str, Option<String>)> {
    let taken = stage.rail().submit_within(content("1", "Where is my parcel?"), Some(CALLER));
    let item = stage.block_on(taken).unwrap().key;
    stage.wait_for_any_task(&item);
    stage.clock.advance(5 * HOUR);
    stage.wait_for_task(&item, "an escalation", |task| task.state.status == Status::Escalated);
    stage.command(&item, "ada", Verb::Claim);
    let given = stage.give(Command {
        id: new_command_id(),
        task_id: TaskId::of_content(&item),
        by: person("ada"),
        expected_version: None,
        verb: complete(Decision::Approved),
        traceparent: Some(REVIEWER.to_owned()),
    });
    assert!(matches!(given, CommandOutcome::Done { .. }), "{given:?}");
    stage.wait_for_end(&item);
    let events = stage.block_on(stage.rail().trail(&item)).unwrap();
    stage.close();
    let of = |logged: &tracerail_actors::port::LoggedEvent| {
        let envelope = &logged.event.envelope;
        (envelope.subject.as_str(), envelope.traceparent.clone())
    };
    events.iter().map(of).collect()
}

#[test]
fn one_trace_leads_from_the_submission_through_a_person_to_the_end() {
    let collector = Collector::start();
    let mut stage = stage(&format!("otlp: {{ endpoint: '{}' }}\n", collector.endpoint()));
    let events = told(&mut stage);
    let spans = collector.spans();

    assert!(spans.iter().all(|span| hex(&span.trace_id) == TRACE), "{spans:#?}");
    let made_here = ["submit content.submitted", "process content.submitted", "process content.analyzed"];
    let to_the_task: Vec<_> =
        ["process content.routed"].iter().chain(made_here.iter().rev()).copied().collect();
    for last in ["command claim", "command complete", "fire sla.breached"] {
        assert_eq!(ancestry(&spans, last), [&[last], to_the_task.as_slice()].concat(), "{spans:#?}");
    }
    assert_eq!(ancestry(&spans, "process sla.breached")[..2], ["process sla.breached", "fire sla.breached"]);
    let first = spans.iter().find(|span| span.name == made_here[0]).unwrap();
    assert_eq!(hex(&first.parent_span_id), CALLER.split('-').nth(2).unwrap(), "the caller's own span");

    let decided = spans.iter().find(|span| span.name == "command complete").unwrap();
    let [link] = decided.links.as_slice() else { panic!("{decided:#?}") };
    assert_eq!((hex(&link.trace_id), hex(&link.span_id)), ("1".repeat(32), "2".repeat(16)));

    // Whoever consumes an event goes on from the span it was made in.
    let (name, ended_in) = events.last().unwrap();
    assert_eq!(*name, "content.completed");
    assert_eq!(ended_in.as_deref(), Some(format!("00-{TRACE}-{}-01", hex(&decided.span_id)).as_str()));
    for (subject, traceparent) in &events {
        let span = traceparent.as_ref().unwrap().split('-').nth(2).unwrap().to_owned();
        assert!(spans.iter().any(|one| hex(&one.span_id) == span), "{subject} {span}");
    }
    assert!(!collector.was_told("parcel"), "the content is nobody's business");
}

#[test]
fn over_the_bus_it_is_one_trace_through_all_processes() {
    let collector = Collector::start();
    let servers = pair::configuration(Edition::Distributed);
    let place = Place::new(
        &format!(
            "{PEOPLE}\ntasks: {{ assignment_strategy: manual }}\notlp: {{ endpoint: '{}' }}\n{servers}",
            collector.endpoint()
        ),
        "{ version: 1, default: { decision: escalate, reason: It burns., groups: [desk] }, rules: [] }",
    );
    let halves = [("the-front", "llm,router"), ("the-back", "task,sla,escalation")].map(|(name, actors)| {
        let program = place.program.clone().with_env("OTEL_SERVICE_NAME", name);
        place.start_as(&program, &format!("{name}.log"), &["--actors", actors])
    });
    let line = r#"{"id":"1","source":"desk","content":"Where is my parcel?"}"#;
    place.program.run_with_input(["submit", "-", "--no-wait"], line.as_bytes()).ok();
    wait_until("it is escalated", SOON, || {
        let status = place.rest(1);
        (status["escalated"] == 1).then_some(()).ok_or_else(|| status.to_string())
    });
    let task = TaskId::of_content(&ContentKey::new(TenantId::default(), "desk", "1").unwrap()).to_string();
    place.run(&["task", "claim", &task, "--as", "ada"]).ok();
    place.run(&["task", "complete", &task, "--decision", "approved", "--as", "ada"]).ok();
    place.rest(1);
    for half in halves {
        assert_eq!(half.terminate(), Some(0));
    }

    let spans = collector.spans();
    assert!(spans.iter().all(|span| span.trace_id == spans[0].trace_id), "one trace: {spans:#?}");
    let way =
        ["content.routed", "content.analyzed", "content.submitted"].map(|what| format!("process {what}"));
    let way: Vec<_> = way.into_iter().chain(["submit content.submitted".to_owned()]).collect();
    for last in ["command claim", "command complete"] {
        assert_eq!(ancestry(&spans, last), [&[last.to_owned()], way.as_slice()].concat(), "{spans:#?}");
    }
    assert!(ancestry(&spans, "process task.escalation_requested").ends_with(&way), "{spans:#?}");
    assert!(collector.was_told("the-front") && collector.was_told("the-back"), "both have told of it");
    let ended = place.events().pop().unwrap();
    let (decided, traceparent) =
        (spans.iter().find(|span| span.name == "command complete").unwrap(), text(&ended["traceparent"]));
    assert!(
        text(&ended["type"]).contains("content.completed") && traceparent.contains(&hex(&decided.span_id)),
        "{ended}"
    );
}

#[test]
fn without_a_collector_the_trace_is_handed_on() {
    let events = told(&mut stage(""));
    assert_eq!(events.last().unwrap().0, "content.completed");
    for (subject, traceparent) in events {
        assert_eq!(traceparent.as_deref(), Some(CALLER), "{subject}");
    }
}

#[test]
fn a_collector_gets_its_headers_and_nobody_else_does() {
    const KEY: &str = "canary-51f0c2";
    let collector = Collector::start();
    let scratch = Scratch::new();
    scratch.write("tracerail.yaml", "log: { format: json, level: trace }\n");
    let program = program(&scratch)
        .with_env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())
        .with_env("OTEL_EXPORTER_OTLP_HEADERS", &format!("authorization=Bearer%20{KEY}"))
        .with_env("OTEL_SERVICE_NAME", "desk");
    let running = program.spawn("run.log", ["run"]);
    let line = r#"{"id":"1","content":"Where is my parcel?","metadata":{"mother":"Ottilie"}}"#;
    program.run_with_input(["submit", "-"], line.as_bytes()).ok();
    wait_until("the spans", SOON, || {
        let names: Vec<_> = collector.spans().into_iter().map(|span| span.name).collect();
        let complete = names.iter().any(|name| name == "process content.routed");
        if complete { Ok(()) } else { Err(format!("{names:?}")) }
    });
    assert_eq!(running.terminate(), Some(0));
    let spans = collector.spans();
    assert!(
        spans.iter().all(|span| span.trace_id == spans[0].trace_id),
        "two processes, one trace: {spans:#?}"
    );
    assert!(collector.headers().contains(&format!("authorization: bearer {KEY}")));
    assert!(collector.was_told("desk"));
    for words in ["parcel", "Ottilie", KEY] {
        assert!(!collector.was_told(words), "{words} stands in the spans");
    }
    let shown = program.run(["config", "show"]).ok().stdout;
    let logs = std::fs::read_to_string(scratch.join("run.log")).unwrap();
    assert!(!shown.contains(KEY) && !logs.contains(KEY), "{shown}");
}

/// A collector that is away costs spans, never an item, and is told of once.
#[test]
fn work_goes_on_without_its_collector() {
    let scratch = Scratch::new();
    let away = crate::model_server::nowhere();
    scratch.write("tracerail.yaml", format!("otlp: {{ endpoint: 'http://{away}', timeout: 1s }}\n"));
    let program = program(&scratch);
    let running = program.spawn("run.log", ["run"]);
    for id in ["1", "2"] {
        let line = format!(r#"{{"id":"{id}","content":"A question?"}}"#);
        program.run_with_input(["submit", "-", "--no-wait"], line.as_bytes()).ok();
    }
    let log = || std::fs::read_to_string(scratch.join("run.log")).unwrap();
    wait_until("both have a task, and it is told of", SOON, || {
        let tasks = program.run(["task", "list", "--json"]).ok().json();
        let both = tasks["tasks"].as_array().unwrap().len() == 2;
        if both && log().contains("traces cannot be sent") { Ok(()) } else { Err(log()) }
    });
    assert_eq!(running.terminate(), Some(0));
    assert_eq!(log().matches("traces cannot be sent").count(), 1, "{}", log());
}
