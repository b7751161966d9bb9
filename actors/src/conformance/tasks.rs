//! `Store`: what is found of tasks.

use std::time::Duration;

use tracerail_schemas::content::Outcome;
use tracerail_schemas::dead_letter::DeadLetterStatus;
use tracerail_schemas::task::{SlaState, Status, Task};
use tracerail_schemas::{ContentKey, TaskId, Timestamp};

use super::bench::{Bench, Harness};
use super::sample::{
    HOUR, admit, assigned_to, cause, change, closed, create, due_at, group, key, made, person, submitted,
    task, tenant, terminal,
};
use super::steps::{apply, commit, hopeless, publish, pull_one};
use crate::port::{Batch, Committed, Consumer, ContentWrite, DeadLetterFilter, TaskFilter, TaskSummary};

/// The obligations of this suite.
pub const ALL: &[&str] = &[
    "a_task_is_read_as_it_was_written",
    "a_task_is_found_by_the_beginning_of_its_id",
    "tasks_are_listed_by_filter",
    "a_summary_says_what_the_task_says",
    "pages_meet_each_task_once_oldest_first",
    "totals_count_everything",
    "open_tasks_are_counted_for_each_person",
    "a_cursor_is_where_it_was_left",
];

/// At most this many, of everything.
const EVERYTHING: usize = 1_000;

async fn listed(bench: &dyn Bench, filter: TaskFilter) -> Vec<TaskSummary> {
    bench.store().tasks(TaskFilter { limit: EVERYTHING, ..filter }).await.expect("listing works").tasks
}

async fn listed_ids(bench: &dyn Bench, filter: TaskFilter) -> Vec<TaskId> {
    listed(bench, filter).await.iter().map(|summary| summary.id).collect()
}

/// A task is read as it was written last, also after a crash, and none is read where none was written.
pub async fn a_task_is_read_as_it_was_written(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    let first = made(&task(&key("a"), now));
    assert_eq!(bench.store().task(first.id).await.unwrap(), None);
    apply(&*bench, &create(&first)).await;
    assert_eq!(bench.store().task(first.id).await.unwrap(), Some(first.clone()), "as it was written");
    let batch = change(&first, closed(assigned_to(first.clone(), "ada"), Status::Completed, now), cause(1));
    let second = *batch.task.clone().unwrap().task;
    apply(&*bench, &batch).await;
    assert_eq!(bench.store().task(first.id).await.unwrap(), Some(second.clone()), "as it was written last");
    bench.reopen().await;
    assert_eq!(bench.store().task(first.id).await.unwrap(), Some(second), "also after a crash");
}

/// The beginning are hexadecimal digits of the id, without hyphens; anything else finds nothing.
pub async fn a_task_is_found_by_the_beginning_of_its_id(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    let tasks = [task(&key("a"), now), task(&key("b"), now)];
    for task in &tasks {
        apply(&*bench, &create(task)).await;
    }
    let digits = tasks[0].id.uuid().simple().to_string();
    for length in [6, 8, 12, 32] {
        let found = bench.store().find_task(&digits[..length]).await.unwrap();
        assert_eq!(found, [tasks[0].id], "the first {length} digits find the task");
    }
    for nothing in ["ffffffffffff", "%", "_", "zz", "'"] {
        let found = bench.store().find_task(nothing).await.unwrap_or_default();
        assert_eq!(found, [], "{nothing:?} is the beginning of no id");
    }
}

/// Five tasks, an hour between each and the next: pending; of ada; of ada and closed; of bob, due soon; of another tenant.
async fn five(bench: &dyn Bench) -> Vec<Task> {
    let now = bench.store().now().await.unwrap();
    let at = |hours: u32| now.minus(HOUR * (10 - hours));
    let elsewhere = ContentKey::new(tenant("other"), "mail", "e").unwrap();
    let tasks = vec![
        task(&key("a"), at(0)),
        assigned_to(task(&key("b"), at(1)), "ada"),
        closed(assigned_to(task(&key("c"), at(2)), "ada"), Status::Completed, now),
        assigned_to(due_at(task(&key("d"), at(3)), now.plus(HOUR)), "bob"),
        task(&elsewhere, at(4)),
    ];
    for task in &tasks {
        apply(bench, &create(task)).await;
    }
    tasks
}

/// By tenant, statuses, assignee and first deadline, each alone and together; oldest first.
pub async fn tasks_are_listed_by_filter(harness: &dyn Harness) {
    let bench = harness.open().await;
    let tasks = five(&*bench).await;
    let now = bench.store().now().await.unwrap();
    let all = TaskFilter::default;
    let ada = Some(person("ada"));
    let cases = [
        (all(), vec![0, 1, 2, 3, 4], "no filter is all"),
        (TaskFilter { tenant: Some(tenant("other")), ..all() }, vec![4], "by tenant"),
        (TaskFilter { statuses: vec![Status::Pending], ..all() }, vec![0, 4], "by status"),
        (
            TaskFilter { statuses: vec![Status::Completed, Status::Assigned], ..all() },
            vec![1, 2, 3],
            "by several statuses",
        ),
        (TaskFilter { assignee: ada.clone(), ..all() }, vec![1, 2], "by assignee"),
        (TaskFilter { due_before: Some(now.plus(HOUR * 2)), ..all() }, vec![3], "by first deadline"),
        (TaskFilter { due_before: Some(now.plus(HOUR)), ..all() }, vec![], "before, not at"),
        (
            TaskFilter { assignee: ada, statuses: vec![Status::Assigned], ..all() },
            vec![1],
            "by assignee and status together",
        ),
        (TaskFilter { assignee: Some(person("nobody")), ..all() }, vec![], "by somebody without tasks"),
    ];
    for (filter, expected, why) in cases {
        let expected: Vec<_> = expected.into_iter().map(|index: usize| tasks[index].id).collect();
        assert_eq!(listed_ids(&*bench, filter).await, expected, "{why}, oldest first");
    }
}

/// Each field of a line is the task's own, as it is now.
pub async fn a_summary_says_what_the_task_says(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    let mut first = task(&key("a"), now);
    "The first line.\nThe second.".clone_into(&mut first.data.content);
    apply(&*bench, &create(&first)).await;
    let mut changed = assigned_to(first.clone(), "ada");
    changed.state.priority = tracerail_schemas::task::Priority::Urgent;
    changed.state.escalation_level = 2;
    changed.state.status = Status::Escalated;
    apply(&*bench, &change(&first, changed.clone(), cause(1))).await;
    let expected = TaskSummary {
        id: first.id,
        version: 2,
        status: Status::Escalated,
        priority: changed.state.priority,
        assignee: Some(person("ada")),
        due_at: changed.state.due_at,
        escalation_level: 2,
        sla: SlaState::Running,
        created_at: now,
        task_type: first.data.task_type,
        content_key: Some(key("a")),
        excerpt: "The first line.".to_owned(),
    };
    assert_eq!(listed(&*bench, TaskFilter::default()).await, [expected], "a summary says what the task says");
}

/// Going on after the last task of each page meets every task once, also where many were created at the same instant.
pub async fn pages_meet_each_task_once_oldest_first(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    let created = |n: u32| now.plus(Duration::from_secs(u64::from(n / 3)));
    let tasks: Vec<_> =
        (0..8).map(|n| assigned_to(task(&key(&format!("t{n}")), created(n)), "ada")).collect();
    for task in &tasks {
        apply(&*bench, &create(task)).await;
    }
    for (assignee, limit) in [(None, 1), (None, 3), (Some(person("ada")), 4), (None, 8)] {
        let mut filter = TaskFilter { assignee, limit, ..TaskFilter::default() };
        let mut met: Vec<(Timestamp, TaskId)> = Vec::new();
        loop {
            let page = bench.store().tasks(filter.clone()).await.unwrap();
            assert!(page.tasks.len() <= limit, "at most what was asked for");
            met.extend(page.tasks.iter().map(|summary| (summary.created_at, summary.id)));
            assert_eq!(page.more, met.len() < tasks.len(), "`more` says whether there are more");
            assert!(page.tasks.len() == limit || !page.more, "a page is full unless it is the last");
            if !page.more {
                break;
            }
            filter.after = page.tasks.last().map(|summary| summary.id);
        }
        assert!(met.is_sorted_by_key(|(created_at, _)| *created_at), "oldest first");
        let mut met: Vec<_> = met.into_iter().map(|(_, id)| id).collect();
        met.sort_unstable();
        let mut expected: Vec<_> = tasks.iter().map(|task| task.id).collect();
        expected.sort_unstable();
        assert_eq!(met, expected, "pages of {limit} meet each task once");
    }
}

/// Sorted and without zeroes: the order of counts, and whether a zero is told, are the backend's own.
fn told<T: Ord>(counts: Vec<(T, u64)>) -> Vec<(T, u64)> {
    let mut counts: Vec<_> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
    counts.sort();
    counts
}

/// Items, their ends, tasks by status and SLA, escalated tasks and dead letters that are held.
pub async fn totals_count_everything(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    five(&*bench).await;
    for (id, outcome) in [("a", None), ("b", Some(Outcome::Auto)), ("c", Some(Outcome::Auto))] {
        let mut batch = admit(&key(id), now);
        batch.content.as_mut().unwrap().terminal = outcome.map(|outcome| terminal(outcome, now));
        apply(&*bench, &batch).await;
    }
    let mut escalated = task(&key("f"), now.minus(HOUR * 30));
    escalated.state.clock.fire(now).expect("it is due");
    escalated.state.escalation_level = 1;
    escalated.state.status = Status::Escalated;
    apply(&*bench, &create(&escalated)).await;
    publish(&*bench, &submitted(&key("dead"), now)).await;
    let delivery = pull_one(&bench.log(), Consumer::Llm).await;
    bench.log().give_up(delivery.receipt, hopeless()).await.unwrap();
    bench.reopen().await;
    let totals = bench.store().totals().await.unwrap();
    assert_eq!((totals.contents, totals.escalated), (3, 1), "{totals:?}");
    let letters =
        DeadLetterFilter { status: Some(DeadLetterStatus::Held), limit: 10, ..DeadLetterFilter::default() };
    let held = bench.log().dead_letters(letters).await.unwrap().len() as u64;
    assert_eq!(held, 1, "the log has the dead letter");
    assert!(
        totals.dead_letters_held == held || !bench.store().commit_acknowledges(),
        "a store that is the log counts its dead letters: {totals:?}"
    );
    assert_eq!(told(totals.outcomes), [(Outcome::Auto, 2)]);
    let statuses =
        [(Status::Pending, 2), (Status::Assigned, 2), (Status::Escalated, 1), (Status::Completed, 1)];
    assert_eq!(told(totals.tasks), statuses);
    assert_eq!(told(totals.sla), [(SlaState::Running, 4), (SlaState::Breached, 1), (SlaState::Met, 1)]);
}

/// Whoever has a task has one more, until it is closed, given back or handed on; also after a crash.
pub async fn open_tasks_are_counted_for_each_person(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    let people = ["ada", "bob", "ada lovelace"].map(person);
    let first = assigned_to(task(&key("a"), now), "ada");
    let second = assigned_to(task(&key("b"), now), "ada");
    let third = task(&key("c"), now);
    for task in [&first, &second, &third] {
        apply(&*bench, &create(task)).await;
    }
    assert_eq!(bench.store().open_tasks(&people).await.unwrap(), [2, 0, 0]);
    let mut handed_on = assigned_to(first.clone(), "bob");
    handed_on.state.status = Status::InProgress;
    let batch = change(&first, handed_on, cause(1));
    apply(&*bench, &batch).await;
    // The same once more is the same.
    commit(&*bench, &batch).await;
    let done = closed(second.clone(), Status::Completed, now);
    apply(&*bench, &change(&second, done, sample_cause(2, "b"))).await;
    apply(&*bench, &change(&third, assigned_to(third.clone(), "bob"), sample_cause(3, "c"))).await;
    assert_eq!(bench.store().open_tasks(&people).await.unwrap(), [0, 2, 0]);
    let first = *batch.task.unwrap().task;
    let mut given_back = first.clone();
    (given_back.state.assignment, given_back.state.status) = (None, Status::Pending);
    apply(&*bench, &change(&first, given_back, cause(4))).await;
    bench.reopen().await;
    let [ada, bob, nobody] = people;
    assert_eq!(bench.store().open_tasks(&[nobody, bob, ada]).await.unwrap(), [0, 1, 0], "in their order");
    assert!(bench.store().open_tasks(&[]).await.unwrap().is_empty());
}

fn sample_cause(n: u128, id: &str) -> crate::port::Cause {
    super::sample::cause_of(n, &key(id))
}

/// 0 at first; then where the last commit left it, for each group.
pub async fn a_cursor_is_where_it_was_left(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let cursor = |n, name, at| Batch { cursor: Some((group(name), at)), ..Batch::of(cause(n)) };
    assert_eq!(bench.store().cursor(&group("a")).await.unwrap(), 0, "a cursor begins at 0");
    apply(&*bench, &cursor(1, "a", 5)).await;
    apply(&*bench, &cursor(2, "b", 7)).await;
    apply(&*bench, &cursor(3, "a", 2)).await;
    let missing = ContentWrite { analysis: Some(super::sample::analysis()), ..ContentWrite::of(key("a")) };
    let conflict = Batch { content: Some(missing), ..cursor(4, "a", 9) };
    assert_eq!(commit(&*bench, &conflict).await, Committed::Conflict);
    bench.reopen().await;
    assert_eq!(
        bench.store().cursor(&group("a")).await.unwrap(),
        2,
        "the last writer wins, a conflict writes not"
    );
    assert_eq!(bench.store().cursor(&group("b")).await.unwrap(), 7, "each group has its own");
}
