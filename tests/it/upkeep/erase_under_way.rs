//! What is under way while something is erased from servers: events that wait in Redis, deliveries that were given up, another erasure.

use std::sync::Arc;
use std::time::Duration;

use async_nats::HeaderMap;
use tokio::runtime::Handle;
use tracerail::backends::distributed::nats::NatsSettings;
use tracerail::backends::distributed::redis::RedisSettings;
use tracerail::backends::distributed::{Distributed, Opening, ServerUpkeep};
use tracerail::upkeep::{Erased, Erasing, Erasure, ToErase, Upkeep as _};
use tracerail_actors::conformance::{TestClock, run, sample};
use tracerail_actors::port::{Clock as _, Consumer, EventLog as _, Position, Store as _};
use tracerail_schemas::{Subject, TaskId};
use tracerail_testkit::servers::{Nats, NatsOptions, Redis, RedisOptions};

use crate::nats::{settings, shared, until_kept, users};
use crate::place::SOON;

/// Who is to be erased.
const PERSON: &str = "ada.q7";

/// Whom every sample of a submission names.
const CUSTOMER: &str = "customer-7";

/// Longer than a way through everything takes, and the pause after it.
const A_WHILE: Duration = Duration::from_secs(2);

/// Servers, and a process that runs on them.
struct Ground {
    _redis: Redis,
    nats: NatsSettings,
    both: Distributed,
    clock: TestClock,
}

impl Ground {
    async fn open(nats: NatsSettings) -> Self {
        let (redis, clock) = (Redis::start(RedisOptions::default()), TestClock::default());
        let both = open(&nats, &redis, &clock).await;
        Self { _redis: redis, nats, both, clock }
    }

    async fn erase(&self, person: &str) -> Erased {
        let what = ToErase::Person(sample::person(person));
        let erasure = Erasure { what, by: sample::person("lea"), reason: None, dry_run: false };
        let upkeep = ServerUpkeep::new(self.both.clone(), Arc::new(self.clock.clone()));
        let erasing = upkeep.erase(erasure, &|_| {}).await.unwrap();
        let Erasing::Done(erased) = erasing else { panic!("{erasing:?}") };
        erased
    }

    /// The bodies of all events, as far as they are texts.
    async fn told(&self) -> String {
        let all = self.both.log.read(&Position::start(), &[], 1_000).await.unwrap();
        all.iter().map(|logged| String::from_utf8_lossy(&logged.event.data).into_owned()).collect()
    }
}

/// The analyst handles so many submissions.
async fn handle(ground: &Ground, count: usize) {
    let log = &ground.both.log;
    for _ in 0..count {
        let delivery = log.pull(Consumer::Llm, 1, Duration::from_secs(10)).await.unwrap().remove(0);
        log.ack(delivery.receipt).await.unwrap();
    }
}

async fn open(nats: &NatsSettings, redis: &Redis, clock: &TestClock) -> Distributed {
    let redis = RedisSettings {
        urls: vec![redis.url()],
        prefix: nats.prefix.clone(),
        clock: Some(Arc::new(clock.clone())),
        ..RedisSettings::default()
    };
    let opening = Opening {
        nats: nats.clone(),
        redis,
        consumers: Consumer::ALL.to_vec(),
        clock: Arc::new(clock.clone()),
        io: Handle::current(),
    };
    Distributed::open(opening).await.unwrap()
}

/// A process has read the events of a commit from Redis, and publishes them when what waits there is rewritten already.
#[test]
fn an_event_that_somebody_is_about_to_publish_is_waited_for() {
    run(async {
        let ground = Ground::open(settings(&shared())).await;
        let (store, log) = (&ground.both.store, &ground.both.log);
        let mut task = sample::task(&sample::key("a"), ground.clock.now());
        task.data.content = format!("{CUSTOMER} wants it back.");
        store.commit(sample::create(&task), None).await.unwrap();
        let read_before = store.unsent(Duration::ZERO, 10).await.unwrap();
        let erasing = async { ground.erase(CUSTOMER).await };
        tokio::pin!(erasing);
        let early = tokio::time::timeout(A_WHILE, &mut erasing).await;
        assert!(early.is_err(), "somebody may still have it: {early:?}");
        let waiting = store.unsent(Duration::ZERO, 10).await.unwrap();
        let holds = |data: &[u8]| String::from_utf8_lossy(data).contains(CUSTOMER);
        assert!(holds(&read_before[0].data) && !holds(&waiting[0].data), "what waits is rewritten");
        let published = log.publish(read_before).await.unwrap();
        store.sent(&published).await.unwrap();
        let erased = tokio::time::timeout(SOON, erasing).await.expect("now nobody has it");
        assert!(erased.records >= 3, "the task, what waited, and what got into the log: {erased:?}");
        let told = ground.told().await;
        assert!(!told.contains(CUSTOMER) && told.contains("wants it back"), "{told}");
    });
}

/// The server has given a delivery up, and nobody was there to make a dead letter of it before it was erased.
#[test]
fn what_was_given_up_becomes_a_dead_letter_without_it() {
    run(async {
        let server = Nats::start(NatsOptions { shipped: true, ..NatsOptions::default() });
        let of = |user: &str| NatsSettings {
            deliver_max: 2,
            ack_wait: Duration::from_millis(500),
            ..users::settings(&server, user)
        };
        let ground = Ground::open(of("admin")).await;
        let llm = async || users::log(of("llm"), &[Consumer::Llm]).await;
        let said = format!("{{\"id\": \"a\", \"content\": \"{PERSON} said so\"}}").into_bytes();
        ground.both.log.publish_raw(Subject::ContentSubmitted, said).await.unwrap();
        for _ in 0..2 {
            // A process that is handed it, and dies.
            let got = llm().await.pull(Consumer::Llm, 1, Duration::from_secs(10)).await.unwrap();
            assert_eq!(got.len(), 1, "it comes");
        }
        let third = llm().await.pull(Consumer::Llm, 1, Duration::from_secs(2)).await.unwrap();
        assert!(third.is_empty(), "the server hands it out no more: {third:?}");
        let erased = tokio::time::timeout(SOON, ground.erase(PERSON)).await.expect("nobody handles it");
        assert_eq!(erased.records, 1);
        let log = &ground.both.log;
        // By whoever may read its own events alone.
        let letters = until_kept(&llm().await, log).await;
        let left = String::from_utf8_lossy(&letters[0].data).into_owned();
        assert!(!left.contains(PERSON) && left.contains("said so"), "{left}");
        assert!(log.replay(letters[0].number).await.unwrap(), "it can be replayed");
    });
}

#[test]
fn what_a_publisher_says_in_headers_of_their_own_is_gone_too() {
    run(async {
        let ground = Ground::open(settings(&shared())).await;
        let subject = format!("{}.content.submitted", ground.nats.prefix);
        let context = async_nats::jetstream::new(async_nats::connect(&ground.nats.urls[0]).await.unwrap());
        let body = "{\"id\": \"a\", \"content\": \"A note.\"}";
        for (name, value) in
            [("x-asked-by", PERSON), ("Nats-Msg-Id", "of ada.q7, today"), ("x-note", "tada.q7s")]
        {
            let mut headers = HeaderMap::new();
            headers.insert(name, value);
            headers.insert("ce-source", "forum");
            let sent = context.publish_with_headers(subject.clone(), headers, body.into()).await;
            sent.unwrap().await.unwrap();
        }
        let log = &ground.both.log;
        handle(&ground, 3).await;
        assert_eq!(ground.erase(PERSON).await.records, 2, "the third names somebody else");
        assert_eq!(ground.erase(PERSON).await.records, 0, "there is nothing more");
        let left = log.read(&Position::start(), &[], 10).await.unwrap();
        assert_eq!(left.len(), 3);
        for logged in left {
            let event = logged.event;
            assert_eq!((event.data.as_slice(), event.envelope.source.as_str()), (body.as_bytes(), "forum"));
        }
    });
}

/// Their names are parts of words that stand beside what is left of every message.
#[test]
fn whoever_is_called_like_a_part_of_a_word_is_erased_and_nothing_else() {
    run(async {
        let ground = Ground::open(settings(&shared())).await;
        let log = &ground.both.log;
        let texts = ["ted asked for it.", "ana and ted did.", "It was submitted and analyzed at 10."];
        for (id, said) in ["a", "b", "c"].into_iter().zip(texts) {
            let body = serde_json::json!({"id": id, "content": said}).to_string();
            log.publish_raw(Subject::ContentSubmitted, body.into_bytes()).await.unwrap();
        }
        handle(&ground, 3).await;
        for (person, records) in [("ted", 2), ("ana", 1), ("mit", 0), ("0", 0)] {
            assert_eq!(ground.erase(person).await.records, records, "{person}");
        }
        let told = ground.told().await;
        assert!(told.contains("It was submitted and analyzed at 10.") && !told.contains("ted did"), "{told}");
    });
}

/// Each rewrites what it has read, and neither undoes what the other did.
#[test]
fn two_who_are_erased_at_once_are_both_gone() {
    run(async {
        let ground = Ground::open(settings(&shared())).await;
        let people: Vec<_> = (0..8).map(|n| format!("person.q{n}")).collect();
        let mut ids = Vec::new();
        for n in 0..40 {
            let mut task = sample::task(&sample::key(&format!("item-{n}")), ground.clock.now());
            task.data.content = format!("About {}.", people.join(" and "));
            let batch = sample::create(&task);
            let events = batch.events.clone();
            ground.both.store.commit(batch, None).await.unwrap();
            let published = ground.both.log.publish(events).await.unwrap();
            ground.both.store.sent(&published).await.unwrap();
            ids.push(TaskId::of_content(&sample::key(&format!("item-{n}"))));
        }
        futures_util::future::join_all(people.iter().map(|person| ground.erase(person))).await;
        let told = ground.told().await;
        assert!(!told.contains("person.q") && told.contains("About erased-"), "{told}");
        for id in ids {
            let content = ground.both.store.task(id).await.unwrap().unwrap().data.content;
            assert!(!content.contains("person.q") && content.matches("erased-").count() == 8, "{content}");
        }
    });
}
