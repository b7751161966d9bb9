//! The servers of the distributed edition: when they count, who this process is to them, and what does not fit together.

use super::super::{Config, Edition, Secret};
use super::{Story, shown};

fn distributed(text: &str) -> Story {
    Story::new("tracerail.yaml", &format!("edition: distributed\n{text}"))
}

fn nats_password(config: &Config) -> Option<&str> {
    config.nats.password.as_ref().map(Secret::expose)
}

#[test]
fn the_edition_is_chosen_by_its_key_alone() {
    assert_eq!(Story::without_file().load().edition, Edition::Embedded);
    assert_eq!(distributed("").load().edition, Edition::Distributed);
    for name in ["TRACERAIL_EDITION", "TRACERAIL__EDITION"] {
        let config = Story::without_file().env(name, "distributed").load();
        assert_eq!(config.edition, Edition::Distributed);
        assert_eq!(shown(&config, "edition").origin.to_string(), format!("environment {name}"));
    }
    assert!(Story::new("tracerail.yaml", "edition: cloud").error().contains("embedded, distributed"));
}

#[test]
fn a_server_that_would_not_be_used_is_pointed_out() {
    let file = Story::new("tracerail.yaml", "nats:\n  url: nats://a:4222\n").error();
    assert!(
        file.starts_with("tracerail.yaml:2:8: nats.url: it is set, but") && file.contains("distributed"),
        "{file}"
    );
    let variable = Story::without_file().env("TRACERAIL__REDIS__URL", "redis://a").error();
    assert!(variable.starts_with("environment TRACERAIL__REDIS__URL: redis.url"), "{variable}");
    // Kept for later, and said so; and what other programs read is none of this one's business.
    Story::new("tracerail.yaml", "edition: embedded\nnats: { url: 'nats://a:4222' }").load();
    Story::without_file().env("NATS_URL", "nats://a:4222").env("REDIS_URL", "unix:/x").load();
}

#[test]
fn the_usual_variables_name_the_servers() {
    let config =
        distributed("").env("NATS_URL", "a:4222, tls://b").env("REDIS_URL", "rediss://c:6380").load();
    assert_eq!(config.nats.url.each().collect::<Vec<_>>(), ["nats://a:4222", "tls://b"]);
    assert_eq!(config.redis.url.each().collect::<Vec<_>>(), ["rediss://c:6380"]);
    let config = distributed("").env("NATS_URL", "nats://a").env("TRACERAIL__NATS__URL", "nats://b").load();
    assert_eq!(config.nats.url.each().collect::<Vec<_>>(), ["nats://b"]);
}

#[test]
fn addresses_are_a_text_or_a_list() {
    let config = distributed("nats: { url: [a, 'nats://b:1'] }\n").load();
    assert_eq!(shown(&config, "nats.url").value, "nats://a,nats://b:1");
}

#[test]
fn a_password_is_found_in_a_variable_a_file_or_the_address() {
    let variable =
        distributed("nats: { user: llm, password_env: LLM_PASSWORD }").env("LLM_PASSWORD", "p w").load();
    assert_eq!((variable.nats.user.as_deref(), nats_password(&variable)), (Some("llm"), Some("p w")));
    let file = distributed("nats: { user: llm, password_file: p.txt }");
    std::fs::write(file.path("p.txt"), "from-file\n").unwrap();
    assert_eq!(nats_password(&file.load()), Some("from-file"));
    let literal = distributed("nats: { user: llm, password: here }").load();
    assert!(literal.warnings[0].contains("a password in every copy"), "{:?}", literal.warnings);
    let address = distributed("").env("NATS_URL", "nats://llm:p%40w@host:4222").load();
    assert_eq!((address.nats.user.as_deref(), nats_password(&address)), (Some("llm"), Some("p@w")));
    assert_eq!(shown(&address, "nats.url").value, "nats://host:4222");
    assert_eq!(shown(&address, "nats.user").origin.to_string(), "default (nats.url)");
    let token = distributed("nats: { url: 'nats://s3cr3t@host' }").load();
    assert_eq!(token.nats.token.as_ref().map(Secret::expose), Some("s3cr3t"));
    let redis = distributed("redis: { url: 'redis://:only@127.0.0.1:6379' }").load();
    assert_eq!((redis.redis.user, redis.redis.password.as_ref().map(Secret::expose)), (None, Some("only")));
}

#[test]
fn no_password_is_ever_shown() {
    const WORD: &str = "hunter-very-secret";
    for text in [
        "nats: { user: llm, password: WORD }\n",
        "nats: { url: 'nats://llm:WORD@h' }\n",
        "nats: { token: WORD }\n",
        "redis: { url: 'redis://u:WORD@localhost' }\n",
        "redis: { password: WORD }\n",
    ] {
        let text = text.replace("WORD", WORD);
        for edition in ["embedded", "distributed"] {
            let config = Story::new("tracerail.yaml", &format!("edition: {edition}\n{text}")).load();
            let everything = format!("{config:?} {:?} {}", config.show(), config.show_json());
            assert!(!everything.contains(WORD), "{text} {everything}");
        }
        let error = distributed(&format!("{text}actors: {{ batch: 0 }}")).error();
        assert!(!error.contains(WORD), "{error}");
    }
    for text in [
        "nats: { url: 'nats://llm:WORD@h:x' }\n",
        "nats: { url: 'nats://llm:WORD@h', user: other, password_env: P }\n",
        "nats: { token: WORD, user: u }\n",
        "redis: { url: 'http://u:WORD@h' }\n",
        "redis:\n  passwd: WORD\n",
        "nats: { password_env: 'WORD!' }\n",
    ] {
        let error = distributed(&text.replace("WORD", WORD)).env("P", "x").error();
        assert!(!error.contains(WORD), "{text}{error}");
    }
}

#[test]
fn what_does_not_fit_together_is_refused() {
    for (text, message) in [
        ("nats: { url: 'http://a' }", "no address of a server by nats or tls"),
        ("nats: { url: '' }", "nats.url: it is empty"),
        ("redis: { url: 'nats://a' }", "by redis or rediss"),
        ("redis: { url: 'redis://a,redis://b' }", "several stores"),
        ("nats: { subject_prefix: 'a.b' }", "cannot be a prefix"),
        ("nats: { user: llm }", "without nats.password"),
        ("nats: { password: x }", "without nats.user"),
        ("nats: { user: llm, password: x, token: y }", "nats.user is set as well"),
        ("nats: { user: a, password: b, url: 'nats://c:d@e' }", "keep one of the two"),
        ("nats: { tls_cert: tracerail.yaml }", "without nats.tls_key"),
        ("nats: { tls_ca: missing.pem }", "missing.pem cannot be read"),
        ("nats: { creds_file: missing.creds }", "missing.creds cannot be read"),
        ("nats: { password_env: NOWHERE, user: a }", "variable it names is not set"),
        ("nats: { ack_wait: 500ms }", "out of range"),
        ("nats: { pull_batch: 50 }", "from 100"),
        ("nats: { max_ack_pending: 100 }", "from 200"),
        ("nats: { max_deliver: 3 }", "from 10"),
        ("nats: { monitor_url: 'localhost:8222' }", "http or https"),
        ("nats: { replicas: 2 }", "choose 1, 3 or 5"),
        ("nats: { duplicate_window: 5s }", "out of range"),
        ("nats: { max_age: 10m }", "out of range"),
        ("nats: { intake_bytes_max: 8589934592 }", "nats.intake_bytes_max"),
        ("redis: { partitions: 0 }", "from 1 to 256"),
        ("redis: { user: tracerail }", "needs a password"),
        ("redis: { response_timeout: 1ms }", "out of range"),
    ] {
        let error = distributed(text).error();
        assert!(error.starts_with("tracerail.yaml:") && error.contains(message), "{text}\n{error}");
        Story::new("tracerail.yaml", &format!("edition: embedded\n{text}")).load();
    }
}

#[test]
fn a_password_over_a_plain_connection_is_pointed_out() {
    let warnings = distributed("").env("REDIS_URL", "redis://:pw@example.org").load().warnings;
    assert!(warnings[0].contains("others can read it"), "{warnings:?}");
    let local = distributed("").env("REDIS_URL", "redis://:pw@127.0.0.1").load().warnings;
    assert!(local.is_empty(), "{local:?}");
}
