//! The examples beside the product itself, as its shipped configuration lets them: what they publish is taken in, and what they are told
//! is what the product says.

use std::collections::BTreeSet;

use serde_json::json;
use tracerail_schemas::{ContentKey, TaskId, TenantId};
use tracerail_testkit::servers::{Nats, Redis, RedisOptions};
use tracerail_testkit::wait_until;

use super::example::{Example, LANGUAGES};
use super::server;
use crate::place::{Place, SOON};

const RULES: &str = "{ version: 1, default: { decision: escalate, reason: It burns., groups: [desk], sla_hours: 4 }, rules: [] }";

#[test]
fn what_they_publish_becomes_work_and_they_are_told_when_it_is_escalated() {
    let (nats, redis) = (server(), Redis::start(RedisOptions::default()));
    let place = Place::new(
        &format!(
            "edition: distributed\nnats: {{ url: {}, password_env: NATS_PASSWORD }}\nredis: {{ url: {} }}\n\
             groups: {{ desk: {{ members: [ann], leads: [lea] }} }}\nrouting: {{ rules_file: rules.yaml }}\n",
            nats.url(),
            redis.url()
        ),
        RULES,
    );
    let as_user = |user: &str| {
        let program = place.program.clone().with_env("TRACERAIL__NATS__USER", user);
        program.with_env("NATS_PASSWORD", &Nats::password(user))
    };
    as_user("admin").run(["setup"]).ok();
    let actors = place.start_as(&as_user("all"), "run.log", &[]);
    for language in LANGUAGES {
        Example::new(language, "publish", &nats.url()).run(&["The lamp is on fire.", "--id", "lamp"]);
    }
    let operator = as_user("operator");
    wait_until("both are escalated", SOON, || {
        let status = operator.run(["status", "--json"]).ok().json();
        (status["escalated"] == LANGUAGES.len()).then_some(()).ok_or_else(|| status.to_string())
    });
    // Each language is its own source.
    let task = |source| TaskId::of_content(&ContentKey::new(TenantId::default(), source, "lamp").unwrap());
    let tasks: BTreeSet<_> = LANGUAGES.iter().map(|language| task(*language).to_string()).collect();
    for language in LANGUAGES {
        let told = Example::new(language, "escalations", &nats.url()).run(&["--count", "2"]);
        assert_eq!(told.stderr, "", "{language} understands all of it");
        let (lines, mut about) = (told.lines(), BTreeSet::new());
        for line in &lines {
            about.insert(line["task"].as_str().unwrap().to_owned());
            assert_eq!((&line["level"], &line["tell"]), (&json!(1), &json!(["lea", "desk"])), "{line}");
        }
        assert_eq!(about, tasks, "{language}: {lines:?}");
    }
    assert_eq!(actors.terminate(), Some(0));
}
