//! A thousand deadlines within one second, while one of the two processes that look for them is killed: each fires once, and none before
//! its time.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use tracerail::app::{App, Opening};
use tracerail::bench::{Spread, task};
use tracerail::config::{Config, Edition, LoadOptions};
use tracerail_actors::port::{Clock as _, Position, SystemClock};
use tracerail_schemas::codec::Limits;
use tracerail_schemas::task::CommandOutcome;
use tracerail_schemas::time::Hours;
use tracerail_schemas::{Event, EventId, PersonId, Subject, TaskId, Timestamp};
use tracerail_testkit::{Scratch, wait_until};

use crate::pair::{self, on_both_editions};

const DEADLINES: u32 = 1_000;

/// What has not fired by then does not fire.
const FAR_TOO_LONG: Duration = Duration::from_mins(2);

/// Until the first of them: time to make the tasks.
const LEAD: Duration = Duration::from_secs(15);

const CONFIG: &str =
    "tasks: { assignment_strategy: manual }\nstore: { path: story.db }\nlog: { level: warn }\n";

on_both_editions! {
    a_thousand_deadlines_fire_once_each_and_none_early_through_a_kill,
}

#[expect(clippy::print_stderr, reason = "figures for whoever looks")]
fn a_thousand_deadlines_fire_once_each_and_none_early_through_a_kill(on: Edition) {
    let scratch = Scratch::new();
    scratch.write("tracerail.yaml", format!("{CONFIG}{}", pair::configuration(on)));
    let program = crate::program(&scratch);
    let sweepers = ["one.log", "two.log"].map(|log| program.spawn(log, ["run"]));
    for log in ["one.log", "two.log"] {
        wait_until("the actors are ready", Duration::from_mins(1), || {
            let text = std::fs::read_to_string(scratch.join(log)).unwrap_or_default();
            if text.contains("ready") { Ok(()) } else { Err(text) }
        });
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let app = runtime.block_on(opened(&scratch));
    let first = SystemClock.now().plus(LEAD);
    let made = runtime.block_on(made(&app, first));
    assert!(SystemClock.now() < first, "the tasks were made before the first deadline");
    let [killed, other] = sweepers;
    let mut reader = Reader::new(&app);
    runtime.block_on(reader.read_until(DEADLINES / 4));
    killed.kill();
    runtime.block_on(reader.read_until(DEADLINES));
    assert_eq!(other.terminate(), Some(0));
    runtime.block_on(async { while reader.read_page().await {} });
    let fired = reader.fired;
    runtime.block_on(app.close()).unwrap();

    let late: Vec<_> = fired.iter().map(|(_, due_at, seen_at)| seen_at.since(*due_at)).collect();
    eprintln!("{on:?}: late, until a reader of the log had it: {:?}", Spread::of(late));
    let tasks: BTreeSet<_> = fired.iter().map(|(task, ..)| *task).collect();
    assert_eq!((fired.len(), tasks), (made.len(), made), "each once");
}

async fn opened(scratch: &Scratch) -> App {
    let options = LoadOptions::from_process().with_file(Some(scratch.join("tracerail.yaml")));
    let config = Config::load(options).unwrap();
    let clock = Arc::new(SystemClock);
    let opening = Opening { config, roles: BTreeSet::new(), clock, read_only: false, patience: None };
    App::open(opening).await.unwrap()
}

/// Tasks whose deadlines spread over one second from `first` on.
async fn made(app: &App, first: Timestamp) -> BTreeSet<TaskId> {
    let by = PersonId::new("eve").unwrap();
    futures_util::stream::iter(0..DEADLINES)
        .map(|n| {
            let due_at = first.plus(Duration::from_secs(1) * n / DEADLINES);
            let left = due_at.since(SystemClock.now()).as_secs_f64() / 3600.0;
            let command = task(by.clone(), n as usize, Hours::new(left).unwrap());
            async move {
                let answer = app.rail.command(command).await?;
                assert!(matches!(answer.outcome, CommandOutcome::Done { .. }), "{answer:?}");
                Ok::<_, tracerail::Error>(answer.task_id)
            }
        })
        .buffer_unordered(64)
        .try_collect()
        .await
        .unwrap()
}

/// Whoever reads the breaches as they are told.
struct Reader<'a> {
    app: &'a App,
    after: Position,
    /// A log may hold an event twice, after a crash: under one id it is one.
    met: BTreeSet<EventId>,
    /// Those of level 1: when each was due, and when it was read.
    fired: Vec<(TaskId, Timestamp, Timestamp)>,
}

impl<'a> Reader<'a> {
    fn new(app: &'a App) -> Self {
        Self { app, after: Position::start(), met: BTreeSet::new(), fired: Vec::new() }
    }

    async fn read_until(&mut self, fired: u32) {
        let reading = async {
            while self.fired.len() < fired as usize {
                if !self.read_page().await {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
        };
        tokio::time::timeout(FAR_TOO_LONG, reading).await.unwrap();
    }

    /// Whether there was anything to read.
    async fn read_page(&mut self) -> bool {
        let page = self.app.rail.events(&self.after, &[Subject::SlaBreached], 1_000).await.unwrap();
        let seen_at = SystemClock.now();
        for logged in &page {
            let told = Event::decode(Subject::SlaBreached, &logged.event.data, &Limits::default()).unwrap();
            let Event::SlaBreached(told) = told else { panic!("{told:?}") };
            let envelope = &logged.event.envelope;
            assert!(envelope.time >= told.detail.due_at, "not before its time: {told:?}");
            if self.met.insert(envelope.id) && told.detail.level == 1 {
                self.fired.push((told.task_id, told.detail.due_at, seen_at));
            }
            self.after = logged.position.clone();
        }
        !page.is_empty()
    }
}
