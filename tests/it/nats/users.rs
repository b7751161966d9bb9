//! The log with the users of the shipped configuration: each part of its work is done by whoever may do it.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tracerail::backends::distributed::nats::{
    Connection, NatsAuth, NatsLog, NatsSettings, StreamSeen, setup, verify,
};
use tracerail_actors::conformance::{TestClock, run, sample};
use tracerail_actors::port::{
    Clock, Consumer, DeadLetterFilter, Delivery, EventLog, Giveup, Nak, PortErrorKind, Position,
};
use tracerail_schemas::{Code, Subject};
use tracerail_testkit::servers::{Nats, NatsOptions};

use super::stage::Scan;

/// How this user reaches a server with the shipped configuration.
pub(crate) fn settings(server: &Nats, user: &str) -> NatsSettings {
    let auth = NatsAuth::Password { user: user.to_owned(), password: Nats::password(user).into() };
    NatsSettings {
        urls: vec![server.url()],
        auth,
        publish_within: Duration::from_secs(2),
        publish_attempt: Duration::from_secs(1),
        ..NatsSettings::default()
    }
}

async fn connect(settings: &NatsSettings) -> Connection {
    Connection::open(settings, Handle::current()).await.expect("the user is let in")
}

/// The log, for whoever is handed the events of these consumers.
pub(crate) async fn log(settings: NatsSettings, consumers: &[Consumer]) -> NatsLog {
    let connection = connect(&settings).await;
    let seen: Vec<StreamSeen> = verify(&connection, &settings, consumers).await.expect("the user may look");
    let clock: Arc<dyn Clock> = Arc::new(TestClock::default());
    NatsLog::new(connection, settings, &seen, clock, Arc::new(Scan::default()))
}

async fn pull_one(log: &NatsLog, consumer: Consumer) -> Delivery {
    let mut got = log.pull(consumer, 1, Duration::from_secs(10)).await.expect("the user may pull");
    assert_eq!(got.len(), 1, "it comes to {consumer}");
    got.remove(0)
}

#[test]
fn each_user_can_do_all_of_its_own_work() {
    run(async {
        let server = Nats::start(NatsOptions { shipped: true, ..NatsOptions::default() });
        let log = async |user: &str, consumers: &[Consumer]| log(settings(&server, user), consumers).await;
        let admin = settings(&server, "admin");
        setup(&connect(&admin).await, &admin).await.expect("the admin makes everything");
        let operator = log("operator", &Consumer::ALL).await;
        let llm = log("llm", &[Consumer::Llm]).await;
        let now = TestClock::default().now();
        operator.publish(sample::submissions(1, now)).await.expect("the operator takes content in");

        let first = pull_one(&llm, Consumer::Llm).await;
        let failed = Nak { after: Duration::ZERO, failure: Some("no".to_owned()) };
        llm.nak(first.receipt, failed).await.expect("a failure is noted");
        let again = pull_one(&llm, Consumer::Llm).await;
        assert_eq!(again.failures, 1, "the note is read");
        let why = Giveup { code: Code::HandlerFailed, cause: "no".to_owned() };
        llm.give_up(again.receipt, why).await.expect("a dead letter is kept");

        let all = DeadLetterFilter { limit: 10, ..DeadLetterFilter::default() };
        let letters = operator.dead_letters(all).await.expect("the operator lists");
        assert_eq!(operator.dead_letters_held().await.expect("the operator counts"), 1);
        assert!(operator.replay(letters[0].number).await.expect("the operator replays"));
        assert_eq!(operator.dead_letters_held().await.unwrap(), 0, "a replayed one waits for nobody");
        let third = pull_one(&llm, Consumer::Llm).await;
        let analyzed = sample::event(Subject::ContentAnalyzed, sample::key("a"), 1, now);
        llm.publish(vec![analyzed]).await.expect("it says what it found");
        llm.ack(third.receipt).await.expect("it acknowledges");

        for user in ["task", "all", "operator"] {
            let reader = log(user, &[]).await;
            let seen = reader.observe().await.expect("it may look at the streams");
            let told_from = reader.told_from(&seen).await.expect("it may see where they begin");
            assert_eq!(told_from.get(&0), Some(&1), "{user}");
            assert!(reader.held_about().await.expect("it may read what is held").is_empty());
            let refused = reader.may_erase().await.expect_err("what is in the log is not theirs to delete");
            assert_eq!(refused.kind, PortErrorKind::Denied, "{refused}");
            let found = reader.read(&Position::start(), &[], 10).await;
            assert_eq!(found.expect("it may read everything").len(), 2, "{user}");
        }
        let routed = sample::event(Subject::ContentRouted, sample::key("a"), 1, now);
        llm.publish(vec![routed]).await.expect_err("what is another's is refused");
        log("admin", &[]).await.may_erase().await.expect("the administrator may delete");
        llm.release().await.expect("it releases");
    });
}
