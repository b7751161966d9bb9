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

/// What makes, changes or removes streams and consumers, and what only the server says; names begin with `PREFIX_`.
const ADMINISTRATION: [&str; 12] = [
    "$JS.API.STREAM.CREATE.PREFIX_content_submitted",
    "$JS.API.STREAM.UPDATE.PREFIX_content_submitted",
    "$JS.API.STREAM.DELETE.PREFIX_content_submitted",
    "$JS.API.STREAM.PURGE.PREFIX_task_events",
    "$JS.API.STREAM.MSG.DELETE.PREFIX_task_events",
    "$JS.API.STREAM.SNAPSHOT.PREFIX_task_events",
    "$JS.API.STREAM.RESTORE.PREFIX_task_events",
    "$JS.API.CONSUMER.CREATE.PREFIX_content_submitted.PREFIX_llm",
    "$JS.API.CONSUMER.DURABLE.CREATE.PREFIX_escalations.PREFIX_escalation",
    "$JS.API.CONSUMER.DELETE.PREFIX_task_commands.PREFIX_command",
    "$JS.API.ACCOUNT.PURGE.TRACERAIL",
    "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.PREFIX_content_submitted.PREFIX_llm",
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

/// What everything is called in an installation.
#[derive(Clone, Copy)]
struct Names {
    /// With its dot.
    subjects: &'static str,
    /// With its underscore.
    others: &'static str,
}

const PLAIN: Names = Names { subjects: "", others: "" };
const ACME: Names = Names { subjects: "acme.", others: "acme_" };

impl Names {
    fn subject(self, plain: impl std::fmt::Display) -> String {
        format!("{}{plain}", self.subjects)
    }

    /// What belongs to one consumer.
    fn of(self, consumer: Consumer) -> [String; 5] {
        let (name, prefix) = (consumer.as_str(), self.others);
        let stream = stream_of(consumer);
        [
            self.subject(dead_letters_of(name)),
            self.subject(retries_of(name)),
            self.subject(format_args!("note.failures.{name}.7")),
            format!("$JS.API.CONSUMER.MSG.NEXT.{prefix}{stream}.{prefix}{name}"),
            format!("$JS.ACK.{prefix}{stream}.{prefix}{name}.1.2.3.4.5"),
        ]
    }
}

/// Every subject anybody of TraceRail publishes on, and some nobody may.
fn subjects(names: Names) -> BTreeSet<String> {
    let events = Subject::ALL.iter().map(|subject| names.subject(subject));
    let commands = CommandKind::SUBJECTS.iter().map(|subject| names.subject(subject));
    let mut all: BTreeSet<_> = events.chain(commands).collect();
    all.extend(Consumer::ALL.into_iter().flat_map(|consumer| names.of(consumer)));
    all.extend(
        ["rpc.task.command", "note.replayed.7", "note.intake", "something.else"]
            .map(|plain| names.subject(plain)),
    );
    all.extend(["erased.task_events.7", "erased.tombstone.7"].map(|plain| names.subject(plain)));
    all.extend(ADMINISTRATION.map(|subject| subject.replace("PREFIX_", names.others)));
    all
}

/// Those this user has to publish on.
fn own(user: &str, names: Names) -> BTreeSet<String> {
    let emitted = roles_of(user).into_iter().flat_map(Role::emits);
    let mut own: BTreeSet<_> = emitted.map(|subject| names.subject(subject)).collect();
    own.extend(consumers_of(user).into_iter().flat_map(|consumer| names.of(consumer)));
    if user == "publisher" || user == "operator" {
        own.extend(CommandKind::SUBJECTS.iter().map(|subject| names.subject(subject)));
        own.insert(names.subject(Subject::ContentSubmitted));
    }
    if user == "operator" {
        own.extend(Consumer::ALL.map(|consumer| names.subject(retries_of(consumer.as_str()))));
        own.extend(["rpc.task.command", "note.replayed.7", "note.intake"].map(|plain| names.subject(plain)));
    }
    own
}

#[test]
fn everybody_may_publish_what_is_theirs_and_nothing_else() {
    publishes(NatsOptions { shipped: true, ..NatsOptions::default() }, PLAIN);
}

#[test]
fn with_a_prefix_everything_is_theirs_under_the_prefix_alone() {
    publishes(NatsOptions { shipped: true, prefix: Some("acme"), ..NatsOptions::default() }, ACME);
}

fn publishes(options: NatsOptions, names: Names) {
    let nats = Nats::start(options);
    let all: BTreeSet<_> = subjects(PLAIN).into_iter().chain(subjects(names)).collect();
    for user in USERS {
        let mut line = NatsLine::connect(&nats.url(), user, &Nats::password(user)).unwrap();
        let allowed: BTreeSet<_> = all.iter().filter(|subject| line.may_publish(subject)).cloned().collect();
        let own = own(user, names);
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
