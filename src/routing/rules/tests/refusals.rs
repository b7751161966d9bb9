use super::super::{RulesEngine, RulesError};

fn refused(when: &str, then: &str) -> String {
    let text = format!(
        "version: 1\ndefault: {{decision: human}}\nrules:\n  - name: odd one\n    when: {when}\n    then: {then}\n"
    );
    RulesEngine::from_yaml("my.yaml", &text).unwrap_err().to_string()
}

#[test]
fn rules_that_trust_the_analyser_or_can_never_hold_are_refused_by_name_and_line() {
    for (when, then, words) in [
        ("{confidence: {below: 0.1}}", "{decision: reject}", "facts alone"),
        ("{source: [a], flags: none}", "{decision: reject}", "`flags`"),
        ("{source: [a], confidence: {below: 0.5}}", "{decision: auto}", "reassurance"),
        ("{source: [a], complexity: {above: 0.5}}", "{decision: auto}", "reassurance"),
        ("{source: [a], flags: {any: [x]}}", "{decision: auto}", "reassurance"),
        ("{source: [a], proposed: [auto]}", "{decision: auto}", "proposed"),
        ("{confidence: {at_least: 0.5}}", "{decision: human}", "suspicion"),
        ("{complexity: {below: 0.5}}", "{decision: escalate}", "suspicion"),
        ("{flags: none}", "{decision: human}", "suspicion"),
        ("{flags: {none: [x]}}", "{decision: human}", "suspicion"),
        ("{}", "{decision: auto}", "at least one condition"),
        ("{}", "{decision: reject}", "at least one condition"),
        ("{source: []}", "{decision: human}", "source can never hold"),
        ("{token_count: {}}", "{decision: human}", "token_count has no limit"),
        ("{metadata: {a: {at_least: 5, below: 2}}}", "{decision: human}", "metadata.a can never hold"),
        ("{keywords: {any: ['  ']}}", "{decision: human}", "empty word"),
    ] {
        let error = refused(when, then);
        assert!(error.contains(words), "{when}: {error}");
        assert!(error.starts_with("my.yaml:4: rule \"odd one\""), "{error}");
    }
}

#[test]
fn a_broken_file_is_refused_with_its_place_and_a_snippet() {
    for (when, words) in [
        ("{sauce: [a]}", "sauce"),
        ("{metadata: {a: {at_leest: 5}}}", "at_leest"),
        ("{metadata: {a: {in: [1], exists: true}}}", "exclude each other"),
        ("{sentiment: [furious]}", "furious"),
        ("{flags: some}", "some"),
        ("{confidence: {below: high}}", "high"),
        ("{source: [a", ""),
    ] {
        let error = refused(when, "{decision: human}");
        assert!(error.starts_with("my.yaml:") && error.contains(words), "{when}: {error}");
        assert!(error.contains('\n'), "no snippet: {error}");
    }
    match RulesEngine::from_yaml("my.yaml", "version: 1\ndefault: {decision: maybe}\n").unwrap_err() {
        RulesError::Syntax { line, column, .. } => assert_eq!((line, column), (2, 21)),
        other @ (RulesError::Rule { .. } | RulesError::File { .. }) => panic!("{other}"),
    }
}

#[test]
fn what_is_wrong_outside_the_rules_is_named() {
    for (text, words) in [
        ("version: 2\ndefault: {decision: human}\n", "version is 2"),
        ("version: 1\ndefault: {decision: auto}\n", "must go to a person"),
        ("version: 1\ndefault: {decision: reject}\n", "must go to a person"),
        ("version: 1\ndefault: {decision: human, sla_hours: 0}\n", "hours"),
        ("", ""),
    ] {
        let error = RulesEngine::from_yaml("my.yaml", text).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    let twins = "version: 1\ndefault: {decision: human}\nrules:\n  - {name: a, then: {decision: human}}\n  - {name: a, then: {decision: human}}\n";
    assert!(
        RulesEngine::from_yaml("t", twins)
            .unwrap_err()
            .to_string()
            .contains("line 4 has a rule of the same name")
    );
}

#[test]
fn norway_is_a_country_and_json_is_read_too() {
    let rules = r#"{"version":1,"default":{"decision":"human"},"rules":[
        {"name":"no","when":{"metadata":{"country":"NO"}},"then":{"decision":"escalate","candidate_groups":["oslo"]}}]}"#;
    let json = RulesEngine::from_yaml("r.json", rules).unwrap();
    let yaml = "version: 1\ndefault: {decision: human}\nrules:\n  - {name: n, when: {metadata: {country: NO}}, then: {decision: escalate, groups: [oslo]}}";
    let yaml = RulesEngine::from_yaml("r.yaml", yaml).unwrap();
    for engine in [json, yaml] {
        let norway = super::calm("x", r#"{"country":"NO"}"#);
        assert_eq!(engine.decide(&norway).decision.as_str(), "escalate");
        assert_eq!(engine.groups().len(), 1);
    }
}
