//! Several people work the same tasks at the same moment, through several doors: what each is told can have happened one after
//! the other, task by task.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use tracerail::TraceRail;
use tracerail_schemas::task::{Command, CommandOutcome, Decision, NewTask, Priority, Terms, Verb};
use tracerail_schemas::{CommandId, PersonId, TaskId, TenantId};
use tracerail_testkit::{Call, judge_order};
use uuid::Uuid;

use crate::stage::{Stage, complete, person};

/// Who works. The last one leads.
const PEOPLE: [&str; 3] = ["ada", "bob", "eve"];

/// What each of them asks of one task.
const ASKED_EACH: usize = 4;

/// Tasks that are worked at the same moment.
const AT_ONCE: usize = 32;

/// A command that fails on its way is repeated this often, each time after a pause.
const TRIES: usize = 600;

/// Histories of `tasks` tasks, each worked by everybody at once through doors taken at random. Every command has its answer.
pub(crate) async fn histories(doors: &[&TraceRail], tasks: u64, seed: u64) -> Vec<Call> {
    let clock = AtomicU64::new(1);
    let all = futures_util::stream::iter(0..tasks)
        .map(|task| history(doors, &clock, fastrand::Rng::with_seed(seed ^ (task << 20))))
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<_>>()
        .await;
    all.into_iter().flatten().collect()
}

async fn history(doors: &[&TraceRail], clock: &AtomicU64, mut random: fastrand::Rng) -> Vec<Call> {
    let task_id = TaskId::from_uuid(Uuid::from_u128(random.u128(..)));
    let task = NewTask {
        tenant: TenantId::default(),
        content: "Is this in order?".to_owned(),
        task_type: "content_review".to_owned(),
        priority: Priority::Normal,
        metadata: serde_json::Map::new(),
        terms: Terms::default(),
        suggested_assignee: None,
    };
    let create = command(task_id, "eve", None, Verb::Create(Box::new(task)), &mut random);
    let made = ask(doors, clock, create, &mut random).await;
    assert!(matches!(made.outcome, CommandOutcome::Done { version: 1, .. }), "{made:?}");
    let work = PEOPLE.map(|who| {
        let mut random = random.fork();
        async move {
            let mut calls = Vec::new();
            let mut seen = 1;
            for _ in 0..ASKED_EACH {
                let expected = random.bool().then_some(seen);
                let verb = verb(&mut random);
                let call =
                    ask(doors, clock, command(task_id, who, expected, verb, &mut random), &mut random).await;
                seen = match &call.outcome {
                    CommandOutcome::Done { version, .. } => *version,
                    CommandOutcome::Refused(refusal) => refusal.version.unwrap_or(seen),
                };
                calls.push(call);
            }
            calls
        }
    });
    join_all(work).await.into_iter().flatten().collect()
}

fn command(
    task_id: TaskId,
    who: &str,
    expected_version: Option<u64>,
    verb: Verb,
    random: &mut fastrand::Rng,
) -> Command {
    let id = CommandId::from_uuid(Uuid::from_u128(random.u128(1..)));
    Command { id, task_id, by: person(who), expected_version, verb, traceparent: None }
}

fn verb(random: &mut fastrand::Rng) -> Verb {
    let to = || PersonId::new("bob").unwrap();
    match random.u8(0..12) {
        0..=3 => Verb::Claim,
        4 | 5 => Verb::Start,
        6 => complete(Decision::Approved),
        7 => Verb::Release,
        8 => Verb::Assign { to: to() },
        9 => Verb::Suspend { until: None, reason: "a pause".to_owned() },
        10 => Verb::Resume,
        _ => Verb::Comment { text: "looked at it".to_owned() },
    }
}

/// Asks until there is an answer; now and then once more, which brings the same one.
async fn ask(doors: &[&TraceRail], clock: &AtomicU64, command: Command, random: &mut fastrand::Rng) -> Call {
    let asked = clock.fetch_add(1, Ordering::SeqCst);
    let mut door = || doors[random.usize(..doors.len())];
    let mut answer = door().command(command.clone()).await;
    for _ in 0..TRIES {
        if answer.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        answer = door().command(command.clone()).await;
    }
    let outcome = answer.unwrap_or_else(|error| panic!("no answer to {command:?}: {error}")).outcome;
    let answered = clock.fetch_add(1, Ordering::SeqCst);
    if random.u8(0..8) == 0 {
        let again = doors[random.usize(..doors.len())].command(command.clone()).await;
        // A repetition that fails on its way tells nothing.
        if let Ok(again) = again {
            assert_eq!(again.outcome, outcome, "the same command again gets the first answer: {command:?}");
        }
    }
    Call { command, asked, answered, outcome }
}

/// Asserts that they can have happened one after the other, and that they were worth the trouble.
pub(crate) fn assert_one_after_the_other(calls: &[Call]) {
    assert_eq!(judge_order(calls), Vec::<String>::new());
    let done = calls.iter().filter(|call| matches!(call.outcome, CommandOutcome::Done { .. })).count();
    let refused = calls.len() - done;
    assert!(done * 10 > calls.len() && refused * 10 > calls.len(), "{done} done, {refused} refused");
}

#[test]
fn a_thousand_tasks_worked_by_everybody_at_once_in_one_process() {
    let stage = Stage::set();
    let calls = stage.block_on(histories(&[stage.rail()], 1_000, 7));
    assert_one_after_the_other(&calls);
}
