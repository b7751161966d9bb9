//! Deliveries that take long, lose their consumer, or kill their process.

use std::time::{Duration, Instant};

use tracerail::backends::distributed::nats::{NatsSettings, keep, setup};
use tracerail_actors::conformance::{TestClock, run, sample};
use tracerail_actors::port::{Clock, Consumer, DeadLetterFilter, EventLog, Nak};
use tracerail_schemas::Code;

use super::stage::{Stage, settings, shared, until_kept};

const ALL: DeadLetterFilter = DeadLetterFilter { consumer: None, status: None, after: 0, limit: 10 };

async fn pull_one(stage: &Stage) -> tracerail_actors::port::Delivery {
    let mut got = stage.log.pull(Consumer::Llm, 1, Duration::from_secs(10)).await.unwrap();
    assert_eq!(got.len(), 1, "it comes");
    got.remove(0)
}

#[test]
fn a_slow_handler_keeps_its_delivery_and_what_waits_behind_it_stays_too() {
    run(async {
        let settings = NatsSettings { ack_wait: Duration::from_millis(600), ..settings(&shared()) };
        let clock = TestClock::default();
        let (stage, other) = (Stage::open(&settings, &clock).await, Stage::open(&settings, &clock).await);
        stage.log.publish(sample::submissions(5, clock.now())).await.unwrap();
        let slow = stage.log.pull(Consumer::Llm, 5, Duration::from_secs(5)).await.unwrap();
        let more = stage.log.pull(Consumer::Llm, 5, Duration::from_secs(1)).await.unwrap();
        let came = other.log.pull(Consumer::Llm, 5, Duration::from_secs(3)).await.unwrap();
        assert_eq!(
            slow.len() + more.len() + came.len(),
            5,
            "in five times the time, nothing came twice: {came:?}"
        );
        for delivery in slow.iter().chain(&more) {
            stage.log.ack(delivery.receipt).await.expect("it is still this process's");
        }
    });
}

#[test]
fn a_consumer_that_is_deleted_is_told_and_served_again_once_it_is_back() {
    run(async {
        let (settings, clock) = (settings(&shared()), TestClock::default());
        let stage = Stage::open(&settings, &clock).await;
        stage.log.publish(sample::submissions(1, clock.now())).await.unwrap();
        let before = pull_one(&stage).await;
        let context = async_nats::jetstream::new(async_nats::connect(&settings.urls[0]).await.unwrap());
        let (stream, name) =
            (format!("{}_content_submitted", settings.prefix), format!("{}_llm", settings.prefix));
        context.delete_consumer_from_stream(&name, &stream).await.unwrap();
        let began = Instant::now();
        let why = loop {
            match stage.log.pull(Consumer::Llm, 1, Duration::from_millis(100)).await {
                Err(error) => break error.chain(),
                Ok(_) => assert!(began.elapsed() < Duration::from_secs(10), "nobody says that it is gone"),
            }
        };
        assert!(why.contains(&name) && why.contains("tracerail setup"), "{why}");
        setup(&stage.connection, &settings).await.unwrap();
        drop(stage.log.nak(before.receipt, Nak { after: Duration::ZERO, failure: None }).await);
        while stage
            .log
            .pull(Consumer::Llm, 1, Duration::from_millis(100))
            .await
            .unwrap_or_default()
            .is_empty()
        {
            assert!(began.elapsed() < Duration::from_secs(20), "it is not served again");
        }
    });
}

#[test]
fn a_delivery_that_kills_its_process_becomes_a_dead_letter_with_its_bytes() {
    run(async {
        let settings =
            NatsSettings { deliver_max: 2, ack_wait: Duration::from_millis(500), ..settings(&shared()) };
        let clock = TestClock::default();
        let stage = Stage::open(&settings, &clock).await;
        let events = sample::submissions(1, clock.now());
        stage.log.publish(events.clone()).await.unwrap();
        for _ in 0..2 {
            // A process that is handed it, and dies.
            pull_one(&Stage::open(&settings, &clock).await).await;
        }
        let letters = until_kept(&stage.log, &stage.log).await;
        let letter = &letters[0];
        assert_eq!((letter.code, letter.attempts), (Code::HandlerFailed, 2), "{letter:?}");
        assert_eq!(letter.data, events[0].data, "with its bytes");
        assert!(stage.log.replay(letter.number).await.unwrap());
        assert_eq!(pull_one(&stage).await.envelope, events[0].envelope, "a replay brings it back as it was");
    });
}

#[test]
fn a_delivery_that_was_given_back_for_long_is_handed_out_anew() {
    run(async {
        let settings =
            NatsSettings { deliver_max: 3, ack_wait: Duration::from_millis(500), ..settings(&shared()) };
        let clock = TestClock::default();
        let stage = Stage::open(&settings, &clock).await;
        let events = sample::submissions(1, clock.now());
        stage.log.publish(events.clone()).await.unwrap();
        for _ in 0..3 {
            let delivery = pull_one(&stage).await;
            stage.log.nak(delivery.receipt, Nak { after: Duration::ZERO, failure: None }).await.unwrap();
        }
        let keeping = keep(&stage.log, Consumer::Llm);
        let again = async { pull_one(&stage).await };
        tokio::select! {
            () = keeping => unreachable!("it keeps for ever"),
            again = again => assert_eq!(again.envelope, events[0].envelope),
        }
        assert!(stage.log.dead_letters(ALL).await.unwrap().is_empty(), "nothing is wrong with it");
    });
}
