//! The one thread that writes survives what is asked of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tracerail_actors::port::{Batch, Clock, Committed, Guard, PortErrorKind, Store, SystemClock};
use tracerail_schemas::{GroupId, Timestamp};

use super::sample::{Place, admission};
use crate::backends::embedded::{Embedded, Settings};

/// Commits these while the writer is held up, so that they share a transaction.
async fn together(
    place: &Place,
    store: &Embedded,
    batches: Vec<Batch>,
) -> Vec<Result<Committed, PortErrorKind>> {
    let other = place.raw();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let first = tokio::spawn({
        let store = store.clone();
        async move { store.commit(admission(1_000), None).await }
    });
    let waiting: Vec<_> = batches
        .into_iter()
        .map(|batch| {
            let store = store.clone();
            tokio::spawn(async move { store.commit(batch, None).await.map_err(|error| error.kind) })
        })
        .collect();
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    other.execute_batch("ROLLBACK").unwrap();
    assert!(first.await.unwrap().is_ok());
    let mut outcomes = Vec::new();
    for one in waiting {
        outcomes.push(one.await.unwrap());
    }
    outcomes
}

fn applied(outcome: &Result<Committed, PortErrorKind>) -> bool {
    matches!(outcome, Ok(Committed::Applied { .. }))
}

#[tokio::test]
async fn a_request_that_cannot_be_written_fails_alone() {
    let place = Place::new();
    let store = place.open();
    let trap = "CREATE TRIGGER trap BEFORE INSERT ON cursor BEGIN SELECT RAISE(ABORT, 'poison'); END";
    place.raw().execute_batch(trap).unwrap();
    let mut poison = admission(2);
    poison.cursor = Some((GroupId::new("support").unwrap(), 1));
    let outcomes = together(&place, &store, vec![admission(1), poison, admission(3)]).await;
    assert!(applied(&outcomes[0]) && applied(&outcomes[2]), "{outcomes:?}");
    assert_eq!(outcomes[1], Err(PortErrorKind::Invalid));
    assert_eq!(store.totals().await.unwrap().contents, 3, "nothing is left of the one that failed");
}

/// A clock that is broken until it is mended.
struct BrokenClock(Arc<AtomicBool>);

impl Clock for BrokenClock {
    fn now(&self) -> Timestamp {
        assert!(!self.0.load(Ordering::SeqCst), "this clock is broken");
        SystemClock.now()
    }
}

#[tokio::test]
async fn a_panic_becomes_an_error_and_the_writer_goes_on() {
    let place = Place::new();
    let broken = Arc::new(AtomicBool::new(true));
    let clock = Arc::new(BrokenClock(Arc::clone(&broken)));
    let store = Embedded::open(&place.file(), Settings::default(), clock).unwrap();
    let mut asks_the_time = admission(2);
    asks_the_time.guard = Guard { not_before: Some(Timestamp::from_micros(1)) };
    let outcomes = together(&place, &store, vec![admission(1), asks_the_time.clone(), admission(3)]).await;
    assert!(applied(&outcomes[0]) && applied(&outcomes[2]), "{outcomes:?}");
    assert_eq!(outcomes[1], Err(PortErrorKind::Invalid));
    broken.store(false, Ordering::SeqCst);
    let again = store.commit(asks_the_time, None).await.unwrap();
    assert!(matches!(again, Committed::Applied { .. }), "its cause was not remembered");
}
