//! What ended long ago leaves Redis whole, once the log has forgotten it by its own age.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::runtime::Handle;
use tracerail::backends::distributed::nats::{NatsSettings, observe};
use tracerail::backends::distributed::redis::RedisSettings;
use tracerail::backends::distributed::{Distributed, Opening};
use tracerail_actors::conformance::TestClock;
use tracerail_actors::port::{Clock as _, Removed, SystemClock};
use tracerail_testkit::wait_until;

use super::erase::{CONFIG, ITEMS, RULES, command, submit, work};
use super::erase_on_servers::same_when_rebuilt;
use crate::crowds::installation::Installation;
use crate::nats::forget;
use crate::place::{SOON, text};
use crate::story::task_of;

/// Longer than the streams keep events.
const LATER: Duration = Duration::from_hours(40 * 24);

#[tokio::test(flavor = "multi_thread")]
async fn what_ended_leaves_redis_when_the_log_has_forgotten_it_and_what_is_open_stays_whole() {
    let servers = Installation::new(CONFIG, RULES);
    let place = &servers.place;
    let runner = place.start("run.log");
    work(place);
    place.rest(ITEMS.len() as u64);
    same_when_rebuilt(&servers);
    let refused = place.run(&["retention", "run", "--older-than", "1d"]);
    assert_eq!(
        (refused.code, refused.stderr.contains("721h"), refused.stderr.contains("nats.max_age")),
        (Some(2), true, true),
        "{refused:?}"
    );
    let young = place.run(&["retention", "run", "--json"]).ok().json();
    assert_eq!((&young["items"], &young["tasks"]), (&json!(0), &json!(0)), "nothing ended long ago: {young}");

    let before = place.status();
    let (both, nats) = forty_days_later(&servers).await;
    assert_eq!(both.kept_at_least().await.unwrap(), Some(Duration::from_hours(721)));
    assert_eq!(
        retain(&both, false).await,
        Removed::default(),
        "the log still tells of them, whatever its age says"
    );
    forget(&nats, &observe(&both.connection, &nats).await.unwrap()).await;
    let counted = retain(&both, true).await;
    assert_eq!((counted.items, counted.tasks), (4, 3), "{counted:?}");
    assert_eq!(place.status(), before, "counting changes nothing");
    let gone = retain(&both, false).await;
    assert!(gone == counted && gone.answers > 5, "{gone:?} {counted:?}");
    assert_eq!(retain(&both, false).await, Removed::default(), "there is nothing more");

    assert_eq!(
        place.status()["contents"],
        before["contents"],
        "what was counted since the store began stays"
    );
    for item in ITEMS {
        let shown = place.run(&["content", "show", item]);
        let code = if item == "open" { Some(0) } else { Some(4) };
        assert_eq!(shown.code, code, "{item}: {shown:?}");
    }
    let left: BTreeSet<_> =
        servers.redis.ask_each(&["KEYS *}:t:*", "KEYS *}:e:*", "KEYS *}:c:*"]).into_iter().collect();
    assert!(left.iter().all(|keys| keys.starts_with("*1")), "one of each: {left:?}");
    place.run(&["sla", "verify"]).ok();
    let open = place.run(&["task", "list", "--json"]).ok();
    assert!(open.stdout.contains(&task_of("open")) && !open.stdout.contains(&task_of("theirs")), "{open:?}");
    command(place, "open", "ann", &["claim"]).ok();
    command(place, "open", "ann", &["complete", "--decision", "approved"]).ok();
    let shown = place.run(&["content", "show", "open", "--json"]).ok().json();
    assert_eq!(text(&shown["content"]["terminal"]["outcome"]), "approved", "what was open goes on");
    comes_again(&servers);
    assert_eq!(runner.terminate(), Some(0));
}

/// An item that went comes again under its name, and Redis is emptied: what is made again is the second one, not the first.
fn comes_again(servers: &Installation) {
    let place = &servers.place;
    submit(place, "again", &json!({"id": "theirs", "content": "Another thing of theirs."})).ok();
    let task = task_of("theirs");
    let is_open = || {
        let shown = place.run(&["task", "show", &task, "--json"]);
        let open = shown.code == Some(0) && shown.json()["task"]["state"]["status"] == "pending";
        if open { Ok(()) } else { Err(format!("{shown:?}")) }
    };
    wait_until("it has its task", SOON, is_open);
    servers.redis.flushall();
    wait_until("it has its task again", SOON, is_open);
    let shown = place.run(&["content", "show", "theirs", "--json"]).ok().json();
    assert_eq!(text(&shown["content"]["body"]["content"]), "Another thing of theirs.");
}

/// A process that looks at the same servers when the time has come.
async fn forty_days_later(servers: &Installation) -> (Distributed, NatsSettings) {
    let clock = TestClock::at(SystemClock.now().plus(LATER));
    let nats = NatsSettings { urls: vec![servers.nats.url()], ..NatsSettings::default() };
    let redis = RedisSettings {
        urls: vec![servers.redis.url()],
        clock: Some(Arc::new(clock.clone())),
        ..RedisSettings::default()
    };
    let opening = Opening {
        nats: nats.clone(),
        redis,
        consumers: Vec::new(),
        clock: Arc::new(clock),
        io: Handle::current(),
    };
    (Distributed::open(opening).await.unwrap(), nats)
}

async fn retain(both: &Distributed, dry: bool) -> Removed {
    both.retain(Duration::ZERO, (dry, 0), &|_| {}).await.unwrap()
}
