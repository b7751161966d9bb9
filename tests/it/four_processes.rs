//! Sixteen threads in four processes work the same tasks at the same moment: what all of them are told can have happened one after the
//! other, task by task.

use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tracerail::TraceRail;
use tracerail::config::Edition;
use tracerail_actors::port::{Clock as _, SystemClock};
use tracerail_schemas::task::{Command, CommandOutcome, Decision, NewTask, Verb};
use tracerail_schemas::{CommandId, PersonId, TaskId};
use tracerail_testkit::{Call, Scratch, judge_order};
use uuid::Uuid;

use crate::linearizable::assert_one_after_the_other;
use crate::pair::{self, on_both_editions};
use crate::stage::{complete, person};

/// Where a process that was started for it finds what it is to do.
const ORDER: &str = "TRACERAIL_TEST_ORDER";

const PROCESSES: u64 = 4;
const THREADS: u64 = 4;
const PEOPLE: [&str; 3] = ["ada", "bob", "eve"];
const CONFIG: &str = "
groups: { desk: { members: [ada, bob], leads: [eve] } }
tasks: { assignment_strategy: manual }
routing: { candidate_groups: [desk] }
store: { path: story.db }
log: { level: error }
";

/// How long a command may wait for its answer, and everything for its end.
const PATIENCE: Duration = Duration::from_mins(3);

on_both_editions! {
    what_sixteen_threads_in_four_processes_are_told_can_have_happened_one_after_the_other,
}

/// What one process does.
#[derive(Serialize, Deserialize)]
struct Order {
    config: PathBuf,
    tasks: Vec<TaskId>,
    seed: u64,
    asked_each: usize,
}

/// What was asked and answered; the times are those of the machine, in microseconds.
#[derive(Serialize, Deserialize)]
struct Told {
    command: Command,
    asked: u64,
    answered: u64,
    outcome: CommandOutcome,
}

fn what_sixteen_threads_in_four_processes_are_told_can_have_happened_one_after_the_other(on: Edition) {
    let scratch = Scratch::new();
    scratch.write("tracerail.yaml", format!("{CONFIG}{}", pair::configuration(on)));
    let config = scratch.join("tracerail.yaml");
    let program = crate::program(&scratch);
    // On servers commands go to the processes that have the task actor; on a file each process has its own.
    let actors: Vec<_> = match on {
        Edition::Embedded => Vec::new(),
        Edition::Distributed => (0..PROCESSES)
            .map(|n| program.spawn(&format!("task-{n}.log"), ["run", "--actors", "task"]))
            .collect(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let tasks = runtime.block_on(made(&config, 120));
    let workers: Vec<_> = (0..PROCESSES)
        .map(|n| {
            let order = Order { config: config.clone(), tasks: tasks.clone(), seed: 100 * n, asked_each: 2 };
            started(&scratch.join(&format!("order-{n}.json")), &order)
        })
        .collect();
    let mut calls = Vec::new();
    for (worker, answers) in workers {
        ended(worker);
        let told: Vec<Told> = serde_json::from_slice(&std::fs::read(answers).unwrap()).unwrap();
        calls.extend(told.into_iter().map(|Told { command, asked, answered, outcome }| Call {
            command,
            asked,
            answered,
            outcome,
        }));
    }
    assert_eq!(calls.len() as u64, PROCESSES * THREADS * 120 * 2);
    assert_one_after_the_other(&calls);
    for actor in actors {
        assert_eq!(actor.terminate(), Some(0));
    }
}

/// Tasks to be worked, in nobody's hands.
async fn made(config: &Path, tasks: usize) -> Vec<TaskId> {
    let client = TraceRail::from_file(config).await.unwrap();
    let mut made = Vec::new();
    for n in 0..tasks {
        let task_id = TaskId::from_uuid(Uuid::from_u128(0x00f0_0000 + n as u128));
        let verb = Verb::Create(Box::new(NewTask::review("Is this in order?")));
        let outcome = asked(&client, command(task_id, "eve", None, verb)).await;
        assert!(matches!(outcome, CommandOutcome::Done { version: 1, .. }), "{outcome:?}");
        made.push(task_id);
    }
    client.close().await.unwrap();
    made
}

/// This program once more, as the test that does what it is ordered.
fn started(at: &Path, order: &Order) -> (Child, PathBuf) {
    std::fs::write(at, serde_json::to_vec(order).unwrap()).unwrap();
    let child = Process::new(std::env::current_exe().unwrap())
        .args(["--exact", "four_processes::one_process_with_four_threads", "--nocapture"])
        .env(ORDER, at)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    (child, at.with_extension("answers"))
}

fn ended(mut worker: Child) {
    let began = Instant::now();
    let status = tracerail_testkit::wait_until("the worker ends", PATIENCE, || {
        worker.try_wait().unwrap().ok_or_else(|| format!("after {:?}", began.elapsed()))
    });
    assert!(status.success(), "{status}");
}

/// One of the four, when it was ordered; otherwise alone, on a file of its own, which has to be as right.
#[test]
fn one_process_with_four_threads() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    if let Some(at) = std::env::var_os(ORDER).map(PathBuf::from) {
        let order: Order = serde_json::from_slice(&std::fs::read(&at).unwrap()).unwrap();
        let told = runtime.block_on(worked(&order));
        std::fs::write(at.with_extension("answers"), serde_json::to_vec(&told).unwrap()).unwrap();
        return;
    }
    let scratch = Scratch::new();
    scratch.write("tracerail.yaml", CONFIG);
    let config = scratch.join("tracerail.yaml");
    let told = runtime.block_on(async {
        let tasks = made(&config, 40).await;
        worked(&Order { config, tasks, seed: 5, asked_each: 3 }).await
    });
    let calls: Vec<_> = told
        .into_iter()
        .map(|Told { command, asked, answered, outcome }| Call { command, asked, answered, outcome })
        .collect();
    assert_eq!(judge_order(&calls), Vec::<String>::new());
}

/// Four threads, each of which goes through all tasks.
async fn worked(order: &Order) -> Vec<Told> {
    let client = std::sync::Arc::new(TraceRail::from_file(&order.config).await.unwrap());
    let threads = (0..THREADS).map(|n| {
        let (client, tasks, each) = (client.clone(), order.tasks.clone(), order.asked_each);
        let random = fastrand::Rng::with_seed(order.seed + n);
        tokio::spawn(async move { thread(&client, &tasks, each, random).await })
    });
    let mut told = Vec::new();
    for thread in futures_util::future::join_all(threads).await {
        told.extend(thread.unwrap());
    }
    std::sync::Arc::into_inner(client).unwrap().close().await.unwrap();
    told
}

async fn thread(client: &TraceRail, tasks: &[TaskId], each: usize, mut random: fastrand::Rng) -> Vec<Told> {
    let mut told = Vec::new();
    for task_id in tasks {
        let mut seen = 1;
        for _ in 0..each {
            let who = PEOPLE[random.usize(..PEOPLE.len())];
            let expected = random.bool().then_some(seen);
            let mut given = command(*task_id, who, expected, verb(&mut random));
            given.id = CommandId::from_uuid(Uuid::from_u128(random.u128(1..)));
            let before = now();
            let outcome = asked(client, given.clone()).await;
            seen = match &outcome {
                CommandOutcome::Done { version, .. } => *version,
                CommandOutcome::Refused(refusal) => refusal.version.unwrap_or(seen),
            };
            told.push(Told { command: given, asked: before, answered: now(), outcome });
        }
    }
    told
}

/// The machine's time: one for all processes.
fn now() -> u64 {
    u64::try_from(SystemClock.now().as_micros()).unwrap()
}

async fn asked(client: &TraceRail, command: Command) -> CommandOutcome {
    let began = Instant::now();
    loop {
        match client.command(command.clone()).await {
            Ok(answer) => return answer.outcome,
            // What failed on its way is asked again, under the same id.
            Err(error) if began.elapsed() > PATIENCE => panic!("no answer to {command:?}: {error}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

fn command(task_id: TaskId, who: &str, expected_version: Option<u64>, verb: Verb) -> Command {
    let id = CommandId::from_uuid(task_id.uuid());
    Command { id, task_id, by: person(who), expected_version, verb, traceparent: None }
}

fn verb(random: &mut fastrand::Rng) -> Verb {
    match random.u8(0..12) {
        0..=3 => Verb::Claim,
        4 | 5 => Verb::Start,
        6 => complete(Decision::Approved),
        7 => Verb::Release,
        8 => Verb::Assign { to: PersonId::new("bob").unwrap() },
        9 => Verb::Suspend { until: None, reason: "a pause".to_owned() },
        10 => Verb::Resume,
        _ => Verb::Comment { text: "looked at it".to_owned() },
    }
}
