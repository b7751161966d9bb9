//! The fake's faults: a crash or a failure at any single step of carrying out an effect ends in the same state, and the
//! wrong order of the steps does not.

use std::sync::Arc;

use tracerail_schemas::EventId;

use crate::conformance::memory::{Fault, FaultPlan, MemoryBackend, Moment, Step};
use crate::conformance::sample::{admit, key, submitted};
use crate::conformance::{Instance, TestClock, carry_out, relay, run};
use crate::port::{Clock as _, Consumer, Delivery, PortError};

/// What a user can see in the end.
#[derive(PartialEq, Debug)]
struct End {
    told: Vec<EventId>,
    recorded: bool,
    lag: u64,
    unsent: usize,
}

async fn end(at: &Instance) -> End {
    let log = at.log.read(&crate::port::Position::start(), &[], 100).await.unwrap();
    End {
        told: log.into_iter().map(|logged| logged.event.envelope.id).collect(),
        recorded: at.store.content(&key("a")).await.unwrap().is_some(),
        lag: at.log.lag(Consumer::Llm).await.unwrap(),
        unsent: at.store.unsent(std::time::Duration::ZERO, 100).await.unwrap().len(),
    }
}

/// One turn of an actor: relay, pull, decide, carry out in some order.
async fn turn(
    at: &Instance,
    handle: impl AsyncFn(&Instance, Delivery) -> Result<(), PortError>,
) -> Result<(), PortError> {
    relay(&at.log, &at.store).await?;
    for delivery in at.log.pull(Consumer::Llm, 10, std::time::Duration::ZERO).await? {
        handle(at, delivery).await?;
    }
    Ok(())
}

async fn in_order(at: &Instance, delivery: Delivery) -> Result<(), PortError> {
    let batch = admit(&key("a"), at.store.now().await?);
    carry_out(&at.log, &at.store, batch, Some(delivery.receipt)).await.map(drop)
}

async fn ack_first(at: &Instance, delivery: Delivery) -> Result<(), PortError> {
    at.log.ack(delivery.receipt).await?;
    let batch = admit(&key("a"), at.store.now().await?);
    carry_out(&at.log, &at.store, batch, None).await.map(drop)
}

/// The end of the story when `plan` goes wrong in it, the instance is restarted and works on until all is quiet; and how many
/// moments the story has.
async fn story(
    handle: impl AsyncFn(&Instance, Delivery) -> Result<(), PortError>,
    plan: Option<FaultPlan>,
) -> (End, usize) {
    let clock = TestClock::default();
    let backend = MemoryBackend::new(Arc::new(clock.clone()));
    let first = backend.open();
    first.log.publish(vec![submitted(&key("a"), clock.now())]).await.unwrap();
    let before = backend.moments().len();
    if let Some(plan) = plan {
        backend.plan(plan);
    }
    let outcome = turn(&first, &handle).await;
    assert_eq!(outcome.is_err(), plan.is_some(), "each planned fault is met");
    let moments = backend.moments().len() - before;
    backend.crash();
    let next = backend.open();
    turn(&next, &handle).await.unwrap();
    (end(&next).await, moments)
}

#[test]
fn a_fault_at_any_moment_ends_in_the_same_state() {
    run(async {
        let (sound, moments) = story(in_order, None).await;
        assert_eq!((sound.told.len(), sound.recorded, sound.lag, sound.unsent), (2, true, 0, 0));
        assert_eq!(moments, 8, "before and after commit, publish, sent and ack");
        for fault in [Fault::Crash, Fault::Fail] {
            for n in 0..moments {
                let (ended, _) = story(in_order, Some(FaultPlan::nth(n, fault))).await;
                assert_eq!(ended, sound, "a {fault:?} at moment {n} changes what users see");
            }
        }
    });
}

#[test]
fn the_wrong_order_loses_the_effect() {
    run(async {
        let (sound, _) = story(ack_first, None).await;
        let plan = FaultPlan::at(Step::Ack, Moment::After, 0, Fault::Crash);
        let (ended, _) = story(ack_first, Some(plan)).await;
        assert_ne!(ended, sound, "a crash between an early ack and the commit must be seen");
        assert!(!ended.recorded && ended.lag == 0, "the item is lost: {ended:?}");
    });
}

#[test]
fn a_crashed_instance_does_nothing_more() {
    run(async {
        let backend = MemoryBackend::new(Arc::new(TestClock::default()));
        let instance = backend.open();
        backend.crash();
        assert!(instance.log.head().await.is_err());
        assert!(instance.store.unsent(std::time::Duration::ZERO, 1).await.is_err());
        assert!(backend.open().log.head().await.is_ok());
    });
}
