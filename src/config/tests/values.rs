//! People, limits, and what is shown.

use serde_json::json;
use tracerail_actors::port::Directory;
use tracerail_schemas::{GroupId, PersonId};

use super::{Story, shown};

const PEOPLE: &str = "people:\n  ada: { skills: [legal], lead: true }\n  bob:\n\
                      groups:\n  reviewers: { members: [bob, cy], leads: [dee] }\n";

#[test]
fn the_directory_knows_people_and_whoever_is_in_a_group() {
    let directory = Story::new("tracerail.yaml", PEOPLE).load().directory();
    let person = |name: &str| PersonId::new(name).unwrap();
    let reviewers = [GroupId::new("reviewers").unwrap()];
    assert!(["ada", "bob", "cy", "dee"].iter().all(|name| directory.knows(&person(name))));
    assert!(!directory.knows(&person("eve")) && !directory.is_open());
    assert_eq!(directory.members(&reviewers[0]), [person("bob"), person("cy")]);
    assert!(directory.leads(&person("ada"), &reviewers) && directory.leads(&person("dee"), &reviewers));
    assert!(directory.has_skills(&person("ada"), &["legal".to_owned()]));
    assert!(!directory.leads(&person("bob"), &reviewers));
}

#[test]
fn without_people_everybody_may_do_everything() {
    assert!(Story::without_file().load().directory().is_open());
}

#[test]
fn slips_in_groups_are_pointed_out() {
    let warnings = Story::new("tracerail.yaml", &format!("{PEOPLE}  empty:\n")).load().warnings;
    let expected =
        ["groups.empty has neither", "groups.reviewers names \"cy\"", "groups.reviewers names \"dee\""];
    assert!(
        expected.iter().zip(&warnings).all(|(start, warning)| warning.starts_with(start)),
        "{warnings:?}"
    );
    assert_eq!(warnings.len(), 3);
}

#[test]
fn candidate_groups_come_from_the_environment_with_commas() {
    let config = Story::new("tracerail.yaml", &format!("{PEOPLE}  legal: {{ members: [ada] }}\n"))
        .env("TRACERAIL__ROUTING__CANDIDATE_GROUPS", "reviewers, legal")
        .load();
    assert_eq!(shown(&config, "routing.candidate_groups").value, "reviewers, legal");
}

#[test]
fn people_are_shown_with_their_places() {
    let config = Story::new("tracerail.yaml", PEOPLE).load();
    assert!(shown(&config, "people.ada.lead").origin.to_string().ends_with("tracerail.yaml:2:33"));
    assert_eq!(shown(&config, "people.bob.lead").origin.to_string(), "default");
    assert_eq!(shown(&config, "groups.reviewers.members").value, "bob, cy");
}

#[test]
fn what_watches_a_process_is_checked() {
    for (text, message) in [
        ("http: { listen: '8787' }", "http.listen: \"8787\" is not a host with a port"),
        ("http: { listen: ':8787' }", "is not a host with a port"),
        ("http: { wedged_after: 1ms }", "http.wedged_after: 1ms is out of range"),
        ("otlp: { endpoint: 'localhost:4318' }", "otlp.endpoint: it is no http or https address"),
        ("otlp: { endpoint: 'http://u:p@here:4318' }", "use otlp.headers"),
        ("otlp: { sample_ratio: 1.5 }", "otlp.sample_ratio: 1.5 is out of range"),
    ] {
        let error = Story::new("tracerail.yaml", text).error();
        assert!(error.contains(message), "{error}");
    }
    let key = "very-secret";
    let error = Story::new("tracerail.yaml", &format!("otlp: {{ headers: {key} }}")).error();
    assert!(error.contains("otlp.headers: it is no list of headers") && !error.contains(key), "{error}");
    let open = Story::new("tracerail.yaml", "http: { listen: '0.0.0.0:8787' }").load().warnings;
    assert!(open[0].contains("reachable from other machines"), "{open:?}");
    let at_home = Story::new("tracerail.yaml", "http: { listen: 'localhost:8787' }").load();
    assert_eq!(at_home.warnings, Vec::<String>::new());
}

#[test]
fn programs_get_values_with_their_types() {
    let shown = Story::without_file().load().show_json();
    assert_eq!(shown["actors.in_flight"], json!({ "value": 256, "origin": "default" }));
    assert_eq!(shown["llm.model"], json!({ "value": null, "origin": "default" }));
    assert_eq!(shown["tasks.enable_auto_escalation"]["value"], json!(true));
}

#[test]
fn the_codec_gets_its_limits() {
    let limits = Story::new("tracerail.yaml", "limits: { depth_max: 9 }").load().limits.codec();
    assert_eq!((limits.depth_max, limits.values_max), (9, 20_000));
}
