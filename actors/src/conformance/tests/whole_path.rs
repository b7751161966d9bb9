//! The five actors on the fake, whose store and log are two things: a crash or a failure at any single moment of the whole path
//! (`take_effect` and `relay` as they are) ends in the same state, and acknowledging before the commit does not.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix::Actor;
use async_trait::async_trait;
use tracerail_schemas::analysis::{Analysis, AnalystKind};
use tracerail_schemas::content::{ContentBody, ContentRecord, Metadata};
use tracerail_schemas::routing::{RoutingContext, RoutingDecision, RoutingResult};
use tracerail_schemas::task::{Command, Decision, Task, Verb};
use tracerail_schemas::{ContentKey, EventId, Principal, Subject, TaskId, TenantId};

use crate::conformance::memory::{Defect, Fault, FaultPlan, MemoryBackend};
use crate::conformance::sample::{HOUR, analysis, command, person, route, submitted};
use crate::conformance::{Instance, TestClock};
use crate::deliver::{Deliver, HandlerError};
use crate::escalation::EscalationActor;
use crate::llm::LlmActor;
use crate::port::{
    Analyst, AnalystAnswer, AnalystError, Assigner, Clock as _, Consumer, Delivery, HandedOn, Nak, Ports,
    RoutingEngine, RoutingError, StaticDirectory,
};
use crate::relay::relay;
use crate::router::RouterActor;
use crate::settings::Settings;
use crate::sla::{SlaActor, Sweep};
use crate::task::Manual;
use crate::task::{Chooser, GiveCommand, TaskActor};

/// The items are named by the decision their route has.
const ITEMS: [RoutingDecision; 4] =
    [RoutingDecision::Auto, RoutingDecision::Reject, RoutingDecision::Human, RoutingDecision::Escalate];

/// More restarts than one fault can make.
const RESTARTS_MAX: usize = 5;

/// What a user can see in the end.
#[derive(PartialEq, Debug)]
struct End {
    told: Vec<EventId>,
    records: Vec<Option<ContentRecord>>,
    tasks: BTreeMap<TaskId, Task>,
    lag: u64,
    unsent: usize,
}

struct Oracle;

#[async_trait]
impl Analyst for Oracle {
    async fn analyze(&self, _: &ContentKey, _: &ContentBody) -> Result<AnalystAnswer, AnalystError> {
        let said: Option<Analysis> = analysis().analysis().cloned();
        Ok(AnalystAnswer { analysis: said.unwrap(), model: "oracle".to_owned(), usage: None })
    }

    fn kind(&self) -> AnalystKind {
        AnalystKind::Lexical
    }

    fn provider(&self) -> &'static str {
        "oracle"
    }

    fn model(&self) -> &'static str {
        "oracle"
    }

    fn prompt_version(&self) -> &'static str {
        "1"
    }
}

#[async_trait]
impl RoutingEngine for Oracle {
    async fn route(&self, context: &RoutingContext) -> Result<RoutingResult, RoutingError> {
        let decision = ITEMS.into_iter().find(|decision| decision.as_str() == context.source);
        Ok(route(decision.unwrap()).engine)
    }

    async fn explain(&self, _: &RoutingContext) -> Result<serde_json::Value, RoutingError> {
        Ok(serde_json::Value::Null)
    }
}

/// One story: the place, and the instance that runs there now.
struct Story {
    backend: MemoryBackend,
    clock: TestClock,
    ports: Ports,
    settings: Rc<Settings>,
}

impl Story {
    fn new(defect: Option<Defect>) -> Self {
        let clock = TestClock::default();
        let backend = MemoryBackend::with_defect(Arc::new(clock.clone()), defect);
        let ports = ports(backend.open(), &clock);
        let mut settings = Settings::default();
        settings.tasks.assignment = Assigner::of(Manual);
        Self { backend, clock, ports, settings: Rc::new(settings) }
    }

    /// Does a step, on a new instance whenever the one before has died, until it succeeds.
    async fn step(&mut self, step: impl AsyncFn(&Self) -> Result<(), HandlerError>) {
        for _ in 0..RESTARTS_MAX {
            if step(self).await.is_ok() {
                return;
            }
            if self.ports.log.head().await.is_err() {
                self.ports = ports(self.backend.open(), &self.clock);
            }
        }
        panic!("one fault cannot do this much");
    }

    /// What the pumps do until nothing is left: relay, pull, hand over, give back what failed.
    async fn pump(&self) -> Result<(), HandlerError> {
        relay(&self.ports, Subject::ALL, std::time::Duration::ZERO).await?;
        let mut moved = true;
        while std::mem::take(&mut moved) {
            for consumer in Consumer::ALL {
                for delivery in self.ports.log.pull(consumer, 1, Duration::ZERO).await? {
                    moved = true;
                    let receipt = delivery.receipt;
                    if let Err(error) = self.deliver(consumer, delivery).await {
                        let back = Nak { after: Duration::ZERO, failure: None };
                        // A dead instance gives nothing back; its deliveries come again by themselves.
                        drop(self.ports.log.nak(receipt, back).await);
                        return Err(error);
                    }
                }
            }
        }
        Ok(())
    }

    async fn deliver(&self, consumer: Consumer, delivery: Delivery) -> Result<(), HandlerError> {
        let (ports, settings) = (self.ports.clone(), Rc::clone(&self.settings));
        let message = Deliver { delivery, last_resort: false };
        let answered = match consumer {
            Consumer::Llm => LlmActor { ports, settings }.start().send(message).await,
            Consumer::Router => RouterActor { ports, settings }.start().send(message).await,
            Consumer::Task | Consumer::Command => self.task_actor().start().send(message).await,
            Consumer::Escalation => EscalationActor { ports, settings }.start().send(message).await,
        };
        answered.unwrap()
    }

    fn task_actor(&self) -> TaskActor {
        TaskActor { ports: self.ports.clone(), settings: Rc::clone(&self.settings), chooser: self.chooser() }
    }

    fn chooser(&self) -> Chooser {
        Chooser { ports: self.ports.clone(), settings: Rc::clone(&self.settings), cursors: Rc::default() }
    }

    async fn command(&self, number: u128, verb: Verb) -> Result<(), HandlerError> {
        let task_id = TaskId::of_content(&item(RoutingDecision::Escalate));
        let by = Principal::user(person("ada"));
        let command =
            Command { id: command(number), task_id, by, expected_version: None, verb, traceparent: None };
        self.task_actor().start().send(GiveCommand(command)).await.unwrap().map(drop)
    }

    async fn sweep(&self) -> Result<(), HandlerError> {
        SlaActor { ports: self.ports.clone(), meters: Arc::default(), chooser: self.chooser() }
            .start()
            .send(Sweep)
            .await
            .unwrap()
            .map(drop)
    }

    async fn end(&self) -> End {
        let Ports { log, store, .. } = &self.ports;
        let mut end = End { told: vec![], records: vec![], tasks: BTreeMap::new(), lag: 0, unsent: 0 };
        end.told = log
            .read(&crate::port::Position::start(), &[], 1_000)
            .await
            .unwrap()
            .into_iter()
            .map(|it| it.event.envelope.id)
            .collect();
        end.told.sort_unstable();
        for decision in ITEMS {
            let key = item(decision);
            // The trail is in the order in which things happened, and that a crash may change.
            let record = store.content(&key).await.unwrap().map(|mut record| {
                record.trail.sort_unstable();
                record
            });
            end.records.push(record);
            let task = store.task(TaskId::of_content(&key)).await.unwrap();
            end.tasks.extend(task.map(|task| (task.id, task)));
        }
        for consumer in Consumer::ALL {
            end.lag += log.lag(consumer).await.unwrap();
        }
        end.unsent = store.unsent(std::time::Duration::ZERO, 1_000).await.unwrap().len();
        end
    }
}

pub(crate) fn ports(instance: Instance, clock: &TestClock) -> Ports {
    Ports {
        log: instance.log,
        store: instance.store,
        analyst: Arc::new(Oracle),
        routing: Arc::new(Oracle),
        directory: Arc::new(StaticDirectory::default()),
        clock: Arc::new(clock.clone()),
        commands: None,
        tracing: Arc::new(HandedOn),
    }
}

fn item(decision: RoutingDecision) -> ContentKey {
    ContentKey::new(TenantId::default(), decision.as_str(), "item").unwrap()
}

/// The end of the story in which `plan` goes wrong, and how many moments it has.
async fn told(plan: Option<FaultPlan>, defect: Option<Defect>) -> (End, usize) {
    let mut story = Story::new(defect);
    let sent = ITEMS.map(|decision| submitted(&item(decision), story.clock.now())).to_vec();
    story.ports.log.publish(sent).await.unwrap();
    let before = story.backend.moments().len();
    if let Some(plan) = plan {
        story.backend.plan(plan);
    }
    story.step(Story::pump).await;
    story.step(async |story| story.command(1, Verb::Claim).await).await;
    let decision = Verb::Complete {
        decision: Decision::Approved,
        result: Metadata::new(),
        comments: None,
        quality_score: None,
        shown: None,
    };
    story.step(async |story| story.command(2, decision.clone()).await).await;
    story.step(Story::pump).await;
    story.clock.advance(HOUR * 25);
    story.step(Story::sweep).await;
    story.step(Story::pump).await;
    (story.end().await, story.backend.moments().len() - before)
}

fn run(test: impl Future<Output = ()>) {
    actix::System::new().block_on(test);
}

#[test]
fn a_fault_at_any_moment_of_the_whole_path_ends_in_the_same_state() {
    run(async {
        let (sound, moments) = told(None, None).await;
        assert_eq!((sound.lag, sound.unsent, sound.tasks.len()), (0, 0, 2));
        let ended = sound.records.iter().flatten().filter(|record| record.terminal.is_some()).count();
        assert_eq!(ended, 3, "by rule, by rule and by a person; the last waits, breached and raised");
        assert!(moments > 100, "{moments} moments of commit, publish, sent and ack");
        for fault in [Fault::Crash, Fault::Fail] {
            for n in 0..moments {
                let (end, _) = told(Some(FaultPlan::nth(n, fault)), None).await;
                assert_eq!(end, sound, "a {fault:?} at moment {n} of {moments} changes what users see");
            }
        }
    });
}

#[test]
fn acknowledging_before_the_commit_loses_items() {
    run(async {
        let acks_first = Some(Defect::AcksOnPull);
        let (sound, moments) = told(None, acks_first).await;
        let mut losses = 0;
        for n in 0..moments {
            let (end, _) = told(Some(FaultPlan::nth(n, Fault::Crash)), acks_first).await;
            losses += usize::from(end != sound && end.lag == 0);
        }
        assert!(
            losses >= ITEMS.len(),
            "a crash before a commit loses what was acknowledged: {losses} of {moments}"
        );
    });
}
