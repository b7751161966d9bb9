//! One process at a time hands out events, and one that has lost the right cannot acknowledge.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tracerail_actors::port::{Committed, Consumer, EventLog, Nak, Store};
use tracerail_schemas::Subject;

use super::sample::{Place, admission, event, pull};
use crate::backends::embedded::Embedded;

const SHORT: Duration = Duration::from_millis(100);

async fn publish(store: &Embedded, numbers: std::ops::Range<u128>) {
    store.publish(numbers.map(|n| event(Subject::ContentSubmitted, n)).collect()).await.unwrap();
}

/// Makes the lease look as if its holder had not renewed it, until `heir` has it.
async fn expire(place: &Place, heir: &Embedded) -> u64 {
    let raw = place.raw();
    for _ in 0..100 {
        raw.execute_batch("UPDATE lease SET until = 0").unwrap();
        if let Some(first) = heir.pull(Consumer::Llm, 1, Duration::ZERO).await.unwrap().first() {
            return first.receipt.epoch;
        }
    }
    panic!("the lease was not taken over");
}

#[tokio::test]
async fn the_second_waits_and_gets_nothing() {
    let place = Place::new();
    let (first, second) = (place.open(), place.open());
    publish(&first, 0..3).await;
    pull(&first, 1).await;
    assert!(second.pull(Consumer::Llm, 9, SHORT).await.unwrap().is_empty());
}

#[tokio::test]
async fn events_of_another_process_wake_a_pull() {
    let place = Place::new();
    let (first, second) = (place.open(), place.open());
    assert!(first.pull(Consumer::Llm, 1, Duration::ZERO).await.unwrap().is_empty());
    let waiting = {
        let first = first.clone();
        tokio::spawn(async move { first.pull(Consumer::Llm, 9, Duration::from_secs(20)).await })
    };
    publish(&second, 0..1).await;
    let got = tokio::time::timeout(Duration::from_secs(5), waiting).await.unwrap().unwrap().unwrap();
    assert_eq!(got.len(), 1);
}

#[tokio::test]
async fn a_zombie_cannot_acknowledge() {
    let place = Place::new();
    let (zombie, heir) = (place.open(), place.open());
    publish(&zombie, 0..3).await;
    let old = pull(&zombie, 3).await;
    let epoch = expire(&place, &heir).await;
    assert!(epoch > old[0].receipt.epoch);

    assert!(zombie.ack(old[0].receipt).await.is_err(), "a zombie acknowledged");
    let nak = Nak { after: Duration::ZERO, failure: None };
    assert!(zombie.nak(old[1].receipt, nak).await.is_err(), "a zombie gave back");
    let committed = zombie.commit(admission(7), Some(old[2].receipt)).await.unwrap();
    assert_eq!(committed, Committed::Conflict, "a zombie committed");

    let rest = pull(&heir, 9).await;
    assert_eq!(rest.len(), 2, "the heir gets all that was not acknowledged");
    assert_eq!(heir.lag(Consumer::Llm).await.unwrap(), 3);
    let committed = heir.commit(admission(7), Some(rest[0].receipt)).await.unwrap();
    assert!(matches!(committed, Committed::Applied { .. }), "what the zombie tried left nothing behind");
}

#[tokio::test]
async fn released_deliveries_go_on_at_once() {
    let place = Place::new();
    let (first, second) = (place.open(), place.open());
    publish(&first, 0..3).await;
    let old = pull(&first, 3).await;
    first.ack(old[1].receipt).await.unwrap();
    first.release().await.unwrap();
    let began = Instant::now();
    let got = pull(&second, 9).await;
    assert!(began.elapsed() < Duration::from_secs(1), "took {:?}", began.elapsed());
    let bodies: Vec<_> = got.iter().map(|delivery| delivery.data.clone()).collect();
    assert_eq!(bodies, [b"body 0".to_vec(), b"body 2".to_vec()]);
    assert!(first.ack(old[0].receipt).await.is_err());
    assert!(first.pull(Consumer::Llm, 9, SHORT).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_holder_that_was_killed_is_replaced_at_once() {
    let place = Place::new();
    let store = place.open();
    publish(&store, 0..1).await;
    pull(&store, 1).await;
    // The row as a process that was killed would have left it: of this machine, and good for an hour.
    let mut other = Command::new("sleep").arg("60").stdout(Stdio::null()).spawn().unwrap();
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", other.id())).unwrap();
    let started: i64 =
        stat.rsplit_once(')').unwrap().1.split_ascii_whitespace().nth(19).unwrap().parse().unwrap();
    let hour = "UPDATE lease SET holder = zeroblob(16), pid = ?1, started = ?2, until = until + 3600000000";
    place.raw().execute(hour, (other.id(), started)).unwrap();

    let heir = place.open();
    assert!(heir.pull(Consumer::Llm, 9, SHORT).await.unwrap().is_empty(), "its holder lives");
    other.kill().unwrap();
    // Not waited for: a process that is dead and not buried is dead.
    let began = Instant::now();
    assert_eq!(pull(&heir, 9).await.len(), 1);
    assert!(began.elapsed() < Duration::from_secs(1), "took {:?}", began.elapsed());
    other.wait().unwrap();
}

#[tokio::test]
async fn an_idle_holder_keeps_its_lease() {
    let place = Place::new();
    let settings = crate::backends::embedded::Settings {
        lease_duration: Duration::from_millis(300),
        ..crate::backends::embedded::Settings::default()
    };
    let (first, second) = (place.open_with(settings), place.open_with(settings));
    publish(&first, 0..2).await;
    let old = pull(&first, 1).await;
    assert!(second.pull(Consumer::Llm, 9, Duration::from_secs(1)).await.unwrap().is_empty());
    first.ack(old[0].receipt).await.unwrap();
}
