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

const OFFICE: &str = r#"
calendars:
  office: { time_zone: Europe/Berlin, week: { mon-thu: "09:00-12:00, 13:00-17:00", fri: "09:00-15:00" }, holidays: [2026-12-25] }
people:
  ada: { calendar: office, capacity: 3, manager: bob, away: [{ from: 2026-12-21, to: 2026-12-22, substitute: bob }] }
  bob:
groups: { desk: { members: [ada] } }
escalation_policies:
  claims:
    version: 4
    calendar: office
    levels:
      - { after: 1h, target: start, targets: { manager: true } }
      - { after: 8h, actions: [notify, reassign], targets: { users: [bob] }, otherwise: { groups: [desk] } }
    loops: 2
    on_exhausted: expire
    expire_after: 30d
tasks: { escalation_policy: claims, at_risk_share: 0.8, assignment_strategy: least_loaded }
"#;

#[test]
fn calendars_policies_and_absences_are_read_as_they_are_written() {
    use tracerail_actors::port::Presence;
    use tracerail_schemas::task::{EscalationAction, Target};
    let config = Story::new("tracerail.yaml", OFFICE).load();
    assert_eq!(config.warnings, Vec::<String>::new());
    let policy = &config.escalation_policies()["claims"];
    assert_eq!((policy.version, policy.loops, policy.levels.len()), (4, 2, 2));
    assert_eq!(
        (policy.levels[0].target, &policy.levels[0].step.actions[..]),
        (Target::Start, &[EscalationAction::Notify][..])
    );
    let at = |text: &str| text.parse().unwrap();
    let calendar = policy.calendar.as_ref().unwrap();
    assert!(
        calendar.is_working(at("2026-12-04T14:59:00+01:00"))
            && !calendar.is_working(at("2026-12-04T15:00:00+01:00"))
    );
    assert!(!calendar.is_working(at("2026-12-03T12:30:00+01:00")));
    let directory = config.directory();
    let ada = |text: &str| directory.presence(&PersonId::new("ada").unwrap(), at(text));
    let away = Presence::Away(Some(PersonId::new("bob").unwrap()));
    assert_eq!(ada("2026-12-20T23:30:00+01:00"), Presence::OffHours);
    assert_eq!((ada("2026-12-21T00:00:00+01:00"), ada("2026-12-22T23:59:00+01:00")), (away.clone(), away));
    assert_eq!(ada("2026-12-23T10:00:00+01:00"), Presence::Here);
    assert_eq!(shown(&config, "people.ada.away").value, "2026-12-21 to 2026-12-22 (bob)");
    assert_eq!(shown(&config, "escalation_policies.claims.levels").value, "1h, 8h");
}

#[test]
fn what_cannot_be_meant_in_them_is_refused_with_its_name() {
    for (wrong, instead, message) in [
        ("Europe/Berlin", "Mars", "calendars.office: \"Mars\" is no time zone"),
        ("mon-thu", "mon-funday", "there is no day \"funday\""),
        ("fri: ", "thu: ", "thu is there twice"),
        ("09:00-15:00", "nine to three", "\"nine to three\" are no hours"),
        ("13:00-17:00", "11:00-17:00", "do not overlap"),
        ("[2026-12-25]", "[christmas]", "\"christmas\" is no day"),
        (
            "calendar: office, capacity",
            "calendar: home, capacity",
            "people.ada.calendar: there is no calendar \"home\"",
        ),
        ("manager: bob", "manager: eve", "there is no person \"eve\""),
        ("to: 2026-12-22", "to: 2026-12-20", "2026-12-21 to 2026-12-20 (bob) are no days"),
        (
            "claims:\n    version",
            "default:\n    version",
            "escalation_policies.default: the hours of `tasks` make",
        ),
        (
            "    calendar: office\n",
            "    calendar: home\n",
            "escalation_policies.claims.calendar: there is no calendar \"home\"",
        ),
        ("after: 8h", "after: 0s", "none at once"),
        ("target: start", "target: beginning", "unknown variant"),
        ("users: [bob]", "users: []", "says to whom"),
        ("groups: [desk] }", "groups: [ghosts] }", "there is no group \"ghosts\""),
        ("    expire_after: 30d\n", "", "belong together"),
        (
            "escalation_policy: claims",
            "escalation_policy: clams",
            "tasks.escalation_policy: there is no policy \"clams\"",
        ),
        ("0.8", "1.5", "tasks.at_risk_share: 1.5 is out of range"),
        ("least_loaded", "laziest", "there is no \"laziest\""),
    ] {
        assert!(OFFICE.contains(wrong), "{wrong}");
        let error = Story::new("tracerail.yaml", &OFFICE.replacen(wrong, instead, 1)).error();
        assert!(error.contains(message), "{instead}: {error}");
    }
}
