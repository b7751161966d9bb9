//! `tracerail doctor`: each thing that breaks is seen, with its cure.

use tracerail_testkit::Scratch;
use tracerail_testkit::servers::{Nats, NatsOptions};

use super::{as_user, configuration, one};

#[test]
fn sound_servers_are_well() {
    let nats = Nats::start(NatsOptions { shipped: true, ..NatsOptions::default() });
    let scratch = Scratch::new();
    let admin = as_user(&scratch, &nats, "admin");
    admin.run(["setup"]).ok();
    let report = admin.run(["doctor", "--json"]).json();
    for check in ["NATS server", "NATS storage", "NATS streams", "clock of NATS", "NATS durability"] {
        let (verdict, seen) = one(&report, check);
        assert_eq!(verdict, "ok", "{seen}");
    }
}

#[test]
fn servers_that_are_away_or_let_nobody_in_are_named() {
    let mut nats = Nats::start(NatsOptions { shipped: true, ..NatsOptions::default() });
    let scratch = Scratch::new();
    let admin = as_user(&scratch, &nats, "admin");
    let refused = admin.clone().with_env("NATS_PASSWORD", "wrong").run(["doctor", "--json"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    let (verdict, said) = one(&refused.json(), "NATS server");
    assert!(verdict == "fail" && said.contains("correct nats.user"), "{said}");
    nats.kill9();
    let away = admin.run(["doctor", "--json"]);
    assert_eq!(away.code, Some(1), "{away:?}");
    let (verdict, said) = one(&away.json(), "NATS server");
    assert!(verdict == "fail" && said.contains(&nats.url()) && said.contains("start it"), "{said}");
}

#[test]
fn streams_that_are_missing_or_too_few_rights_are_named() {
    let nats = Nats::start(NatsOptions { shipped: true, ..NatsOptions::default() });
    let scratch = Scratch::new();
    let admin = as_user(&scratch, &nats, "admin");
    let (verdict, said) = one(&admin.run(["doctor", "--json"]).json(), "NATS streams");
    assert!(verdict == "fail" && said.contains("23 missing") && said.contains("`tracerail setup`"), "{said}");
    admin.run(["setup"]).ok();
    let role = as_user(&scratch, &nats, "publisher").run(["doctor", "--json"]).json();
    let (verdict, said) = one(&role, "NATS streams");
    assert!(verdict == "warn" && said.contains("`operator` or `admin`"), "{said}");
}

#[test]
fn a_server_that_confirms_before_it_writes_is_named() {
    let nats = Nats::start(NatsOptions::default());
    let scratch = Scratch::new();
    scratch.write("tracerail.yaml", configuration(&nats, "admin", ""));
    let admin = as_user(&scratch, &nats, "admin");
    let (verdict, said) = one(&admin.run(["doctor", "--json"]).json(), "NATS durability");
    assert!(verdict == "warn" && said.contains("sync_interval: always"), "{said}");
    let hidden = configuration(&nats, "admin", "").replace(&nats.monitor_url(), "http://127.0.0.1:1");
    scratch.write("tracerail.yaml", hidden);
    let (verdict, said) = one(&admin.run(["doctor", "--json"]).json(), "NATS durability");
    assert!(verdict == "warn" && said.contains("set nats.monitor_url"), "{said}");
}

#[test]
fn a_stream_that_is_nearly_full_is_named() {
    let nats = Nats::start(NatsOptions::default());
    let scratch = Scratch::new();
    let small = "  intake_bytes_max: 16777216\n  stream_bytes_max: 16777216\n";
    let admin = as_user(&scratch, &nats, "admin");
    scratch.write("tracerail.yaml", configuration(&nats, "admin", small));
    admin.run(["setup"]).ok();
    let client = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    client.block_on(async {
        let client = async_nats::connect(nats.url()).await.unwrap();
        let context = async_nats::jetstream::new(client);
        for _ in 0..15 {
            context.publish("content.submitted", vec![b'x'; 1_000_000].into()).await.unwrap().await.unwrap();
        }
    });
    let (verdict, said) = one(&admin.run(["doctor", "--json"]).json(), "NATS room");
    assert!(
        verdict == "warn" && said.contains("content_submitted") && said.contains("nats.intake_bytes_max"),
        "{said}"
    );
}

#[test]
fn a_stream_that_was_weakened_and_a_consumer_that_is_gone_are_named() {
    use async_nats::jetstream::stream::DiscardPolicy;
    let nats = Nats::start(NatsOptions::default());
    let scratch = Scratch::new();
    let admin = as_user(&scratch, &nats, "admin");
    admin.run(["setup"]).ok();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let context = runtime.block_on(async {
        let context = async_nats::jetstream::new(async_nats::connect(nats.url()).await.unwrap());
        let mut stream = context.get_stream("task_events").await.unwrap();
        let mut config = stream.info().await.unwrap().config.clone();
        config.discard = DiscardPolicy::Old;
        context.update_stream(config).await.unwrap();
        context
    });
    let (verdict, said) = one(&admin.run(["doctor", "--json"]).json(), "NATS streams");
    assert!(verdict == "fail" && said.contains("task_events") && said.contains("change it back"), "{said}");
    runtime.block_on(async {
        let mut stream = context.get_stream("task_events").await.unwrap();
        let mut config = stream.info().await.unwrap().config.clone();
        config.discard = DiscardPolicy::New;
        context.update_stream(config).await.unwrap();
        context.delete_consumer_from_stream("router", "content_analyzed").await.unwrap();
    });
    let (verdict, said) = one(&admin.run(["doctor", "--json"]).json(), "NATS streams");
    assert!(verdict == "fail" && said.contains("router") && said.contains("`tracerail setup`"), "{said}");
}
