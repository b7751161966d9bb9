//! The shipped configuration of NATS: each user may do its own work, and nothing else. Everything is tried by everybody.

use std::collections::BTreeSet;

use tracerail_actors::port::Consumer;
use tracerail_actors::system::Role;
use tracerail_schemas::Subject;
use tracerail_schemas::subject::{dead_letters_of, retries_of};
use tracerail_schemas::task::CommandKind;
use tracerail_testkit::servers::{Nats, NatsLine, NatsOptions, Redis, RedisOptions};

const USERS: [&str; 9] =
    ["llm", "router", "task", "sla", "escalation", "all", "operator", "publisher", "subscriber"];

/// What makes, changes or removes streams and consumers, and what only the server says.
const ADMINISTRATION: [&str; 12] = [
    "$JS.API.STREAM.CREATE.content_submitted",
    "$JS.API.STREAM.UPDATE.content_submitted",
    "$JS.API.STREAM.DELETE.content_submitted",
    "$JS.API.STREAM.PURGE.task_events",
    "$JS.API.STREAM.MSG.DELETE.task_events",
    "$JS.API.STREAM.SNAPSHOT.task_events",
    "$JS.API.STREAM.RESTORE.task_events",
    "$JS.API.CONSUMER.CREATE.content_submitted.llm",
    "$JS.API.CONSUMER.DURABLE.CREATE.escalations.escalation",
    "$JS.API.CONSUMER.DELETE.task_commands.command",
    "$JS.API.ACCOUNT.PURGE.TRACERAIL",
    "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.content_submitted.llm",
];

/// Each actor's stream.
fn stream_of(consumer: Consumer) -> &'static str {
    match consumer {
        Consumer::Llm => "content_submitted",
        Consumer::Router => "content_analyzed",
        Consumer::Task => "content_routed",
        Consumer::Command => "task_commands",
        Consumer::Escalation => "escalations",
    }
}

fn roles_of(user: &str) -> Vec<Role> {
    match user {
        "all" => Role::ALL.to_vec(),
        name => Role::from_name(name).into_iter().collect(),
    }
}

fn consumers_of(user: &str) -> Vec<Consumer> {
    let of = |role| match role {
        Role::Llm => vec![Consumer::Llm],
        Role::Router => vec![Consumer::Router],
        Role::Task => vec![Consumer::Task, Consumer::Command],
        Role::Sla => vec![],
        Role::Escalation => vec![Consumer::Escalation],
    };
    roles_of(user).into_iter().flat_map(of).collect()
}

/// Every subject anybody of TraceRail publishes on.
fn subjects() -> BTreeSet<String> {
    let events = Subject::ALL.iter().map(ToString::to_string);
    let commands = CommandKind::SUBJECTS.iter().map(ToString::to_string);
    let mut all: BTreeSet<_> = events.chain(commands).collect();
    for consumer in Consumer::ALL {
        let (name, stream) = (consumer.as_str(), stream_of(consumer));
        all.extend([
            dead_letters_of(name),
            retries_of(name),
            format!("note.failures.{name}.7"),
            format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.{name}"),
            format!("$JS.ACK.{stream}.{name}.1.2.3.4.5"),
        ]);
    }
    all.extend(["rpc.task.command".to_owned(), "note.replayed.7".to_owned(), "something.else".to_owned()]);
    all.extend(ADMINISTRATION.map(str::to_owned));
    all
}

/// Those this user has to publish on.
fn own(user: &str) -> BTreeSet<String> {
    let mut own: BTreeSet<_> =
        roles_of(user).iter().flat_map(|role| role.emits()).map(ToString::to_string).collect();
    for consumer in consumers_of(user) {
        let (name, stream) = (consumer.as_str(), stream_of(consumer));
        own.extend([
            dead_letters_of(name),
            retries_of(name),
            format!("note.failures.{name}.7"),
            format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.{name}"),
            format!("$JS.ACK.{stream}.{name}.1.2.3.4.5"),
        ]);
    }
    let commands = CommandKind::SUBJECTS.iter().map(ToString::to_string);
    if user == "publisher" || user == "operator" {
        own.extend(commands);
        own.insert(Subject::ContentSubmitted.to_string());
    }
    if user == "operator" {
        own.extend(Consumer::ALL.map(|consumer| retries_of(consumer.as_str())));
        own.extend(["rpc.task.command".to_owned(), "note.replayed.7".to_owned()]);
    }
    own
}

#[test]
fn everybody_may_publish_what_is_theirs_and_nothing_else() {
    let nats = Nats::start(NatsOptions { shipped: true, ..NatsOptions::default() });
    let all = subjects();
    for user in USERS {
        let mut line = NatsLine::connect(&nats.url(), user, &Nats::password(user)).unwrap();
        let allowed: BTreeSet<_> = all.iter().filter(|subject| line.may_publish(subject)).cloned().collect();
        let own = own(user);
        let lacking: Vec<_> = own.difference(&allowed).collect();
        let excess: Vec<_> = allowed.difference(&own).collect();
        assert!(
            lacking.is_empty() && excess.is_empty(),
            "{user} lacks {lacking:?} and has {excess:?} beside"
        );
    }
    let mut admin = NatsLine::connect(&nats.url(), "admin", &Nats::password("admin")).unwrap();
    assert!(all.iter().all(|subject| admin.may_publish(subject)), "the administrator may do everything");
}

#[test]
fn nobody_listens_to_what_is_for_others() {
    let nats = Nats::start(NatsOptions { shipped: true, ..NatsOptions::default() });
    for user in USERS {
        let mut line = NatsLine::connect(&nats.url(), user, &Nats::password(user)).unwrap();
        for other in USERS {
            let inbox = format!("_INBOX_{other}.abc.def");
            assert_eq!(line.may_subscribe(&inbox, ""), other == user, "{user} at {inbox}");
        }
        let serves = ["task", "all"].contains(&user);
        assert_eq!(line.may_subscribe("rpc.task.command", "task"), serves, "{user} answers commands");
        assert!(!line.may_subscribe("rpc.task.command", ""), "{user} listens to commands for others");
        for subject in ["task.escalated", "content.completed", "sla.breached"] {
            assert_eq!(line.may_subscribe(subject, ""), user == "subscriber", "{user} at {subject}");
        }
        for subject in
            [">", "content.>", "content.submitted", "_INBOX.>", "dlq.*", "$JS.>", "task.command.claim"]
        {
            assert!(!line.may_subscribe(subject, ""), "{user} at {subject}");
        }
    }
}

#[test]
fn nobody_is_let_in_without_a_password() {
    let nats = Nats::start(NatsOptions { shipped: true, ..NatsOptions::default() });
    for (user, password) in [("llm", "wrong"), ("llm", ""), ("", ""), ("nobody", "x")] {
        let refused = NatsLine::connect(&nats.url(), user, password).unwrap_err();
        assert!(refused.contains("Authorization Violation"), "{user}: {refused}");
    }
}

#[test]
fn the_user_of_redis_may_work_on_its_own_keys_and_nothing_else() {
    let redis = Redis::start(RedisOptions { shipped: true, ..RedisOptions::default() });
    assert!(redis.ask("GET tracerail:x").starts_with("-NOAUTH"), "nobody is let in without a password");
    let auth = format!("AUTH tracerail {}", Redis::password());
    let ask = |command: &str| redis.ask_each(&[&auth, command]).pop().unwrap();
    for allowed in
        ["SET tracerail:x 1", "GET acme:tracerail:x", "TIME", "PING", "UNLINK tracerail:x", "INFO server"]
    {
        let answer = ask(allowed);
        assert!(!answer.starts_with("-NOPERM"), "{allowed}: {answer}");
    }
    for forbidden in [
        "FLUSHALL",
        "FLUSHDB",
        "KEYS *",
        "CONFIG GET *",
        "CONFIG SET appendonly no",
        "EVAL return 0",
        "SCRIPT FLUSH",
        "SHUTDOWN",
        "ACL LIST",
        "REPLICAOF 127.0.0.1 1",
        "MONITOR",
        "SUBSCRIBE x",
        "PUBLISH x y",
        "BGREWRITEAOF",
        "CLIENT KILL ID 1",
        "MODULE LIST",
        "GET other:x",
        "SET x 1",
    ] {
        let answer = ask(forbidden);
        assert!(answer.starts_with("-NOPERM"), "{forbidden}: {answer}");
    }
    assert!(redis.ask("AUTH tracerail wrong").starts_with("-WRONGPASS"));
}
