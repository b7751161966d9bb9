//! Whatever happened, in whatever order: the state made from the log is the state that was there. And it is seen when it is not: an event
//! that lacks or says something else shows.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use tokio::runtime::Handle;
use tracerail::backends::distributed::nats::{Connection, NatsLog, NatsSettings, verify};
use tracerail::backends::distributed::redis::{
    Digests, History, HistoryPage, Mark, RedisSettings, RedisStore,
};
use tracerail::config::Edition;
use tracerail_actors::port::{Clock as _, Consumer, Place, PortError};
use tracerail_schemas::codec::{decode_own, encode};
use tracerail_schemas::task::{Decision, Priority, Verb};
use tracerail_schemas::{ContentKey, EncodedEvent, PersonId, Subject, Timestamp};

use crate::nats::Scan;
use crate::pair;
use crate::stage::{HOUR, Stage, complete};

/// Histories of one run; another seed each.
const HISTORIES: u64 = 4;

/// What happens in each.
const STEPS: usize = 120;

/// Changes of the log that are tried on each.
const CHANGES: usize = 12;

const PEOPLE: [&str; 3] = ["ada", "bob", "eve"];
const TEXTS: [&str; 5] = ["thank you", "a casino", "a question", "on fire", "a refund"];

/// A log as it is, with its places.
type Log = Vec<(Place, EncodedEvent)>;

#[test]
fn the_state_made_from_the_log_is_the_state_that_was_there() {
    let seed = std::env::var("TRACERAIL_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(|| fastrand::u64(..));
    for history in 0..HISTORIES {
        let at = format!("TRACERAIL_SEED={seed}, history {history}");
        let mut random = fastrand::Rng::with_seed(seed.wrapping_add(history));
        let stage = Stage::set_on(Edition::Distributed);
        live(&stage, &mut random);
        at_rest(&stage);
        let (log, there) = stage.block_on(async { (log_of(&stage).await, state_of(&stage).await) });
        assert!(log.len() > STEPS / 2, "{at}: something happened: {}", log.len());
        let made = |log: Log| stage.block_on(made_from(&stage, log));
        assert_eq!(made(log.clone()), there, "{at}");
        assert_eq!(
            made(log.iter().flat_map(|event| [event.clone(), event.clone()]).collect()),
            there,
            "{at}: twice"
        );
        for _ in 0..CHANGES {
            let (what, changed) = changed(&log, &mut random);
            assert_ne!(made(changed), there, "{at}: nobody sees {what}");
        }
    }
}

/// People send items and work, or do what they must not; deadlines pass.
fn live(stage: &Stage, random: &mut fastrand::Rng) {
    let mut items: Vec<ContentKey> = Vec::new();
    for step in 0..STEPS {
        match random.u8(0..10) {
            0 | 1 => items.push(stage.submit(&format!("item-{step}"), random.choice(TEXTS).unwrap())),
            2 => stage.clock.advance(HOUR.mul_f64(random.f64() * 6.0)),
            _ => {
                let Some(item) = random.choice(&items) else { continue };
                let verb = verb(stage, random);
                // Whether it is done, refused, or about a task that is not there: all of it is history.
                stage.command(item, random.choice(PEOPLE).unwrap(), verb);
            }
        }
    }
}

fn verb(stage: &Stage, random: &mut fastrand::Rng) -> Verb {
    let decision = if random.bool() { Decision::Approved } else { Decision::Rejected };
    match random.u8(0..14) {
        0..=2 => Verb::Claim,
        3 => Verb::Start,
        4 => complete(decision),
        5 => Verb::Approve { comments: None, quality_score: Some(0.5), shown: None },
        6 => Verb::RequestChanges { comments: "Why?".to_owned(), shown: None },
        7 => Verb::Release,
        8 => Verb::Assign { to: PersonId::new("bob").unwrap() },
        9 => {
            let until = random.bool().then(|| stage.clock.now().plus(HOUR));
            Verb::Suspend { until, reason: "a pause".to_owned() }
        }
        10 => Verb::Resume,
        11 => Verb::Escalate { reason: "too hard".to_owned() },
        12 => Verb::SetPriority { priority: Priority::High },
        _ => Verb::Comment { text: "looked at it".to_owned() },
    }
}

/// Waits until nobody has anything to do.
fn at_rest(stage: &Stage) {
    let still = || async {
        let rail = stage.rail();
        let mut waiting = 0;
        for consumer in Consumer::ALL {
            waiting += rail.lag(consumer).await.unwrap();
        }
        let store = &rail.ports().store;
        let due = store.due(10).await.unwrap().len();
        (waiting, due, store.unsent(Duration::ZERO, 10).await.unwrap().len(), rail.head().await.unwrap())
    };
    stage.wait("everything is at rest", || {
        let (first, second) = stage.block_on(async { (still().await, still().await) });
        (first == second && (first.0, first.1, first.2) == (0, 0, 0))
            .then_some(())
            .ok_or(format!("{second:?}"))
    });
}

/// All of the log.
async fn log_of(stage: &Stage) -> Log {
    let prefix = stage.config().nats.subject_prefix.unwrap();
    let settings = NatsSettings { urls: vec![pair::urls().0], prefix, ..NatsSettings::default() };
    let connection = Connection::open(&settings, Handle::current()).await.unwrap();
    let seen = verify(&connection, &settings, &[]).await.unwrap();
    let log =
        NatsLog::new(connection, settings, &seen, Arc::new(stage.clock.clone()), Arc::new(Scan::default()));
    let read = log.history().page(100_000).await.unwrap();
    read.into_iter().map(|(place, logged)| (place, logged.event)).collect()
}

fn redis(stage: &Stage, prefix: String) -> RedisSettings {
    let clock = Some(Arc::new(stage.clock.clone()) as _);
    RedisSettings { urls: vec![pair::urls().1], prefix, clock, ..RedisSettings::default() }
}

/// The state that the actors have made.
async fn state_of(stage: &Stage) -> Digests {
    let prefix = stage.config().nats.subject_prefix.unwrap();
    let store = RedisStore::open(redis(stage, prefix), Arc::new(Told(Vec::new()))).await.unwrap();
    store.digest().await.unwrap()
}

/// The state that comes of this log, in a place of its own.
async fn made_from(stage: &Stage, log: Log) -> Digests {
    let prefix = format!("made{}", fastrand::u64(..));
    let store = RedisStore::open(redis(stage, prefix), Arc::new(Told(log))).await.unwrap();
    store.digest().await.unwrap()
}

/// The log without one of its events, or with one that says something else of a task; in words, and as a log.
fn changed(log: &Log, random: &mut fastrand::Rng) -> (String, Log) {
    let mut changed = log.clone();
    let subject = |n: usize| log[n].1.envelope.subject;
    if random.bool() {
        let n = random.usize(..log.len());
        changed.remove(n);
        return (format!("that {} at {n} lacks", subject(n)), changed);
    }
    // What a task is follows from the event of its last version.
    let mut last: BTreeMap<String, (u64, usize)> = BTreeMap::new();
    for n in (0..log.len()).filter(|n| is_change(subject(*n))) {
        let body: Value = decode_own(&log[n].1.data).unwrap();
        let newest = last.entry(log[n].1.envelope.about.clone()).or_default();
        *newest = (body["version"].as_u64().unwrap(), n).max(*newest);
    }
    let (_, n) = *random.choice(last.values().collect::<Vec<_>>()).unwrap();
    let mut body: Value = decode_own(&log[n].1.data).unwrap();
    let comments = body["state"]["comments"].as_u64().unwrap_or_default();
    body["state"]["comments"] = (comments + 1).into();
    changed[n].1.data = encode(&body).unwrap();
    (format!("that {} at {n} counts another comment", subject(n)), changed)
}

fn is_change(subject: Subject) -> bool {
    let name = subject.as_str();
    let tells_nothing = ["task.escalation_requested", "task.command_rejected", "sla.at_risk"];
    (name.starts_with("task.") || name.starts_with("sla.")) && !tells_nothing.contains(&name)
}

/// A log of these events.
#[derive(Clone)]
struct Told(Log);

#[async_trait]
impl History for Told {
    fn since(&self, _: Option<Timestamp>) -> Box<dyn HistoryPage> {
        Box::new(self.clone())
    }

    async fn marks(&self) -> Result<Vec<Mark>, PortError> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl HistoryPage for Told {
    async fn next(&mut self) -> Result<Log, PortError> {
        let rest = self.0.split_off(self.0.len().min(50));
        Ok(std::mem::replace(&mut self.0, rest))
    }
}
