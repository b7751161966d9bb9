//! `tracerail setup`.

use tracerail_testkit::Scratch;
use tracerail_testkit::servers::{Nats, NatsOptions};

use super::{as_user, configuration};
use crate::program;

#[test]
fn it_makes_everything_once_and_then_finds_nothing_to_do() {
    let nats = Nats::start(NatsOptions { shipped: true, ..NatsOptions::default() });
    let scratch = Scratch::new();
    let admin = as_user(&scratch, &nats, "admin");
    let first = admin.run(["setup", "--json"]).ok().json();
    assert_eq!(
        (first["streams"].as_u64(), first["made"].as_array().unwrap().len()),
        (Some(13), 23),
        "{first}"
    );
    let again = admin.run(["setup", "--json"]).ok().json();
    assert_eq!(
        (again["streams"].as_u64(), again["made"].as_array().unwrap().len()),
        (Some(13), 0),
        "{again}"
    );
    assert!(admin.run(["setup"]).ok().stdout.starts_with("nothing was missing: 13 streams"));
    // An installation of another prefix beside it is another installation.
    let more = "  subject_prefix: acme\n  stream_bytes_max: 16777216\n  intake_bytes_max: 16777216\n";
    scratch.write("tracerail.yaml", configuration(&nats, "admin", more));
    assert!(admin.run(["setup"]).ok().stdout.contains("made the stream acme_content_submitted"));
}

#[test]
fn it_says_who_does_not_let_it() {
    let mut nats = Nats::start(NatsOptions { shipped: true, ..NatsOptions::default() });
    let scratch = Scratch::new();
    let wrong = as_user(&scratch, &nats, "admin").with_env("NATS_PASSWORD", "wrong");
    let told = wrong.run(["setup"]);
    assert_eq!(told.code, Some(2), "{told:?}");
    assert!(told.stderr.contains("error TR0035") && !told.stderr.contains("wrong\""), "{told:?}");
    let role = as_user(&scratch, &nats, "llm").run(["setup"]);
    assert_ne!(role.code, Some(0), "{role:?}");
    nats.kill9();
    let told = as_user(&scratch, &nats, "admin").run(["setup"]);
    assert_eq!(told.code, Some(5), "{told:?}");
    assert!(told.stderr.contains("error TR0030") && told.stderr.contains(&nats.url()), "{told:?}");
}

#[test]
fn a_file_needs_none() {
    let scratch = Scratch::new();
    let told = program(&scratch).run(["setup"]);
    assert_eq!(told.code, Some(2));
    assert!(told.stderr.contains("nothing to set up"), "{told:?}");
}
