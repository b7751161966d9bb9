//! Two processes reach for the same task, or are told of the same deadline: one of them acts, and one event tells of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::StreamExt as _;
use tracerail::TraceRail;
use tracerail::app::{App, Opening};
use tracerail::client::new_command_id;
use tracerail::config::{Config, LoadOptions};
use tracerail_actors::port::SystemClock;
use tracerail_schemas::task::{Command, CommandOutcome, Verb};
use tracerail_schemas::{ContentKey, TaskId, TenantId};
use tracerail_testkit::wait_until;

use super::installation::Installation;
use crate::place::{SOON, text};
use crate::stage::person;

/// Tasks that are raced for.
const ROUNDS: usize = 200;

/// Races that are run at the same moment.
const AT_ONCE: usize = 8;

const RULES: &str =
    "{ version: 1, default: { decision: human, reason: Nobody knows it., groups: [desk] }, rules: [] }";

fn config(tasks: &str) -> String {
    format!(
        "groups: {{ desk: {{ members: [ann, bob] }} }}\nrouting: {{ rules_file: rules.yaml }}\n\
         tasks: {{ assignment_strategy: manual, {tasks} }}\nactors: {{ sla_tick: 20ms }}\n"
    )
}

/// Takes all items in, and waits for their tasks.
fn with_tasks(there: &Installation) -> BTreeSet<String> {
    let ids: BTreeSet<_> = (0..ROUNDS).map(|round| format!("item-{round}")).collect();
    let lines: Vec<_> = ids.iter().map(|id| format!(r#"{{"id": "{id}", "content": "Who?"}}"#)).collect();
    there.place.program.run_with_input(["submit", "-", "--no-wait"], lines.join("\n").as_bytes()).ok();
    there.place.rest(ROUNDS as u64);
    ids
}

fn task_of(item: &str) -> TaskId {
    TaskId::of_content(&ContentKey::new(TenantId::default(), "default", item).unwrap())
}

#[test]
fn of_two_who_claim_a_task_by_two_processes_one_has_it_and_one_event_says_so() {
    let there = Installation::new(&config("default_sla_hours: 100"), RULES);
    let others = there.place.start_with("others.log", &["--actors", "llm,router,sla,escalation"]);
    // Each answers what the bus hands it: about every second race is one between the two.
    let answering = ["one.log", "two.log"].map(|log| there.place.start_with(log, &["--actors", "task"]));
    let ids = with_tasks(&there);
    let won = race_for(&there, &ids);
    let events = there.place.events();
    for (id, winner) in &won {
        let task = task_of(id).to_string();
        let about = events.iter().filter(|event| event["data"]["task_id"] == task.as_str());
        let told: Vec<_> = about.filter(|event| text(&event["type"]).contains("task.assigned")).collect();
        assert_eq!(told.len(), 1, "{id}: {told:?}");
        assert_eq!(text(&told[0]["data"]["state"]["assignment"]["assignee_id"]), *winner, "{id}");
    }
    let winners: BTreeSet<_> = won.values().collect();
    assert_eq!((won.len(), winners.len()), (ROUNDS, 2), "each wins now and then");
    there.place.end(&ids);
    for process in answering.into_iter().chain([others]) {
        assert_eq!(process.terminate(), Some(0));
    }
}

/// Ann and Bob claim each task at the same moment; who has it.
fn race_for(there: &Installation, ids: &BTreeSet<String>) -> BTreeMap<String, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let (anns, bobs) = (door(there).await, door(there).await);
        let races = ids.iter().map(|id| {
            let (ann, bob) = (claim(&anns.rail, id, "ann"), claim(&bobs.rail, id, "bob"));
            async move {
                let winner = match tokio::join!(ann, bob) {
                    (true, false) => "ann",
                    (false, true) => "bob",
                    both => panic!("{id}: of ann and bob {both:?} have it"),
                };
                (id.clone(), winner.to_owned())
            }
        });
        let won = futures_util::stream::iter(races).buffer_unordered(AT_ONCE).collect().await;
        anns.close().await.unwrap();
        bobs.close().await.unwrap();
        won
    })
}

/// A TraceRail without actors, as the command line has one.
async fn door(there: &Installation) -> App {
    let file = Some(there.place.scratch.join("tracerail.yaml"));
    let config = Config::load(LoadOptions { file, ..LoadOptions::default() }).unwrap();
    let (roles, clock) = (BTreeSet::new(), Arc::new(SystemClock));
    App::open(Opening { config, roles, clock, read_only: false, patience: None }).await.unwrap()
}

async fn claim(rail: &TraceRail, item: &str, who: &str) -> bool {
    let command = Command {
        id: new_command_id(),
        task_id: task_of(item),
        by: person(who),
        expected_version: None,
        verb: Verb::Claim,
        traceparent: None,
    };
    matches!(rail.command(command).await.unwrap().outcome, CommandOutcome::Done { .. })
}

#[test]
fn a_deadline_that_two_processes_are_told_of_is_escalated_once() {
    // A third of a second each; the next level is a lifetime away.
    let there = Installation::new(&config("default_sla_hours: 0.0001, escalation_hours: 800000"), RULES);
    let url = there.nats.url();
    let told_again = std::thread::spawn(move || tell_again(&url));
    let others = there.place.start_with("others.log", &["--actors", "llm,router,task"]);
    let racing =
        ["one.log", "two.log"].map(|log| there.place.start_with(log, &["--actors", "sla,escalation"]));
    with_tasks(&there);
    wait_until("every deadline has passed and is handled", SOON, || {
        let status = there.place.rest(ROUNDS as u64);
        (status["escalated"] == ROUNDS).then_some(()).ok_or_else(|| status.to_string())
    });
    assert_eq!(told_again.join().unwrap(), ROUNDS, "each deadline was told of again");
    there.place.rest(ROUNDS as u64);
    let events = there.place.events();
    let mut escalated: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for event in events.iter().filter(|event| text(&event["type"]).contains("task.escalated")) {
        let version = event["data"]["version"].as_u64().unwrap();
        escalated.entry(text(&event["data"]["task_id"])).or_default().push(version);
    }
    assert_eq!(escalated.len(), ROUNDS);
    // Made, breached, escalated: nothing else happened to any of them.
    assert!(escalated.values().all(|versions| *versions == [3]), "{escalated:?}");
    for process in racing.into_iter().chain([others]) {
        assert_eq!(process.terminate(), Some(0));
    }
}

/// Tells of each deadline two more times as soon as it is heard of, as a bus may beyond its duplicate window: the processes are handed the
/// same event at the same time. How many there were.
fn tell_again(url: &str) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = async_nats::connect(url).await.unwrap();
        let mut heard = client.subscribe("sla.breached").await.unwrap();
        let mut seen = BTreeSet::new();
        while seen.len() < ROUNDS {
            let message = heard.next().await.unwrap();
            let headers = message.headers.unwrap();
            if !seen.insert(headers.get("ce-id").unwrap().to_string()) {
                continue;
            }
            for copy in ["second", "third"] {
                let mut headers = headers.clone();
                headers.insert("Nats-Msg-Id", format!("{} {copy}", headers.get("ce-id").unwrap()));
                client.publish_with_headers("sla.breached", headers, message.payload.clone()).await.unwrap();
            }
        }
        client.flush().await.unwrap();
        seen.len()
    })
}
