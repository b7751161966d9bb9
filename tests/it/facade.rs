//! The library as programs use it.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use serde_json::json;
use tracerail::config::{Config, Edition, LoadOptions};
use tracerail::facade::{Builder, SlaManager as _, TaskManager as _, TaskResult};
use tracerail::{Client, TraceRail};
use tracerail_actors::conformance::TestClock;
use tracerail_actors::port::{
    AssignmentStrategy, Choice, EscalationStrategy, LlmError, LlmProvider, LoggedEvent, Position, Rise,
    RoutingEngine, RoutingError,
};
use tracerail_actors::system::Role;
use tracerail_schemas::codec::Limits;
use tracerail_schemas::content::{Metadata, Outcome};
use tracerail_schemas::llm::{LlmRequest, LlmResponse, Message};
use tracerail_schemas::routing::{RoutingContext, RoutingDecision, RoutingResult};
use tracerail_schemas::task::{
    Decision, EscalationAction, EscalationStep, NewTask, Priority, SlaState, Status, Targets, Terms,
};
use tracerail_schemas::time::Hours;
use tracerail_schemas::{Code, Event, PersonId, Principal, Subject, TaskId};
use tracerail_testkit::Scratch;

use crate::pair::{self, on_both_editions};
use crate::stage::{HOUR, content};

const PEOPLE: &str = "
people: { eve: { lead: true } }
groups: { desk: { members: [ada, bob] } }
routing: { candidate_groups: [desk] }
actors: { sla_tick: 10ms }
";

fn config(scratch: &Scratch, on: Edition, text: &str) -> Config {
    let file = scratch.write(
        "tracerail.yaml",
        format!("{text}\nstore: {{ path: facade.db }}\n{}", pair::configuration(on)),
    );
    Config::load(LoadOptions { file: Some(file), ..LoadOptions::default() }).unwrap()
}

fn person(name: &str) -> PersonId {
    PersonId::new(name).unwrap()
}

on_both_editions! {
    the_seven_methods_of_a_task_manager_and_the_two_of_an_sla_manager,
    what_is_submitted_has_an_outcome,
    what_an_escalation_does_is_a_programs_own_to_say,
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

fn the_seven_methods_of_a_task_manager_and_the_two_of_an_sla_manager(on: Edition) {
    run(async {
        let scratch = Scratch::new();
        let clock = TestClock::default();
        let builder =
            Builder::new(config(&scratch, on, &format!("{PEOPLE}tasks: {{ assignment_strategy: manual }}")));
        let client = builder.roles(Role::ALL).clock(clock.clone()).start().await.unwrap();
        let tasks = client.tasks();
        let terms = Terms { sla_hours: Hours::new(4.0), ..Terms::default() };
        let new = NewTask { priority: Priority::High, terms, ..NewTask::review("Is this right?") };
        let id = tasks.create_task(new).await.unwrap();
        let task = tasks.get_task(id).await.unwrap().unwrap();
        assert_eq!((task.state.status, task.state.priority), (Status::Pending, Priority::High));
        assert_eq!(task.data.created_by.to_string(), "agent:client");

        // Whom the directory does not let give tasks away is refused, by name and code.
        let refused = tasks.assign_task(id, &person("bob")).await.unwrap_err();
        assert_eq!(refused.code(), Code::CommandForbidden);
        let lead = client.tasks().acting_as(Principal::user(person("eve")));
        let assignment = lead.assign_task(id, &person("bob")).await.unwrap();
        assert_eq!((assignment.assignee_id, assignment.assigned_by.id), (person("bob"), person("eve")));
        assert_eq!(tasks.get_user_tasks(&person("bob"), None).await.unwrap().len(), 1);
        assert!(tasks.get_user_tasks(&person("bob"), Some(Status::Completed)).await.unwrap().is_empty());
        assert!(tasks.get_user_tasks(&person("ada"), None).await.unwrap().is_empty());

        lead.escalate_task(id, "It burns.").await.unwrap();
        assert_eq!(tasks.get_task(id).await.unwrap().unwrap().state.escalation_level, 1);
        assert!(tasks.get_overdue_tasks().await.unwrap().is_empty());
        let status = client.sla().get_sla_status(id).await.unwrap();
        assert_eq!(
            (status.state, status.due_at),
            (SlaState::Running, Some(task.data.created_at.plus(HOUR * 4)))
        );
        clock.advance(HOUR * 5);
        assert_eq!(client.sla().check_sla_breaches().await.unwrap(), [id]);
        assert_eq!(tasks.get_overdue_tasks().await.unwrap()[0].id, id);

        // Whoever completes a task that nobody has takes it first.
        let other = tasks.create_task(NewTask::review("And this?")).await.unwrap();
        let result = TaskResult {
            result_data: serde_json::from_value(json!({"refund": 12})).unwrap(),
            quality_score: Some(0.9),
            ..TaskResult::of(Decision::Rejected, person("ada"))
        };
        tasks.complete_task(other, result).await.unwrap();
        let done = tasks.get_task(other).await.unwrap().unwrap();
        let work = done.state.completion.unwrap();
        assert_eq!((done.state.status, work.completed_by.id), (Status::Completed, person("ada")));
        assert_eq!((work.result_data["refund"].as_u64(), work.quality_score), (Some(12), Some(0.9)));
        let stranger = TaskResult::of(Decision::Approved, person("mallory"));
        assert_eq!(tasks.complete_task(id, stranger).await.unwrap_err().code(), Code::CommandForbidden);
        let nobodys = TaskId::from_uuid(uuid::Uuid::from_u128(7));
        assert!(tasks.get_task(nobodys).await.unwrap().is_none());
        assert_eq!(client.sla().get_sla_status(nobodys).await.unwrap_err().code(), Code::TaskUnknown);
        client.close().await.unwrap();
    });
}

fn decode(logged: &LoggedEvent) -> Event {
    Event::decode(logged.event.envelope.subject, &logged.event.data, &Limits::default()).unwrap()
}

/// Who has a task first is asked first, and then whoever leads; from the second level on the policy knows best.
struct ToTheLead;

impl EscalationStrategy for ToTheLead {
    fn name(&self) -> &'static str {
        "to the lead"
    }

    fn step(&self, rise: &Rise<'_>) -> Option<EscalationStep> {
        let users = rise.task.assignee().cloned().into_iter().chain([person("eve")]).collect();
        let targets = Targets { users, ..Targets::default() };
        let step = EscalationStep {
            actions: vec![EscalationAction::Reassign],
            targets,
            ..EscalationStep::default()
        };
        (rise.level == 1).then_some(step)
    }
}

fn what_an_escalation_does_is_a_programs_own_to_say(on: Edition) {
    run(async {
        let scratch = Scratch::new();
        let clock = TestClock::default();
        let builder = Builder::new(config(&scratch, on, PEOPLE)).escalation(ToTheLead);
        let client = builder.roles(Role::ALL).clock(clock.clone()).start().await.unwrap();
        let lead = client.tasks().acting_as(Principal::user(person("eve")));
        let (by_hand, by_deadline) = (
            lead.create_task(NewTask::review("By hand")).await.unwrap(),
            lead.create_task(NewTask::review("By deadline")).await.unwrap(),
        );
        lead.escalate_task(by_hand, "It burns.").await.unwrap();
        // The default policy has its levels after 24 and 48 hours.
        clock.advance(HOUR * 25);
        let raised = async |id, level| {
            while lead.get_task(id).await.unwrap().unwrap().state.escalation_level < level {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            lead.get_task(id).await.unwrap().unwrap()
        };
        for id in [by_hand, by_deadline] {
            let task = raised(id, 1).await;
            // Time has passed in the hands of whoever had it: the strategy may ask, but they do not get it again.
            assert_eq!((task.assignee(), task.state.priority), (Some(&person("eve")), Priority::Normal));
        }
        clock.advance(HOUR * 24);
        let task = raised(by_deadline, 2).await;
        assert_eq!((task.assignee(), task.state.priority), (Some(&person("eve")), Priority::High));
        let told = client.events(&Position::start(), &[Subject::TaskEscalated], 100).await.unwrap();
        let told = told.iter().map(|logged| {
            let Event::TaskEscalated(event) = decode(logged) else { panic!("{logged:?}") };
            event
        });
        let told = told.filter(|event| event.task_id == by_deadline);
        let said: Vec<_> = told.map(|event| (event.detail.level, event.detail.strategy)).collect();
        assert_eq!(said, [(1, Some("to the lead".to_owned())), (2, None)], "it is told who said so");
        client.close().await.unwrap();
    });
}

fn what_is_submitted_has_an_outcome(on: Edition) {
    run(async {
        let scratch = Scratch::new();
        let config = config(&scratch, on, PEOPLE);
        let client = Builder::new(config)
            .roles(Role::ALL)
            .routing(Everything(RoutingDecision::Human))
            .start()
            .await
            .unwrap();
        let key = client.submit(content("1", "What is this?")).await.unwrap().key;
        let id = TaskId::of_content(&key);
        let waited = tokio::time::timeout(HOUR, client.outcome(&key));
        let decided = async {
            while client.task(id).await.unwrap().is_none() {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            let assignee = client.task(id).await.unwrap().unwrap().assignee().cloned().unwrap();
            client.tasks().complete_task(id, TaskResult::of(Decision::Approved, assignee)).await.unwrap();
        };
        let (end, ()) = tokio::join!(waited, decided);
        assert_eq!(end.unwrap().unwrap().outcome, Outcome::Approved);
        client.close().await.unwrap();
    });
}

/// A language model of one's own: it says of everything that it is fine, and counts how often it was asked.
#[derive(Clone, Default)]
struct Yes(Arc<AtomicUsize>);

#[async_trait]
impl LlmProvider for Yes {
    async fn generate(&self, request: LlmRequest) -> Result<LlmResponse, LlmError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        let content = json!({
            "summary": "All is well.", "sentiment": "positive", "complexity": 0.1, "confidence": 0.9,
            "proposed_decision": "auto", "flags": [], "language": "en",
        });
        Ok(LlmResponse {
            content: content.to_string(),
            usage: tracerail_schemas::analysis::Usage::default(),
            model: request.model,
            provider: "yes".to_owned(),
            metadata: Metadata::new(),
        })
    }

    async fn health_check(&self) -> Result<(), LlmError> {
        Ok(())
    }

    fn supported_models(&self) -> Vec<String> {
        vec!["yes-1".to_owned()]
    }

    fn name(&self) -> &'static str {
        "yes"
    }
}

/// A routing engine of one's own: always the same.
struct Everything(RoutingDecision);

#[async_trait]
impl RoutingEngine for Everything {
    async fn route(&self, _: &RoutingContext) -> Result<RoutingResult, RoutingError> {
        Ok(RoutingResult {
            decision: self.0,
            confidence: 1.0,
            reason: "Always.".to_owned(),
            matched_rule: None,
            engine: "everything".to_owned(),
            engine_version: "1".to_owned(),
            suggested_assignee: None,
            candidate_groups: Vec::new(),
            skills_required: Vec::new(),
            priority: None,
            sla_hours: None,
            review_required: false,
            escalation_policy: None,
            metadata: Metadata::new(),
        })
    }

    async fn explain(&self, _: &RoutingContext) -> Result<serde_json::Value, RoutingError> {
        Ok(json!({"always": self.0}))
    }
}

/// A strategy of one's own: the last of the group.
struct Last;

impl AssignmentStrategy for Last {
    fn name(&self) -> &'static str {
        "last"
    }

    fn choose(&self, choice: &Choice<'_>) -> Option<usize> {
        choice.candidates.len().checked_sub(1)
    }
}

#[test]
fn parts_of_ones_own_take_the_place_of_those_that_are_built_in() {
    run(async {
        let (scratch, model) = (Scratch::new(), Yes::default());
        let config = config(&scratch, Edition::Embedded, PEOPLE);
        let builder = Client::builder(config).llm(model.clone()).routing(Everything(RoutingDecision::Human));
        let client = builder.assignment(Last).start().await.unwrap();
        assert_eq!((client.llm().name(), client.model()), ("yes", "yes-1"));
        let key = client.submit(content("1", "What is this?")).await.unwrap().key;
        let task = loop {
            if let Some(task) = client.task(TaskId::of_content(&key)).await.unwrap() {
                break task;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        };
        assert_eq!(task.data.summary.as_deref(), Some("All is well."));
        let assignment = task.state.assignment.unwrap();
        assert_eq!(
            (assignment.assignee_id, assignment.assignment_reason.as_str()),
            (person("bob"), "last in desk")
        );
        assert_eq!(model.0.load(Ordering::SeqCst), 1);
        let context: RoutingContext = serde_json::from_value(json!({"content": "What is this?"})).unwrap();
        assert_eq!(client.routing().explain(&context).await.unwrap(), json!({"always": "human"}));
        client.close().await.unwrap();
    });
}

#[test]
fn what_would_become_of_content_is_said_and_nothing_is_kept() {
    run(async {
        let scratch = Scratch::new();
        let client = Builder::new(config(&scratch, Edition::Embedded, "")).start().await.unwrap();
        let processed = client.process_content("I will sue you.", Metadata::new()).await.unwrap();
        assert!(
            processed.requires_human && processed.routing.decision == RoutingDecision::Human,
            "{processed:?}"
        );
        assert!(processed.llm_response.analysis().is_some_and(|analysis| !analysis.flags.is_empty()));
        assert_eq!(client.totals().await.unwrap().contents, 0);
        assert_eq!(
            client.process_content(" ", Metadata::new()).await.unwrap_err().code(),
            Code::ContentInvalid
        );
        // Without a model, the word lists answer.
        let message =
            Message { role: tracerail_schemas::llm::Role::User, content: "I will sue you.".to_owned() };
        let request = LlmRequest {
            messages: vec![message],
            model: client.model().to_owned(),
            max_tokens: None,
            temperature: None,
            json_object: true,
            metadata: Metadata::new(),
        };
        let response = client.llm().generate(request).await.unwrap();
        assert!(response.content.contains("\"code\":\"legal\""), "{}", response.content);
        client.llm().health_check().await.unwrap();
        client.close().await.unwrap();
    });
}

#[test]
fn a_file_that_is_wrong_is_an_error_with_its_place() {
    let scratch = Scratch::new();
    let file = scratch.write("wrong.yaml", "tasks: { default_sla_hour: 4 }\n");
    let error = run(TraceRail::from_file(&file)).unwrap_err();
    assert!(error.code() == Code::ConfigInvalid && error.to_string().contains("wrong.yaml:1"), "{error}");
}

#[test]
fn the_example_does_what_it_says() {
    let scratch = Scratch::new();
    let program = example("simple");
    let said = Command::new(&program)
        .arg("I will sue you.")
        .current_dir(scratch.path())
        .env_clear()
        .output()
        .unwrap();
    let (told, wrong) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    assert!(said.status.success(), "{told}{wrong}");
    assert!(told.starts_with("human: ") && told.contains("Task created: "), "{told}");
    assert!(told.ends_with("Task completed: version 3\n"), "{told}");
}

/// The program of an example, built as it stands.
fn example(name: &str) -> PathBuf {
    // With the features the tests have, so that nothing is compiled twice.
    let args = ["build", "--quiet", "--package", "tracerail", "--all-features", "--example", name];
    let built = Command::new(env!("CARGO")).args(args).status().unwrap();
    assert!(built.success());
    let tests = std::env::current_exe().unwrap();
    tests.parent().unwrap().parent().unwrap().join("examples").join(name)
}
