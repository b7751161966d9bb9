//! `Store::commit`: whole or not at all, and once for each cause.

use std::time::Duration;

use tracerail_schemas::content::{ContentRecord, Outcome};
use tracerail_schemas::routing::RoutingDecision;
use tracerail_schemas::task::{Status, Task};
use tracerail_schemas::{Subject, TaskId};

use super::bench::{Bench, Harness};
use super::sample::{
    admission, admit, analysis, answer, assigned_to, cause, change, command, command_cause, create, event,
    group, key, made, person, route, task, terminal,
};
use super::steps::{apply, commit, in_order_of_every_log, logged_in_order_of_every_log, relay};
use crate::port::{Admission, Batch, Committed, ContentWrite};
use crate::restore;

/// The obligations of this suite.
pub const ALL: &[&str] = &[
    "a_commit_writes_everything_and_survives_a_crash",
    "a_conflict_writes_nothing_at_all",
    "what_was_kept_elsewhere_goes_on_where_it_was",
    "a_cause_takes_effect_once",
    "a_cause_is_remembered_over_a_crash",
    "a_repetition_gets_the_stored_answer",
    "a_cause_with_another_payload_is_refused",
    "a_task_is_written_on_its_version_only",
    "versions_have_no_gap",
    "a_guard_is_checked_by_the_stores_clock",
    "a_commit_without_writes_is_remembered",
];

/// A batch that writes everything a batch can: an item, a task, an answer, a cursor and three events.
async fn whole(bench: &dyn Bench) -> (Batch, Task) {
    let now = bench.store().now().await.unwrap();
    let task = made(&assigned_to(task(&key("a"), now), "ada"));
    let mut batch = create(&task);
    batch.cause = command_cause(command(1), [7; 32]);
    batch.content = admit(&key("a"), now).content;
    batch.answer = Some(answer(command(1), &task));
    batch.cursor = Some((group("support"), 3));
    batch.events.push(event(Subject::TaskAssigned, task.id, 1, now));
    batch.events.push(event(Subject::ContentCompleted, key("a"), 2, now));
    (batch, task)
}

/// Asserts that a batch as `whole` makes it is there, whole, or that nothing of it is.
async fn assert_written(bench: &dyn Bench, batch: &Batch, task: &Task, written: bool) {
    let store = bench.store();
    let stored = store.task(task.id).await.unwrap();
    assert_eq!(stored, written.then(|| task.clone()), "the task of a batch is there with the batch");
    let record = store.content(&key("a")).await.unwrap();
    let write = batch.content.as_ref().unwrap();
    assert_eq!(record.is_some(), written, "the content of a batch is there with the batch");
    if let (Some(record), Some(admit)) = (record, &write.admit) {
        assert_eq!((&record.key, &record.body, record.hash), (&write.key, &admit.body, admit.hash));
        assert_eq!((record.submitted_id, record.submitted_at), (admit.submitted_id, admit.submitted_at));
        assert_eq!((record.analysis, record.route, record.terminal), (write.analysis.clone(), None, None));
    }
    let answer = store.answer(command(1), batch.cause.about).await.unwrap();
    let answer = answer.map(|stored| (stored.answer, stored.payload_hash));
    let asked = batch.cause.payload_hash.unwrap();
    let expected = batch.answer.clone().map(|answer| (answer, asked));
    assert_eq!(answer, expected.filter(|_| written), "the answer is there with the batch");
    assert_eq!(store.cursor(&group("support")).await.unwrap(), if written { 3 } else { 0 });
    let timers = store.armed(None, 10).await.unwrap().len();
    assert_eq!(timers, usize::from(written), "the timer is there with the batch");
    relay(&bench.log(), &bench.store()).await.unwrap();
    let events = if written { in_order_of_every_log(&batch.events) } else { Vec::new() };
    assert_eq!(
        logged_in_order_of_every_log(bench).await,
        events,
        "the events of a batch are there with the batch, in order"
    );
}

/// Everything in a batch is there for every reader from then on, also after a crash.
pub async fn a_commit_writes_everything_and_survives_a_crash(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let (batch, task) = whole(&*bench).await;
    assert_written(&*bench, &batch, &task, false).await;
    assert!(matches!(commit(&*bench, &batch).await, Committed::Applied { .. }));
    bench.reopen().await;
    assert_written(&*bench, &batch, &task, true).await;
    if let Some(second) = bench.second().await {
        assert_eq!(second.store.task(task.id).await.unwrap(), Some(task), "it is there for every reader");
    }
}

/// A batch of which one part does not fit leaves nothing behind: no record, no timer, no answer, no cursor, no event, no cause.
pub async fn a_conflict_writes_nothing_at_all(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    let (sound, task) = whole(&*bench).await;
    let mut wrong_version = sound.clone();
    wrong_version.task.as_mut().unwrap().expected_version = Some(1);
    wrong_version.task.as_mut().unwrap().task.version = 2;
    let mut too_early = sound.clone();
    too_early.guard.not_before = Some(now.plus(Duration::from_hours(1)));
    let mut no_content = sound.clone();
    no_content.content =
        Some(ContentWrite { terminal: Some(terminal(Outcome::Auto, now)), ..ContentWrite::of(key("a")) });
    for unsound in [wrong_version, too_early, no_content] {
        assert_eq!(commit(&*bench, &unsound).await, Committed::Conflict, "what does not fit is a conflict");
        assert_written(&*bench, &sound, &task, false).await;
    }
    bench.reopen().await;
    assert_written(&*bench, &sound, &task, false).await;
    assert!(
        matches!(commit(&*bench, &sound).await, Committed::Applied { .. }),
        "a conflict does not use up its cause: decided again, it takes effect"
    );
    assert_written(&*bench, &sound, &task, true).await;
}

/// A task that was kept elsewhere, with its item: it is here in the version it had, its deadline armed, and goes on from there.
pub async fn what_was_kept_elsewhere_goes_on_where_it_was(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    let kept = Task { version: 7, ..made(&assigned_to(task(&key("a"), now), "ada")) };
    let Admission { submitted_id, submitted_at, body, hash } = admission(&key("a"), now);
    let (analysis, route) = (Some(analysis()), Some(route(RoutingDecision::Human)));
    let (key, terminal, trail) = (key("a"), None, Vec::new());
    let item =
        ContentRecord { key, hash, submitted_id, submitted_at, body, analysis, route, terminal, trail };
    let brought = restore::batch(&kept, Some(&item), now).unwrap();
    apply(&*bench, &brought).await;
    bench.reopen().await;
    let store = bench.store();
    assert_eq!(store.task(kept.id).await.unwrap(), Some(kept.clone()), "the task is as it was");
    let here = store.content(&item.key).await.unwrap().unwrap();
    assert_eq!((here.body, here.hash, here.route), (item.body, item.hash, item.route), "its item as well");
    let armed = store.armed(None, 10).await.unwrap();
    assert_eq!(armed.len(), 1, "its deadline is armed");
    let late = Task { version: 9, ..kept.clone() };
    let late = restore::batch(&late, None, now).unwrap();
    assert_eq!(commit(&*bench, &late).await, Committed::Conflict, "what is here is not written over");
    apply(&*bench, &change(&kept, assigned_to(kept.clone(), "bob"), cause(1))).await;
    let stored = bench.store().task(kept.id).await.unwrap().unwrap();
    assert_eq!((stored.version, stored.assignee()), (8, Some(&person("bob"))), "it goes on");
}

/// Repeated with whatever decision, a cause changes nothing any more.
pub async fn a_cause_takes_effect_once(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    let task = task(&key("a"), now);
    apply(&*bench, &create(&task)).await;
    let batch = change(&task, assigned_to(task.clone(), "ada"), cause(1));
    apply(&*bench, &batch).await;
    let stored = bench.store().task(task.id).await.unwrap().unwrap();
    let decided_again = change(&stored, assigned_to(task.clone(), "bob"), cause(1));
    for repetition in [&batch, &decided_again, &batch] {
        let committed = commit(&*bench, repetition).await;
        let repeated = matches!(committed, Committed::AlreadyApplied { answer: None, .. });
        assert!(repeated, "a cause takes effect once, but its repetition was {committed:?}");
    }
    assert_eq!(bench.store().task(task.id).await.unwrap(), Some(stored), "a repetition writes nothing");
    assert_eq!(
        bench.store().unsent(std::time::Duration::ZERO, 10).await.unwrap(),
        [],
        "a repetition sends nothing new"
    );
}

/// A crash does not make a cause new.
pub async fn a_cause_is_remembered_over_a_crash(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    let batch = create(&task(&key("a"), now));
    apply(&*bench, &batch).await;
    bench.reopen().await;
    let committed = commit(&*bench, &batch).await;
    assert!(matches!(committed, Committed::AlreadyApplied { .. }), "a crash forgot a cause: {committed:?}");
}

/// The answer to a repetition is the first one, although the task has moved on and another answer was decided.
pub async fn a_repetition_gets_the_stored_answer(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    let task = task(&key("a"), now);
    assert_eq!(bench.store().answer(command(1), task.id).await.unwrap(), None, "no command, no answer");
    let mut batch = create(&task);
    batch.cause = command_cause(command(1), [1; 32]);
    batch.answer = Some(answer(command(1), &task));
    apply(&*bench, &batch).await;
    apply(&*bench, &change(&task, task.clone(), cause(2))).await;
    bench.reopen().await;
    let mut again = batch.clone();
    again.answer = Some(answer(command(1), &Task { version: 9, ..task }));
    let committed = commit(&*bench, &again).await;
    let Committed::AlreadyApplied { answer, .. } = committed else {
        panic!("a repeated command is already applied, but was {committed:?}")
    };
    assert_eq!(answer, batch.answer, "a repetition gets the stored answer");
    let about = batch.cause.about;
    let stored = bench.store().answer(command(1), about).await.unwrap().map(|stored| stored.answer);
    assert_eq!(stored, batch.answer, "the first answer stays");
    let other = key("b");
    let stored = bench.store().answer(command(1), TaskId::of_content(&other)).await.unwrap();
    assert_eq!(stored, None, "it is the answer about this task alone");
}

/// The same id with another payload is another command, and is told so.
pub async fn a_cause_with_another_payload_is_refused(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let (batch, task) = whole(&*bench).await;
    commit(&*bench, &batch).await;
    let mut other = change(&task, assigned_to(task.clone(), "bob"), command_cause(command(1), [8; 32]));
    other.cursor = Some((group("support"), 9));
    assert_eq!(commit(&*bench, &other).await, Committed::CauseReused, "another payload under a known id");
    bench.reopen().await;
    assert_eq!(commit(&*bench, &other).await, Committed::CauseReused, "also after a crash");
    assert_written(&*bench, &batch, &task, true).await;
}

/// A task is written only on the version it was decided on.
pub async fn a_task_is_written_on_its_version_only(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    let task = task(&key("a"), now);
    let absent = change(&task, task.clone(), cause(1));
    assert_eq!(
        commit(&*bench, &absent).await,
        Committed::Conflict,
        "a task that is not there has no version"
    );
    apply(&*bench, &create(&task)).await;
    let mut again = create(&task);
    again.cause = cause(2);
    assert_eq!(commit(&*bench, &again).await, Committed::Conflict, "a task that is there cannot be created");
    apply(&*bench, &change(&task, assigned_to(task.clone(), "ada"), cause(3))).await;
    let stale = change(&task, assigned_to(task.clone(), "bob"), cause(4));
    assert_eq!(commit(&*bench, &stale).await, Committed::Conflict, "another change was faster");
    let stored = bench.store().task(task.id).await.unwrap().unwrap();
    assert_eq!((stored.version, stored.assignee().unwrap().as_str()), (2, "ada"), "the first change stays");
}

/// A batch whose task skips or repeats a version is never applied.
pub async fn versions_have_no_gap(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    let task = made(&task(&key("a"), now));
    let mut begins_at_two = create(&task);
    begins_at_two.task.as_mut().unwrap().task.version = 2;
    let mut skips = change(&task, task.clone(), cause(1));
    skips.task.as_mut().unwrap().task.version = 3;
    let mut repeats = change(&task, task.clone(), cause(2));
    repeats.task.as_mut().unwrap().task.version = 1;
    let outcome = bench.store().commit(begins_at_two, None).await;
    assert!(!matches!(outcome, Ok(Committed::Applied { .. })), "the first version of a task is 1");
    apply(&*bench, &create(&task)).await;
    for wrong in [skips, repeats] {
        let outcome = bench.store().commit(wrong, None).await;
        assert!(!matches!(outcome, Ok(Committed::Applied { .. })), "versions of a task have no gap");
    }
    assert_eq!(bench.store().task(task.id).await.unwrap(), Some(task));
}

/// A batch that must not take effect before a time is a conflict until the store's clock shows it.
pub async fn a_guard_is_checked_by_the_stores_clock(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    let mut batch = create(&task(&key("a"), now));
    batch.guard.not_before = Some(now.plus(Duration::from_secs(2)));
    assert_eq!(
        commit(&*bench, &batch).await,
        Committed::Conflict,
        "a guard that does not hold is a conflict"
    );
    bench.pass(Duration::from_millis(2_100)).await;
    let committed = commit(&*bench, &batch).await;
    assert!(
        matches!(committed, Committed::Applied { .. }),
        "once the guard holds, it takes effect: {committed:?}"
    );
    let mut at_once = create(&task(&key("b"), now));
    at_once.guard.not_before = Some(bench.store().now().await.unwrap());
    let committed = commit(&*bench, &at_once).await;
    assert!(matches!(committed, Committed::Applied { .. }), "at least this time: {committed:?}");
}

/// A decision to do nothing is remembered like any other: a refused command gets its refusal again.
pub async fn a_commit_without_writes_is_remembered(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    let mut batch = Batch::of(command_cause(command(1), [1; 32]));
    let mut task = task(&key("a"), now);
    task.state.status = Status::Completed;
    batch.answer = Some(answer(command(1), &task));
    apply(&*bench, &batch).await;
    bench.reopen().await;
    let expected = Committed::AlreadyApplied { answer: batch.answer.clone(), unsent: Vec::new() };
    assert_eq!(commit(&*bench, &batch).await, expected, "a refusal is remembered");
    assert_eq!(bench.store().task(task.id).await.unwrap(), None, "an answer makes no task");
}
