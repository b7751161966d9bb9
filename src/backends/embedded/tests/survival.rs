//! What is there after a crash, after a restart, after an update.

use std::time::Duration;

use tracerail_actors::port::{Committed, Consumer, EventLog, Giveup, Nak, Position, Store};
use tracerail_schemas::{Code, Subject};

use super::sample::{Place, admission, event, key, pull};
use crate::backends::embedded::migrations;

/// A file as a crash leaves it: copied while it was in use, the write-ahead log beside it.
fn crashed(place: &Place) -> Place {
    let copy = Place::new();
    for suffix in ["", "-wal"] {
        let name = |place: &Place| place.folder.path().join(format!("store.db{suffix}"));
        std::fs::copy(name(place), name(&copy)).unwrap();
    }
    // The copy is opened by this same process, which lives.
    copy.raw().execute_batch("UPDATE lease SET until = 0").unwrap();
    copy
}

#[tokio::test]
async fn a_crash_loses_nothing_and_repeats_only_what_was_open() {
    let place = Place::new();
    let store = place.open();
    for n in 0..4 {
        store.commit(admission(n), None).await.unwrap();
    }
    let got = pull(&store, 4).await;
    let committed = store.commit(admission(10), Some(got[0].receipt)).await.unwrap();
    assert!(matches!(committed, Committed::Applied { .. }));
    let nak = Nak { after: Duration::ZERO, failure: Some("no".to_owned()) };
    store.nak(got[1].receipt, nak).await.unwrap();
    let why = Giveup { code: Code::HandlerFailed, cause: "never".to_owned() };
    store.give_up(got[2].receipt, why).await.unwrap();

    let copy = crashed(&place);
    let after = copy.open();
    assert_eq!(after.lag(Consumer::Llm).await.unwrap(), 3);
    let again = pull(&after, 9).await;
    let seen: Vec<_> = again.iter().map(|delivery| (delivery.receipt.sequence, delivery.failures)).collect();
    assert_eq!(seen, [(2, 1), (4, 0), (5, 0)], "the one given back, the one open, the new one");
    assert_eq!(
        after.commit(admission(0), None).await.unwrap(),
        Committed::AlreadyApplied { answer: None, unsent: Vec::new() }
    );
    let totals = after.totals().await.unwrap();
    assert_eq!((totals.contents, totals.dead_letters_held), (5, 1));
    assert_eq!(after.content(&key("item-3")).await.unwrap().unwrap().trail.len(), 1);
}

#[tokio::test]
async fn dropped_without_closing_it_opens_again() {
    let place = Place::new();
    let store = place.open();
    store.commit(admission(1), None).await.unwrap();
    pull(&store, 1).await;
    drop(store);
    let store = place.open();
    assert_eq!(pull(&store, 1).await[0].failures, 0);
    store.close().await;
    assert!(!place.folder.path().join("store.db-wal").exists(), "closing leaves one file");
}

#[tokio::test]
async fn a_file_of_version_1_is_brought_up_to_date() {
    let place = Place::new();
    let raw = place.raw();
    raw.execute_batch(include_str!("../migrations/0001.sql")).unwrap();
    raw.pragma_update(None, "application_id", 0x5472_526c).unwrap();
    raw.pragma_update(None, "user_version", 1).unwrap();
    raw.execute_batch("INSERT INTO cursor VALUES ('support', 41)").unwrap();
    drop(raw);
    let store = place.open();
    let group = tracerail_schemas::GroupId::new("support").unwrap();
    assert_eq!(store.cursor(&group).await.unwrap(), 41);
    assert_eq!(migrations::version(&place.raw()).unwrap(), migrations::known());
}

#[tokio::test]
async fn many_at_once_are_all_there_and_each_once() {
    let place = Place::new();
    let store = place.open();
    let commits = (0..600_u128).map(|n| {
        let store = store.clone();
        tokio::spawn(async move { store.commit(admission(n % 300), None).await.unwrap() })
    });
    let mut applied = 0;
    for commit in commits.collect::<Vec<_>>() {
        applied += usize::from(matches!(commit.await.unwrap(), Committed::Applied { .. }));
    }
    assert_eq!((applied, store.totals().await.unwrap().contents), (300, 300));
    let events = store.read(&Position::start(), &[Subject::ContentSubmitted], 1000).await.unwrap();
    assert_eq!(events.len(), 300);
}

#[tokio::test]
async fn a_conflict_leaves_its_neighbours_and_its_own_cause_alone() {
    let place = Place::new();
    let store = place.open();
    store.commit(admission(1), None).await.unwrap();
    let mut taken = admission(1);
    taken.cause.id = uuid::Uuid::from_u128(99);
    let (conflict, neighbour) =
        tokio::join!(store.commit(taken.clone(), None), store.commit(admission(2), None));
    assert_eq!(conflict.unwrap(), Committed::Conflict);
    assert!(matches!(neighbour.unwrap(), Committed::Applied { .. }));
    taken.content = None;
    taken.events = vec![event(Subject::TaskCreated, 5)];
    assert!(matches!(store.commit(taken, None).await.unwrap(), Committed::Applied { .. }));
}
