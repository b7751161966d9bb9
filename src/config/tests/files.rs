//! Files: which one is read, and what is said about a wrong one.

use std::path::Path;
use std::time::Duration;

use super::super::{LoadOptions, Origin};
use super::{Story, shown};

#[test]
fn a_file_overrules_defaults_and_knows_its_places() {
    let story = Story::new("tracerail.yaml", "actors:\n  sla_tick: 250ms\nlog:\n");
    let config = story.load();
    assert_eq!(config.actors.sla_tick, Duration::from_millis(250));
    assert_eq!(config.actors.batch, 128);
    let place = Origin::File { path: story.path("tracerail.yaml"), line: 2, column: 13 };
    assert_eq!(shown(&config, "actors.sla_tick").origin, place);
    assert_eq!(shown(&config, "actors.batch").origin, Origin::Default);
}

#[test]
fn json_is_read_too() {
    let story = Story::new("tracerail.json", "{\n\t\"store\": {\n\t\t\"lease\": \"4s\"\n\t}\n}\n");
    assert_eq!(story.load().store.lease, Duration::from_secs(4));
}

#[test]
fn an_empty_file_is_a_file() {
    for text in ["", "# nothing yet\n", "llm:\n  # model: x\npeople:\n"] {
        assert_eq!(Story::new("tracerail.yml", text).load().actors.attempts_max, 5, "{text:?}");
    }
}

#[test]
fn texts_stay_texts() {
    let config = Story::new(
        "tracerail.yaml",
        "people:\n  NO: { skills: [no, 1e3, 0x10] }\ntemporal: { namespace: off }\n",
    )
    .load();
    assert_eq!(config.temporal.namespace, "off");
    assert_eq!(shown(&config, "people.NO.skills").value, "0x10, 1e3, no");
}

#[test]
fn paths_are_relative_to_the_file() {
    let mut story = Story::new(
        "tracerail.yaml",
        "store: { path: data/rail.db }\nrouting: { rules_file: /etc/rules.yaml }\n",
    );
    let config = story.load();
    assert_eq!(config.store.path, story.path("data/rail.db"));
    assert_eq!(config.routing.rules_file.as_deref(), Some(Path::new("/etc/rules.yaml")));
    story.options.overrides.push(("store.path".to_owned(), "here.db".to_owned()));
    assert_eq!(story.load().store.path, Path::new("here.db"));
}

#[test]
fn a_named_file_is_taken_and_must_be_there() {
    let story = Story::new("other.yaml", "log: { level: debug }");
    let path = story.path("other.yaml");
    let by_option = story.options.clone().with_file(Some(path.clone()));
    assert_eq!(super::Config::load(by_option).unwrap().log.level.as_str(), "debug");
    let by_variable = Story::without_file().env("TRACERAIL_CONFIG", &path.display().to_string());
    assert_eq!(by_variable.load().log.level.as_str(), "debug");
    let missing = LoadOptions::default().with_file(Some(story.path("missing.yaml")));
    assert!(super::Config::load(missing).unwrap_err().to_string().contains("missing.yaml cannot be read"));
}

#[test]
fn a_second_file_is_not_passed_over_in_silence() {
    let story = Story::new("tracerail.yaml", "");
    std::fs::write(story.path("tracerail.json"), "{}").unwrap();
    assert!(story.load().warnings[0].contains("tracerail.json is not read"));
}

#[test]
fn wrong_files_are_refused_with_their_place() {
    for (text, place, message) in [
        ("llm:\n  max_token: 5\n", "2:3", "max_token"),
        ("llm:\n  max_tokens: many\n", "2:15", "whole number"),
        ("llm:\n  max_tokens: 5\n  max_tokens: 6\n", "3:3", "duplicate"),
        ("people:\n  ada:\n  ada:\n", "3:3", "duplicate"),
        ("store:\n  path:\n", "", ""),
        ("temporal:\n  namespace: ~\n", "", ""),
        ("actors:\n  batch:\n", "", ""),
        ("stroe: {}\n", "1:1", "stroe"),
        (
            "llm: { provider: claude }\n",
            "1:18",
            "there is no \"claude\" (there are: lexical, deepseek, openai, anthropic, custom)",
        ),
        ("routing:\n  engine: dmn\n", "2:11", "\"dmn\" is not in this version"),
        ("actors:\n  sla_tick: 500\n", "2:13", "\"500\" is not a duration"),
        ("actors: { sla_tick: 2s }\n", "1:21", "out of range"),
        ("tasks: { default_sla_hours: -1 }\n", "1:29", "not a number of hours"),
        (
            "tasks: { default_sla_hours: 5, escalation_hours: 4 }\n",
            "1:50",
            "4 h is not after default_sla_hours (5 h)",
        ),
        ("routing: { candidate_groups: [legal] }\n", "1:30", "there is no group \"legal\""),
        ("groups: { g: { members: [ada, ada] } }\n", "1:25", "twice"),
        ("limits: { content_bytes_max: 2000000 }\n", "1:30", "out of range"),
        ("llm: [1\n", "", ""),
        ("- llm\n", "1:1", "expected"),
        ("llm: {}\n---\nlog: {}\n", "", "multiple"),
    ] {
        let error = Story::new("tracerail.yaml", text).error();
        assert!(error.starts_with(&format!("tracerail.yaml:{place}")), "{text}{error}");
        assert!(
            error.contains(message) && error.contains(" | ") && error.contains("\nhelp: "),
            "{text}{error}"
        );
    }
}

#[test]
fn the_snippet_points_at_the_value() {
    let error = Story::new("tracerail.yaml", "llm:\n  temperature: 3\n").error();
    let expected = "tracerail.yaml:2:16: llm.temperature: 3.0 is out of range\n  |\n2 |   temperature: 3\n  |                ^\n\
                    help: choose a value from 0.0 to 2.0";
    assert_eq!(error, expected);
}
