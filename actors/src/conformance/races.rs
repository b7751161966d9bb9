//! `Store::commit`: however many at once.

use tracerail_schemas::content::Outcome;

use super::bench::Harness;
use super::sample::{admit, assigned_to, cause, change, create, group, key, task, terminal};
use super::steps::{RACERS, apply, commit_at_once, ids, logged_ids, relay};
use crate::port::{Batch, Committed, ContentWrite};

/// The obligations of this suite.
pub const ALL: &[&str] = &[
    "one_cause_committed_by_many_takes_effect_once",
    "one_version_changed_by_many_is_changed_by_one",
    "many_retries_make_versions_without_gap",
    "one_item_ended_by_many_ends_once",
    "different_items_do_not_disturb_one_another",
];

fn applied(all: &[Committed]) -> usize {
    all.iter().filter(|one| matches!(one, Committed::Applied { .. })).count()
}

/// Sixteen commits of one cause: one takes effect, the others are told so.
pub async fn one_cause_committed_by_many_takes_effect_once(harness: &dyn Harness) {
    let bench = harness.open().await;
    for round in 0..4 {
        let mut batch = Batch::of(cause(round));
        batch.cursor = Some((group("support"), 1));
        let all = commit_at_once(&*bench, vec![batch; RACERS]).await;
        assert_eq!(applied(&all), 1, "one cause takes effect once, however many commit it: {all:?}");
        let told = all.iter().filter(|one| matches!(one, Committed::AlreadyApplied { .. })).count();
        assert_eq!(told, RACERS - 1, "the others are told that it has taken effect: {all:?}");
    }
}

/// Sixteen changes of one version: one is applied, the others are conflicts, and only the winner's events exist.
pub async fn one_version_changed_by_many_is_changed_by_one(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    let task = task(&key("a"), now);
    let created = create(&task);
    apply(&*bench, &created).await;
    let change = |n: usize| change(&task, assigned_to(task.clone(), &format!("p{n}")), cause(n as u128));
    let batches: Vec<_> = (0..RACERS).map(change).collect();
    let all = commit_at_once(&*bench, batches.clone()).await;
    assert_eq!(applied(&all), 1, "of several commits on one version, one is applied: {all:?}");
    let lost = all.iter().filter(|one| **one == Committed::Conflict).count();
    assert_eq!(lost, RACERS - 1, "the others are conflicts: {all:?}");
    let winner = all.iter().position(|one| *one != Committed::Conflict).unwrap();
    let stored = bench.store().task(task.id).await.unwrap().unwrap();
    assert_eq!(stored.assignee().unwrap().as_str(), format!("p{winner}"), "what is stored is the winner's");
    relay(&bench.log(), &bench.store()).await.unwrap();
    let told = [ids(&created.events), ids(&batches[winner].events)].concat();
    assert_eq!(logged_ids(&*bench).await, told, "only the winner's events exist");
}

/// Sixteen changes, each repeated on the newest version until it is applied: versions 1 to 17, each told once.
pub async fn many_retries_make_versions_without_gap(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    let first = task(&key("a"), now);
    apply(&*bench, &create(&first)).await;
    let mut waiting: Vec<usize> = (0..RACERS).collect();
    while !waiting.is_empty() {
        let stored = bench.store().task(first.id).await.unwrap().unwrap();
        let batches = waiting.iter().map(|n| change(&stored, stored.clone(), cause(*n as u128))).collect();
        let all = commit_at_once(&*bench, batches).await;
        assert_eq!(applied(&all), 1, "of several commits on one version, one is applied: {all:?}");
        let mut outcomes = all.iter();
        waiting.retain(|_| outcomes.next() == Some(&Committed::Conflict));
    }
    let stored = bench.store().task(first.id).await.unwrap().unwrap();
    assert_eq!(stored.version, RACERS as u64 + 1, "each change adds one version");
    relay(&bench.log(), &bench.store()).await.unwrap();
    let told = logged_ids(&*bench).await;
    assert_eq!(told.len(), RACERS + 1, "each version is told once");
}

/// Sixteen ends of one item, under different causes: one is written.
pub async fn one_item_ended_by_many_ends_once(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    apply(&*bench, &admit(&key("a"), now)).await;
    let end = |n: usize| {
        let outcome = Outcome::ALL[n % Outcome::ALL.len()];
        let terminal = Some(terminal(outcome, now));
        Batch {
            content: Some(ContentWrite { terminal, ..ContentWrite::of(key("a")) }),
            ..Batch::of(cause(n as u128))
        }
    };
    let all = commit_at_once(&*bench, (0..RACERS).map(end).collect()).await;
    assert_eq!(applied(&all), 1, "an item ends once: {all:?}");
    let winner = all.iter().position(|one| *one != Committed::Conflict).unwrap();
    let record = bench.store().content(&key("a")).await.unwrap().unwrap();
    let outcome = record.terminal.map(|end| end.outcome);
    assert_eq!(outcome, Some(Outcome::ALL[winner % Outcome::ALL.len()]), "the end is the winner's");
}

/// Sixteen batches about different items are all applied.
pub async fn different_items_do_not_disturb_one_another(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    let keys: Vec<_> = (0..RACERS).map(|n| key(&format!("item-{n}"))).collect();
    let batches: Vec<_> = keys.iter().map(|key| admit(key, now)).collect();
    let mut events: Vec<_> = batches.iter().flat_map(|batch| ids(&batch.events)).collect();
    let all = commit_at_once(&*bench, batches).await;
    assert_eq!(applied(&all), RACERS, "batches about different things do not conflict: {all:?}");
    bench.reopen().await;
    relay(&bench.log(), &bench.store()).await.unwrap();
    for key in &keys {
        assert!(bench.store().content(key).await.unwrap().is_some(), "a commit among many was lost");
    }
    let mut told = logged_ids(&*bench).await;
    told.sort_unstable();
    events.sort_unstable();
    assert_eq!(told, events, "the events of each are told, each once");
}
