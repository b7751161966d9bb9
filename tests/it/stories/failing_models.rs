//! A model that answers nonsense, is slow or is away: an item it fails on goes to a person with the reason, and a model that
//! is away costs nothing but time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tracerail::config::Edition;
use tracerail_actors::system::Role;
use tracerail_schemas::ContentKey;
use tracerail_schemas::content::Outcome;
use tracerail_schemas::routing::RoutingDecision;
use tracerail_schemas::task::Decision;

use crate::model_server::{ModelServer, Reply, analysis, harmless, nowhere};
use crate::pair::on_both_editions;
use crate::stage::{PEOPLE, Stage};

on_both_editions! {
    what_the_model_fails_on_goes_to_a_person_with_the_reason,
    while_the_model_cannot_be_reached_items_wait,
    when_an_overloaded_model_is_back_the_items_flow_by_themselves,
}

fn asking(base_url: &str) -> String {
    format!(
        "{PEOPLE}\ntasks: {{ assignment_strategy: manual }}\n\
         llm: {{ provider: custom, base_url: '{base_url}', model: m-1, timeout: 500ms, retries: 0 }}\n"
    )
}

fn what_the_model_fails_on_goes_to_a_person_with_the_reason(on: Edition) {
    let server = ModelServer::start(|request| match request {
        text if text.contains("item one") => Reply::Says("I would rather write a poem.".to_owned()),
        text if text.contains("item two") => Reply::Says(analysis("100")),
        text if text.contains("item three") => Reply::Says(r#"{"summary": "cut off"#.to_owned()),
        text if text.contains("item four") => Reply::Silence,
        text if text.contains("item five") => Reply::Status("200 OK", "<html>It works!</html>".to_owned()),
        text if text.contains("item six") => {
            let words = r#"{"error":{"message":"this prompt is not allowed here"}}"#;
            Reply::Status("400 Bad Request", words.to_owned())
        }
        _ => harmless(),
    });
    let stage = Stage::with_on(on, &asking(&server.base_url()));
    // All of them would end by themselves if the model had nothing against it.
    let healthy = stage.submit("0", "thank you, item zero");
    assert_eq!(stage.wait_for_end(&healthy).outcome, Outcome::Auto);
    let cases = [
        ("one", "no JSON object"),
        ("two", "confidence is 100, not between 0 and 1"),
        ("three", "JSON"),
        ("four", "did not answer within 0.5s"),
        ("five", "no answer"),
        ("six", "refused"),
    ];
    let items = cases.map(|(number, why)| (stage.submit(number, &format!("thank you, item {number}")), why));
    for (item, why) in items {
        let task = stage.wait_for_any_task(&item);
        let verdict = format!("{:?}", stage.content(&item).analysis.unwrap().verdict);
        assert!(verdict.contains("Failed") && verdict.contains(why), "{item}: {verdict}");
        let reason = task.data.reason.unwrap_or_default();
        assert!(reason.contains("the analysis failed") && reason.contains(why), "{item}: {reason}");
        assert_eq!(stage.content(&item).route.unwrap().decision, RoutingDecision::Human);
        stage.decide(&item, "ada", Decision::Approved);
        assert_eq!(stage.wait_for_end(&item).outcome, Outcome::Approved);
    }
    assert_eq!(stage.dead_letters(), []);
}

fn while_the_model_cannot_be_reached_items_wait(on: Edition) {
    let address = nowhere();
    let mut stage = Stage::with_on(on, &asking(&format!("http://{address}/v1")));
    let items = ["1", "2", "3"].map(|id| stage.submit(id, "thank you"));
    stage.wait("somebody asked in vain", || match items.iter().map(|item| stage.trail(item).len()).max() {
        Some(1) if stage.rail().meters().read(tracerail_actors::port::Consumer::Llm).handled == 0 => Ok(()),
        other => Err(format!("{other:?}")),
    });
    stage.close();
    stage.open_again(&Role::ALL);
    assert_waiting(&stage, &items);
    let server = come_back(address);
    // Whoever asked in vain pauses; a new start does not.
    stage.open_again(&Role::ALL);
    for item in &items {
        assert_eq!(wait_for_auto(&stage, item), Outcome::Auto);
    }
    assert!(server.requests().len() >= items.len());
    assert_eq!(stage.dead_letters(), []);
}

fn when_an_overloaded_model_is_back_the_items_flow_by_themselves(on: Edition) {
    let well = Arc::new(AtomicBool::new(false));
    let is_well = Arc::clone(&well);
    let server = ModelServer::start(move |_| {
        if is_well.load(Ordering::SeqCst) {
            harmless()
        } else {
            Reply::Status("503 Service Unavailable", String::new())
        }
    });
    let stage = Stage::with_on(on, &asking(&server.base_url()));
    let items = ["1", "2", "3"].map(|id| stage.submit(id, "thank you"));
    stage.wait("the model was asked", || {
        if server.requests().is_empty() { Err("not yet".into()) } else { Ok(()) }
    });
    assert_waiting(&stage, &items);
    well.store(true, Ordering::SeqCst);
    for item in &items {
        assert_eq!(wait_for_auto(&stage, item), Outcome::Auto);
    }
    assert_eq!(stage.dead_letters(), []);
}

fn come_back(address: SocketAddr) -> ModelServer {
    ModelServer::at(address, |_| harmless())
}

fn wait_for_auto(stage: &Stage, item: &ContentKey) -> Outcome {
    stage.wait_as_time_passes(&format!("the end of {item}"), || {
        stage.content(item).terminal.map(|end| end.outcome).ok_or_else(|| format!("{:?}", stage.trail(item)))
    })
}

fn assert_waiting(stage: &Stage, items: &[ContentKey]) {
    for item in items {
        assert_eq!(stage.trail(item), ["content.submitted"]);
    }
    assert_eq!(stage.dead_letters(), []);
}
