//! What somebody has still to read stays, and what belongs to it.

use std::time::Duration;

use tracerail_actors::port::{Batch, ContentWrite, EventLog, Giveup, Store, SystemClock};
use tracerail_schemas::content::{Outcome, TerminalRecord};
use tracerail_schemas::{Code, Principal, Timestamp};

use super::sample::{Place, admission, key, pull};
use crate::backends::embedded::Settings;
use crate::backends::embedded::retention::retain;
use crate::upkeep::Removed;

/// The item `n`, taken in and ended at once.
fn ended(n: u128) -> Batch {
    let batch = admission(n);
    let terminal = TerminalRecord {
        outcome: Outcome::Auto,
        decided_by: Principal::system("router"),
        reason: "harmless".to_owned(),
        at: Timestamp::from_micros(2_000_000),
        task_id: None,
    };
    let content = batch.content.map(|write| ContentWrite { terminal: Some(terminal), ..write });
    Batch { content, ..batch }
}

/// Takes out whatever has ended.
fn take_out(place: &Place) -> Removed {
    let mut walk = retain(&place.file(), &Settings::default(), &SystemClock, Duration::ZERO, false).unwrap();
    while walk.go_on().unwrap() {}
    walk.removed()
}

#[tokio::test]
async fn an_item_stays_until_everybody_has_read_its_events() {
    let place = Place::new();
    let store = place.open();
    for n in 1..=3 {
        store.commit(ended(n), None).await.unwrap();
    }
    assert_eq!(take_out(&place), Removed::default(), "nobody has read anything");
    let deliveries = pull(&store, 3).await;
    store.ack(deliveries[0].receipt).await.unwrap();
    let why = Giveup { code: Code::HandlerFailed, cause: "it failed".to_owned() };
    store.give_up(deliveries[1].receipt, why).await.unwrap();
    let gone = take_out(&place);
    assert_eq!(
        (gone.items, gone.events),
        (1, 1),
        "one is read; one is a dead letter, one in somebody's hands"
    );
    assert!(store.content(&key("item-1")).await.unwrap().is_none());

    assert!(store.replay(1).await.unwrap());
    let gone = take_out(&place);
    assert_eq!(
        (gone.items, gone.dead_letters),
        (0, 1),
        "the letter is done with; its event will be handed out"
    );
    let again = pull(&store, 1).await;
    store.ack(again[0].receipt).await.unwrap();
    assert_eq!(take_out(&place).items, 1, "and then it is done with");

    store.ack(deliveries[2].receipt).await.unwrap();
    let gone = take_out(&place);
    assert_eq!((gone.items, gone.events), (1, 0), "the newest event stays, as places are counted from it");
    store.commit(ended(4), None).await.unwrap();
    assert_eq!(pull(&store, 9).await.len(), 1, "so the next one has a place nobody has seen");
    assert_eq!(take_out(&place).events, 1);
}

#[tokio::test]
async fn a_process_that_hands_out_events_takes_out_and_others_do_not() {
    let place = Place::new();
    let settings = Settings {
        keep_ended: Some(Duration::from_hours(1)),
        retention_every: Duration::from_millis(5),
        ..Settings::default()
    };
    let other = place.open_with(settings);
    for n in 1..=2 {
        other.commit(ended(n), None).await.unwrap();
    }
    let store = place.open_with(Settings { keep_ended: None, ..settings });
    for delivery in pull(&store, 2).await {
        store.ack(delivery.receipt).await.unwrap();
    }
    let there = async || other.content(&key("item-1")).await.unwrap().is_some();
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert!(there().await, "whoever hands out nothing leaves it alone");
    }
    store.close().await;
    for _ in 0..1000 {
        // It takes over what the other has given back, and with it this.
        other.pull(tracerail_actors::port::Consumer::Llm, 1, Duration::from_millis(5)).await.unwrap();
        if !there().await {
            return;
        }
    }
    panic!("it was never taken out");
}
