//! Configuration and rules that make no sense: refused with their place before anything is opened, and no file is made.

use tracerail_testkit::Scratch;

use crate::program;

const RULES: &str = "routing: { rules_file: rules.yaml }\n";

#[test]
fn a_broken_configuration_is_refused_at_its_place() {
    for (text, place, words) in [
        ("stroe: { path: a.db }\n", "tracerail.yaml:1:1", "stroe"),
        ("store:\n  paht: a.db\n", "tracerail.yaml:2:3", "paht"),
        ("actors: { sla_tick: 2h }\n", "tracerail.yaml:1:21", "out of range"),
        ("store: { lease: soon }\n", "tracerail.yaml:1:17", "not a duration"),
        ("log: { level: info, level: warn }\n", "tracerail.yaml:1:21", "duplicate"),
        ("llm: { provider: custom }\n", "tracerail.yaml:1:18", "base_url"),
        ("store: [\n", "tracerail.yaml:", ""),
    ] {
        refused(&[("tracerail.yaml", text)], &[], "TR0020", &[place, words, "help: "]);
    }
    refused(&[("tracerail.yaml", "\u{0}\u{1}\u{2}")], &[], "TR0020", &["tracerail.yaml"]);
}

#[test]
fn a_bad_variable_is_named() {
    for (name, value, words) in [
        ("TRACERAIL_DEFAULT_SLA_HOURS", "soon", "not a number of hours"),
        ("TRACERAIL__STORE__PAHT", "x.db", "did you mean store.path?"),
        ("TRACERAIL__LIMITS__DEPTH_MAX", "0", "out of range"),
    ] {
        refused(&[], &[(name, value)], "TR0020", &[name, words]);
    }
    refused(&[], &[("TRACERAIL_CONFIG", "missing.yaml")], "TR0020", &["missing.yaml"]);
}

#[test]
fn broken_rules_are_refused_at_their_place() {
    for (text, place, words) in [
        ("version: 1\ndefault: { decision: maybe }\n", "rules.yaml:2:22", "maybe"),
        (
            "version: 1\ndefault: { decision: human }\nrules:\n  - name: a\n    wehn: {}\n",
            "rules.yaml:5:5",
            "wehn",
        ),
        ("version: 1\ndefault: { decision: human\n", "rules.yaml:", ""),
        (
            "version: 1\ndefault: { decision: human }\nrules:\n  - name: trusting\n    when: { confidence: { below: 0.1 } }\n    then: { decision: reject }\n",
            "rules.yaml:4",
            "trusting",
        ),
    ] {
        refused(&[("tracerail.yaml", RULES), ("rules.yaml", text)], &[], "TR0021", &[place, words]);
    }
    refused(&[("tracerail.yaml", RULES)], &[], "TR0021", &["rules.yaml"]);
}

#[test]
fn rules_that_name_a_group_nobody_knows_are_refused() {
    let config = format!("{RULES}groups: {{ desk: {{ members: [ada] }} }}\n");
    let rules = "version: 1\ndefault: { decision: human, groups: [legal] }\n";
    let files = [("tracerail.yaml", config.as_str()), ("rules.yaml", rules)];
    refused(&files, &[], "TR0021", &["the group \"legal\"", "add it, or change the rules"]);
}

/// With these files and variables every command that opens anything ends with exit code 2 and this, and makes nothing.
fn refused(files: &[(&str, &str)], env: &[(&str, &str)], code: &str, words: &[&str]) {
    let scratch = Scratch::new();
    for (name, text) in files {
        scratch.write(name, text);
    }
    let item = scratch.write("item.jsonl", r#"{"id":"1","content":"A question?"}"#);
    let program = env.iter().fold(program(&scratch), |program, (name, value)| program.with_env(name, value));
    for args in [vec!["run"], vec!["submit", item.to_str().unwrap()]] {
        let told = program.run(&args);
        assert_eq!((told.code, told.stdout.as_str()), (Some(2), ""), "{args:?} {files:?}: {}", told.stderr);
        assert!(told.stderr.starts_with(&format!("error {code}: ")), "{args:?} {files:?}: {}", told.stderr);
        for word in words {
            assert!(told.stderr.contains(word), "{args:?} {files:?}: no {word:?} in {}", told.stderr);
        }
    }
    assert!(!scratch.join("tracerail.db").exists(), "{files:?}: a store was made");
}
