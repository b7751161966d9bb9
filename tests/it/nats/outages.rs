//! The server dies, comes back, or loses what it had.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tracerail::backends::distributed::nats::{NatsError, NatsSettings, setup_if_fresh, verify};
use tracerail_actors::conformance::{TestClock, run, sample};
use tracerail_actors::port::{Clock, Consumer, EventLog, Position};
use tracerail_schemas::EventId;
use tracerail_testkit::servers::{Nats, NatsOptions};

use super::stage::{Stage, settings};

const EVENTS: usize = 3_000;

fn with_server() -> (Nats, NatsSettings) {
    let server = Nats::start(NatsOptions::default());
    let settings = settings(&server.url());
    (server, settings)
}

/// Everything handed out, each acknowledged, until there are this many different ones.
async fn handle(log: Arc<dyn EventLog>, n: usize, within: Duration) -> BTreeSet<EventId> {
    let (began, mut handled) = (Instant::now(), BTreeSet::new());
    while handled.len() < n && began.elapsed() < within {
        let pulled = log.pull(Consumer::Llm, 100, Duration::from_millis(200)).await.unwrap_or_default();
        // One whose acknowledgement is lost comes again. All at once: a server that has forgotten what it handed out leaves them unanswered.
        join_all(pulled.iter().map(|delivery| log.ack(delivery.receipt))).await;
        handled.extend(pulled.into_iter().map(|delivery| delivery.envelope.id));
    }
    handled
}

#[test]
fn a_server_that_is_killed_during_publishing_and_handling_loses_nothing_and_doubles_nothing() {
    run(async {
        let (server, settings) = with_server();
        let clock = TestClock::default();
        let stage = Stage::open(&settings, &clock).await;
        let events = sample::submissions(EVENTS, clock.now());
        let wanted: BTreeSet<_> = events.iter().map(|event| event.envelope.id).collect();
        let handling = tokio::spawn(handle(stage.log.clone(), EVENTS, Duration::from_secs(40)));
        let mut running = tokio::spawn(async { server });
        for (n, some) in events.chunks(50).enumerate() {
            if n % 15 == 5 {
                let mut server = running.await.unwrap();
                running = tokio::task::spawn_blocking(move || {
                    server.restart();
                    server
                });
            }
            let published = stage.log.publish(some.to_vec()).await.expect("it is repeated until it is known");
            assert_eq!(published.len(), some.len());
        }
        let server = running.await.unwrap();
        assert_eq!(handling.await.unwrap(), wanted, "each event is handed out");
        let read = stage.log.read(&Position::start(), &[], 2 * EVENTS).await.unwrap();
        assert_eq!(read.len(), EVENTS, "no event is in the log twice");
        drop(server);
    });
}

#[test]
fn an_unreachable_server_is_named_and_wrong_credentials_end_it_at_once() {
    run(async {
        let mut server = Nats::start(NatsOptions { shipped: true, ..NatsOptions::default() });
        let mut settings = NatsSettings {
            connect_within: Some(Duration::from_millis(500)),
            auth: tracerail::backends::distributed::nats::NatsAuth::Password {
                user: "llm".into(),
                password: "wrong".into(),
            },
            ..settings(&server.url())
        };
        let open = |settings: NatsSettings| async move {
            let io = tokio::runtime::Handle::current();
            tracerail::backends::distributed::nats::Connection::open(&settings, io).await
        };
        let refused = open(settings.clone()).await.unwrap_err();
        assert!(matches!(refused, NatsError::Refused { .. }), "{refused}");
        server.kill9();
        let unreachable = open(settings.clone()).await.unwrap_err();
        assert!(unreachable.to_string().contains(&server.url()), "{unreachable}");
        settings.urls = vec!["nats://127.0.0.1:99999".into()];
        assert!(matches!(open(settings).await.unwrap_err(), NatsError::Settings(_)));
    });
}

#[test]
fn streams_that_are_gone_or_weaker_are_told_and_never_made_over_old_state() {
    run(async {
        let (_server, settings) = with_server();
        let stage = Stage::open(&settings, &TestClock::default()).await;
        let context = async_nats::jetstream::new(async_nats::connect(&settings.urls[0]).await.unwrap());
        let name = format!("{}_task_events", settings.prefix);
        context.delete_stream(&name).await.unwrap();
        let missing = verify(&stage.connection, &settings, &Consumer::ALL).await.unwrap_err();
        assert!(missing.to_string().contains(&name), "{missing}");
        let started = setup_if_fresh(&stage.connection, &settings, &Consumer::ALL, true).await.unwrap_err();
        assert!(
            matches!(started, NatsError::NotSetUp { .. }),
            "others are there, so nothing is fresh: {started}"
        );

        let name = format!("{}_content_submitted", settings.prefix);
        let mut config = context.get_stream(&name).await.unwrap().cached_info().config.clone();
        config.discard = async_nats::jetstream::stream::DiscardPolicy::Old;
        config.duplicate_window = Duration::from_secs(1);
        config.max_age = Duration::from_hours(1);
        context.update_stream(config).await.unwrap();
        tracerail::backends::distributed::nats::setup(&stage.connection, &settings).await.unwrap_err();
        let weaker = verify(&stage.connection, &settings, &Consumer::ALL).await.unwrap_err().to_string();
        assert!(weaker.contains("drops old events") && weaker.contains("for 1s and not 600s"), "{weaker}");
        assert!(weaker.contains("keeps events for 3600s and not for 2592000s"), "{weaker}");
    });
}

#[test]
fn a_fresh_installation_is_made_by_whoever_starts_first_unless_the_store_knows_of_one() {
    run(async {
        let (_server, settings) = with_server();
        let io = tokio::runtime::Handle::current();
        let connection =
            tracerail::backends::distributed::nats::Connection::open(&settings, io).await.unwrap();
        let known = setup_if_fresh(&connection, &settings, &Consumer::ALL, false).await.unwrap_err();
        assert!(matches!(known, NatsError::NotSetUp { .. }), "{known}");
        let made = setup_if_fresh(&connection, &settings, &Consumer::ALL, true).await.unwrap();
        assert_eq!(verify(&connection, &settings, &Consumer::ALL).await.unwrap(), made);
    });
}

#[test]
fn of_several_who_start_first_at_the_same_moment_none_fails() {
    run(async {
        let (_server, settings) = with_server();
        let connections = (0..6).map(|_| {
            let io = tokio::runtime::Handle::current();
            tracerail::backends::distributed::nats::Connection::open(&settings, io)
        });
        let connections = futures_util::future::try_join_all(connections).await.unwrap();
        let starts = connections.iter().enumerate().map(|(n, connection)| {
            let settings = &settings;
            async move {
                // Each a little later: some find a part of what another is making.
                tokio::time::sleep(Duration::from_millis(8 * n as u64)).await;
                setup_if_fresh(connection, settings, &Consumer::ALL, true).await
            }
        });
        let seen = futures_util::future::try_join_all(starts).await.unwrap();
        assert!(seen.iter().all(|streams| streams.len() == seen[0].len()), "{seen:?}");
    });
}
