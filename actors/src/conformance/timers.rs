//! `Store`: timers. Each is armed in the commit that writes its task, and found when its time has passed.

use std::time::Duration;

use tracerail_schemas::TaskId;
use tracerail_schemas::task::{Status, Task};

use super::bench::{Bench, Harness};
use super::sample::{HOUR, assigned_to, cause, change, closed, create, due_at, key, made, task};
use super::steps::apply;

/// The obligations of this suite.
pub const ALL: &[&str] = &[
    "a_task_is_due_when_its_time_has_passed_and_not_before",
    "the_longest_overdue_comes_first",
    "a_closed_task_is_never_due",
    "a_timer_moves_with_its_task",
    "a_suspended_task_is_due_when_its_suspension_ends",
    "timers_are_listed_with_their_tasks",
];

const SECOND: Duration = Duration::from_secs(1);

async fn due(bench: &dyn Bench, limit: usize) -> Vec<TaskId> {
    bench.store().due(limit).await.expect("looking for due tasks works").iter().map(|task| task.id).collect()
}

/// A task of two hours ago that falls due `after` from now; negative by `overdue`.
async fn waking(bench: &dyn Bench, id: &str, after: Duration, overdue: Duration) -> Task {
    let now = bench.store().now().await.unwrap();
    let task = made(&due_at(task(&key(id), now.minus(HOUR * 2)), now.plus(after).minus(overdue)));
    apply(bench, &create(&task)).await;
    task
}

/// By the store's own clock, to the moment; the task comes as it is stored, and stays due until it is changed.
pub async fn a_task_is_due_when_its_time_has_passed_and_not_before(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let task = waking(&*bench, "a", SECOND * 3, Duration::ZERO).await;
    assert_eq!(due(&*bench, 10).await, [], "nothing is due before its time");
    bench.pass(SECOND).await;
    let now = bench.store().now().await.unwrap();
    assert!(now > task.data.created_at.plus(HOUR * 2), "the store's clock goes when time passes");
    assert_eq!(due(&*bench, 10).await, [], "nothing is due before its time");
    bench.pass(SECOND * 2).await;
    assert_eq!(
        bench.store().due(10).await.unwrap(),
        std::slice::from_ref(&task),
        "due at its time, as it is stored"
    );
    bench.reopen().await;
    bench.pass(SECOND * 4).await;
    assert_eq!(
        due(&*bench, 10).await,
        [task.id],
        "a crash loses no timer, and it stays due until it is fired"
    );
}

/// Ordered by when they fell due, whatever the order of their creation; at most what was asked for.
pub async fn the_longest_overdue_comes_first(harness: &dyn Harness) {
    let bench = harness.open().await;
    let mut tasks = Vec::new();
    for (id, minutes) in [("a", 5), ("b", 40), ("c", 1), ("d", 20)] {
        tasks.push(waking(&*bench, id, Duration::ZERO, Duration::from_mins(minutes)).await);
    }
    waking(&*bench, "later", HOUR, Duration::ZERO).await;
    let expected = [1, 3, 0, 2].map(|index: usize| tasks[index].id);
    assert_eq!(due(&*bench, 10).await, expected, "the longest overdue comes first");
    assert_eq!(due(&*bench, 2).await, expected[..2], "a limit leaves out the least overdue");
}

/// Closing a task takes its timer away, in the same commit.
pub async fn a_closed_task_is_never_due(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    for (n, status) in (1..).zip([Status::Completed, Status::Cancelled]) {
        let task = waking(&*bench, status.as_str(), Duration::ZERO, HOUR).await;
        assert_eq!(due(&*bench, 10).await, [task.id]);
        let closed = closed(task.clone(), status, now);
        apply(&*bench, &change(&task, closed, cause(n))).await;
        assert_eq!(due(&*bench, 10).await, [], "a {status} task is never due");
        assert_eq!(bench.store().armed(None, 10).await.unwrap(), [], "a {status} task has no timer");
    }
}

/// A timer is armed in the commit that writes its task: fired, it waits for the next deadline; moved, for the new one.
pub async fn a_timer_moves_with_its_task(harness: &dyn Harness) {
    let bench = harness.open().await;
    let task = waking(&*bench, "a", Duration::ZERO, SECOND).await;
    assert_eq!(due(&*bench, 10).await, [task.id]);
    let now = bench.store().now().await.unwrap();
    let mut fired = task.clone();
    fired.state.clock.fire(now).expect("it is due");
    let batch = change(&task, fired, cause(1));
    apply(&*bench, &batch).await;
    assert_eq!(due(&*bench, 10).await, [], "fired, it waits for its next deadline");
    let fired = *batch.task.unwrap().task;
    let mut paused = fired.clone();
    paused.state.clock.pause(now);
    paused.state.status = Status::Suspended;
    apply(&*bench, &change(&fired, paused, cause(2))).await;
    let armed = bench.store().armed(None, 10).await.unwrap();
    assert_eq!(armed[0].0.wake_at, None, "a task that stands still has no timer that could go off");
}

/// Until a suspended task goes on by itself, its deadlines do not wake it; the end of the suspension does.
pub async fn a_suspended_task_is_due_when_its_suspension_ends(harness: &dyn Harness) {
    let bench = harness.open().await;
    let task = waking(&*bench, "a", Duration::ZERO, HOUR).await;
    let now = bench.store().now().await.unwrap();
    let mut suspended = task.clone();
    suspended.state.clock.pause(now);
    suspended.state.status = Status::Suspended;
    suspended.state.suspended_until = Some(now.plus(SECOND * 2));
    apply(&*bench, &change(&task, suspended, cause(1))).await;
    assert_eq!(due(&*bench, 10).await, [], "a suspended task is not woken by its deadlines");
    bench.pass(SECOND * 3).await;
    assert_eq!(due(&*bench, 10).await, [task.id], "the end of its suspension wakes it");
}

/// Every open task's timer, beside the task as it is stored, which must agree; by pages, in order of creation.
pub async fn timers_are_listed_with_their_tasks(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    let mut tasks = Vec::new();
    for n in 0..5_u32 {
        let task = made(&task(&key(&format!("t{n}")), now.minus(HOUR * (5 - n))));
        apply(&*bench, &create(&task)).await;
        tasks.push(task);
    }
    let closing = change(&tasks[1], closed(tasks[1].clone(), Status::Cancelled, now), cause(1));
    apply(&*bench, &closing).await;
    let moved = change(&tasks[3], due_at(assigned_to(tasks[3].clone(), "ada"), now.plus(HOUR * 9)), cause(2));
    apply(&*bench, &moved).await;
    tasks[3] = *moved.task.unwrap().task;
    tasks.remove(1);
    bench.reopen().await;
    let (mut after, mut found) = (None, Vec::new());
    loop {
        let page = bench.store().armed(after, 2).await.unwrap();
        assert!(page.len() <= 2, "at most what was asked for");
        let Some((last, _)) = page.last() else { break };
        after = Some(last.task_id);
        found.extend(page);
    }
    for (armed, task) in &found {
        assert_eq!((armed.task_id, armed.wake_at), (task.id, task.wake_at()), "a timer agrees with its task");
    }
    let found: Vec<_> = found.into_iter().map(|(_, task)| task).collect();
    assert_eq!(found, tasks, "every open task has its timer, each once, in order of creation");
}
