//! Every way to be let in: the product works end to end, and whoever is not let in is told so at once, with what to do.

use nkeys::KeyPair;
use tracerail_testkit::servers::{Authority, Nats, NatsOptions, Redis, RedisOptions};
use tracerail_testkit::{Program, wait_until};

use super::jwt::Operator;
use crate::place::{Place, SOON};

const WORK: &str = "
groups: { desk: { members: [ann] } }
routing: { rules_file: rules.yaml }
";
const RULES: &str =
    "{ version: 1, default: { decision: human, reason: Nobody knows it., groups: [desk] }, rules: [] }";

/// Servers behind TLS, and what a configuration says to be let in by both.
struct Servers {
    authority: Authority,
    nats: Nats,
    redis: Redis,
}

impl Servers {
    fn start(authority: Authority, nats: NatsOptions) -> Self {
        let folder = authority.folder().to_owned();
        let nats = Nats::start(nats);
        let redis =
            Redis::start(RedisOptions { shipped: true, tls: Some(folder), ..RedisOptions::default() });
        Self { authority, nats, redis }
    }

    /// A folder with a configuration of which NATS gets these lines.
    fn place(&self, nats: &str) -> Place {
        let text = format!(
            "edition: distributed\nnats:\n  url: {}\n{nats}\nredis:\n  url: {}\n  user: tracerail\n  \
             password: {}\n  tls_ca: {}\n{WORK}",
            self.nats.url(),
            self.redis.tls_url(),
            Redis::password(),
            self.authority.file("ca.pem").display(),
        );
        Place::new(&text, RULES)
    }
}

/// Sets up, starts the actors, sends an item in and sees its task.
fn works(as_user: impl Fn(&str) -> Program) {
    as_user("admin").run(["setup"]).ok();
    let actors = as_user("all").spawn("run.log", ["run"]);
    let operator = as_user("operator");
    let submitted =
        operator.run_with_input(["submit", "-", "--no-wait"], br#"{"id": "1", "content": "Who is it?"}"#);
    submitted.ok();
    wait_until("the item has its task", SOON, || {
        let listed = operator.run(["task", "list", "--json"]).ok().json();
        (listed["tasks"].as_array().map(Vec::len) == Some(1)).then_some(()).ok_or(listed.to_string())
    });
    assert_eq!(actors.terminate(), Some(0));
}

/// One of the users of the shipped configuration.
fn as_user(place: &Place, user: &str) -> Program {
    let program = place.program.clone().with_env("TRACERAIL__NATS__USER", user);
    program.with_env("NATS_PASSWORD", &Nats::password(user))
}

/// The actors do not start: it is said where, under which code, and what to look at.
fn is_refused(program: &Program, code: &str, address: &str, cure: &str) {
    let mut actors = program.spawn("refused.log", ["run"]);
    let said = || std::fs::read_to_string(program.folder().join("refused.log")).unwrap_or_default();
    let status = wait_until("the actors end", SOON, || actors.ended().ok_or_else(said));
    let said = said();
    assert_eq!(status.code(), Some(2), "{said}");
    for word in [&format!("error {code}"), address, cure] {
        assert!(said.contains(word), "{word} in: {said}");
    }
    assert!(!said.contains("trying on"), "nothing was tried again: {said}");
}

#[test]
fn users_of_the_shipped_configurations_with_certificates() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let folder = authority.folder().to_owned();
    let servers =
        Servers::start(authority, NatsOptions { shipped: true, tls: Some(folder), ..NatsOptions::default() });
    let lines = |ca: &Authority, own: Option<&Authority>| {
        let own = own.map(|own| {
            let (cert, key) = (own.file("client.pem"), own.file("client-key.pem"));
            format!("  tls_cert: {}\n  tls_key: {}\n", cert.display(), key.display())
        });
        format!(
            "  password_env: NATS_PASSWORD\n  tls_ca: {}\n{}",
            ca.file("ca.pem").display(),
            own.unwrap_or_default()
        )
    };
    let known = servers.place(&lines(&servers.authority, Some(&servers.authority)));
    works(|user| as_user(&known, user));

    let nats = servers.nats.url();
    for (ca, own) in [
        (&stranger, Some(&servers.authority)),
        (&servers.authority, Some(&stranger)),
        (&servers.authority, None),
    ] {
        is_refused(&as_user(&servers.place(&lines(ca, own)), "all"), "TR0020", &nats, "nats.tls_ca");
    }
    let all = as_user(&known, "all");
    is_refused(&all.clone().with_env("NATS_PASSWORD", "wrong"), "TR0035", &nats, "user and password");
    let redis = servers.redis.tls_url();
    let wrong = all.clone().with_env("TRACERAIL__REDIS__PASSWORD", "wrong");
    is_refused(&wrong, "TR0035", &redis, "redis.user and its password");
    let foreign = stranger.file("ca.pem");
    let wrong = all.with_env("TRACERAIL__REDIS__TLS_CA", &foreign.to_string_lossy());
    is_refused(&wrong, "TR0035", &redis, "redis.tls_ca");
}

#[test]
fn users_of_the_shipped_configurations_under_a_prefix() {
    let nats = NatsOptions { shipped: true, prefix: Some("acme"), ..NatsOptions::default() };
    let servers = Servers::start(Authority::new(), nats);
    let place = servers.place("  password_env: NATS_PASSWORD\n  subject_prefix: acme");
    works(|user| as_user(&place, user));
    let submit = ["submit", "-", "--no-wait"];
    let line = br#"{"id": "2", "content": "Who is it?"}"#;
    let refused = as_user(&place, "sla").run_with_input(submit, line);
    assert_eq!(refused.code, Some(1), "none of the lines was taken: {refused:?}");
    for word in ["error TR0035", "acme.content.submitted", "nats.user"] {
        assert!(refused.stderr.contains(word), "{word}: {refused:?}");
    }
}

#[test]
fn a_token() {
    let more = "authorization { token: \"the-token\" }".to_owned();
    let servers = Servers::start(Authority::new(), NatsOptions { more, ..NatsOptions::default() });
    let place = |token: &str| servers.place(&format!("  token: {token}"));
    let known = place("the-token");
    works(|_| known.program.clone());
    is_refused(&place("another").program, "TR0035", &servers.nats.url(), "token");
}

#[test]
fn an_nkey() {
    let (user, stranger) = (KeyPair::new_user(), KeyPair::new_user());
    let more = format!("authorization {{ users: [ {{ nkey: {} }} ] }}", user.public_key());
    let servers = Servers::start(Authority::new(), NatsOptions { more, ..NatsOptions::default() });
    let place = |key: &KeyPair| {
        let place = servers.place("  nkey_seed_file: user.nk");
        place.scratch.write("user.nk", key.seed().unwrap());
        place
    };
    let known = place(&user);
    works(|_| known.program.clone());
    is_refused(&place(&stranger).program, "TR0035", &servers.nats.url(), "key");
}

#[test]
fn a_credentials_file() {
    let (operator, stranger) = (Operator::new(), Operator::new());
    let more = operator.configuration();
    let servers = Servers::start(Authority::new(), NatsOptions { more, ..NatsOptions::default() });
    let place = |operator: &Operator| {
        let place = servers.place("  creds_file: user.creds");
        operator.credentials(&place.scratch.join("user.creds"));
        place
    };
    let known = place(&operator);
    works(|_| known.program.clone());
    is_refused(&place(&stranger).program, "TR0035", &servers.nats.url(), "credentials file");
}
