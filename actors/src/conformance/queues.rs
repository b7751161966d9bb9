//! `Store`: where tasks wait that nobody has, and whether content is taken in.

use tracerail_schemas::intake::IntakePause;
use tracerail_schemas::task::{Offer, Priority, Queue, Status, Task};
use tracerail_schemas::{Principal, TaskId, Timestamp};

use super::bench::{Bench, Harness};
use super::sample::{HOUR, assigned_to, cause_of, change, closed, create, due_at, group, key, person, task};
use super::steps::apply;
use crate::port::QueuePlace;

/// The obligations of this suite.
pub const ALL: &[&str] = &[
    "tasks_that_nobody_has_wait_by_urgency",
    "a_task_waits_where_it_may_be_taken_and_nowhere_else",
    "a_pause_of_intake_is_kept_until_it_is_lifted",
];

async fn waiting(
    bench: &dyn Bench,
    queues: &[Queue],
    after: Option<QueuePlace>,
    limit: usize,
) -> Vec<TaskId> {
    let tasks = bench.store().waiting(queues, after, limit).await.expect("queues can be read");
    tasks.iter().map(|task| task.id).collect()
}

fn place(task: &Task) -> QueuePlace {
    (task.state.rank(), task.id)
}

/// What is due first comes first, a higher priority counts as time that is used; page after page, each task once, also where it waits in
/// several of the queues that are asked for.
pub async fn tasks_that_nobody_has_wait_by_urgency(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    // Level 1 after 24 hours: ranks at 24, 24 - 18, 24 - 12, 24 + 24 and, due sooner, 5.
    let of = |id: &str, priority: Priority| {
        let mut task = task(&key(id), now);
        task.state.priority = priority;
        task
    };
    let mut soon = due_at(of("soon", Priority::Normal), now.plus(HOUR * 5));
    soon.state.candidate_users = vec![person("ada")];
    let tasks = [
        of("normal", Priority::Normal),
        of("low", Priority::Low),
        of("urgent", Priority::Urgent),
        of("high", Priority::High),
        soon,
    ];
    for task in &tasks {
        apply(&*bench, &create(task)).await;
    }
    let [normal, low, urgent, high, soon] = tasks;
    let queues = [Queue::Group(group("support")), Queue::Person(person("ada"))];
    let in_order = [&soon, &urgent, &high, &normal, &low];
    let ids = in_order.map(|task| task.id);
    assert_eq!(waiting(&*bench, &queues, None, 100).await, ids, "the most urgent first, each once");
    for (length, limit) in [(5, 1), (5, 2), (5, 5)] {
        let (mut met, mut after) = (Vec::new(), None);
        while met.len() < length {
            let page = waiting(&*bench, &queues, after, limit).await;
            assert!(!page.is_empty() && page.len() <= limit, "{page:?}");
            met.extend(page);
            after = in_order.iter().find(|task| met.last() == Some(&task.id)).map(|task| place(task));
        }
        assert_eq!(met, ids, "pages of {limit}");
        assert_eq!(waiting(&*bench, &queues, after, limit).await, [], "nothing comes after the last");
    }
    bench.reopen().await;
    assert_eq!(waiting(&*bench, &queues, None, 3).await, ids[..3], "also after a crash");
}

/// A task waits for its groups and its people, or for everybody; what is offered waits for that person alone; what somebody has waits for
/// nobody, until it is given back.
pub async fn a_task_waits_where_it_may_be_taken_and_nowhere_else(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    let queues = || {
        let groups = ["support", "claims"].map(|name| Queue::Group(group(name)));
        let people = ["ada", "bob"].map(|name| Queue::Person(person(name)));
        [Queue::All, Queue::Everybody].into_iter().chain(groups).chain(people).collect::<Vec<_>>()
    };
    let before = task(&key("a"), now);
    apply(&*bench, &create(&before)).await;
    let mut at = before;
    for (n, (next, expected)) in states(&at, now).into_iter().enumerate() {
        let batch = change(&at, next, cause_of(n as u128, &key("a")));
        at = *batch.task.clone().unwrap().task;
        apply(&*bench, &batch).await;
        for queue in queues() {
            let found = waiting(&*bench, std::slice::from_ref(&queue), None, 10).await;
            let should = expected.contains(&queue);
            assert_eq!(found == [at.id], should, "state {n}, queue {queue}: {found:?}");
        }
    }
    assert_eq!(waiting(&*bench, &[], None, 10).await, [], "no queue, no task");
}

/// What becomes of a task, and where it waits then.
fn states(first: &Task, now: Timestamp) -> Vec<(Task, Vec<Queue>)> {
    let with = |edit: &dyn Fn(&mut Task)| {
        let mut task = first.clone();
        edit(&mut task);
        task
    };
    let (support, claims) = (Queue::Group(group("support")), Queue::Group(group("claims")));
    let (ada, bob) = (Queue::Person(person("ada")), Queue::Person(person("bob")));
    let offer = Offer {
        to: person("bob"),
        offered_at: now,
        until: now.plus(HOUR),
        reason: "round_robin in support".to_owned(),
        metadata: serde_json::Map::new(),
    };
    let raised = with(&|task| {
        task.state.status = Status::Escalated;
        task.state.priority = Priority::High;
        task.state.candidate_groups = vec![group("support"), group("claims")];
    });
    vec![
        (
            with(&|task| task.state.candidate_users = vec![person("ada")]),
            vec![Queue::All, support.clone(), ada],
        ),
        (assigned_to(first.clone(), "ada"), vec![]),
        (with(&|task| task.state.offer = Some(offer.clone())), vec![bob]),
        (with(&|task| task.state.candidate_groups = vec![]), vec![Queue::All, Queue::Everybody]),
        (raised.clone(), vec![Queue::All, support, claims]),
        (
            {
                let mut taken = assigned_to(raised, "ada");
                taken.state.status = Status::Escalated;
                taken
            },
            vec![],
        ),
        (with(&|task| task.state.status = Status::Suspended), vec![]),
        (closed(first.clone(), Status::Cancelled, now), vec![]),
    ]
}

/// Intake stands still from when that is said until it is taken back, also over a crash; the last word counts.
pub async fn a_pause_of_intake_is_kept_until_it_is_lifted(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let at = bench.store().now().await.unwrap();
    assert_eq!(bench.log().intake_pause().await.unwrap(), None, "at first it goes");
    let pause = |reason: &str| {
        let by = Principal::user(person("ada"));
        Some(IntakePause { by, at, reason: Some(reason.to_owned()) })
    };
    for said in [pause("the model is being changed"), pause("still"), None, pause("again")] {
        bench.log().set_intake_pause(said.clone()).await.unwrap();
        assert_eq!(bench.log().intake_pause().await.unwrap(), said);
        bench.reopen().await;
        assert_eq!(bench.log().intake_pause().await.unwrap(), said, "also after a crash");
    }
}
