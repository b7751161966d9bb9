use super::{DEFAULT_TESTS, RuleTests, Trial};
use crate::llm::LexicalAnalyst;
use crate::routing::{DEFAULT_RULES, RulesEngine};

const RULES: &str = "
version: 1
default: {decision: human, groups: [desk]}
rules:
  - {name: big, priority: 2, when: {cel: 'metadata.amount > 100.0'}, then: {decision: escalate, sla_hours: 2}}
  - {name: small, priority: 1, when: {source: [till], confidence: {at_least: 0.5}}, then: {decision: auto}}
";

fn run(tests: &str) -> Trial {
    let rules = RulesEngine::from_yaml("r", RULES).unwrap();
    RuleTests::from_yaml("t", &format!("version: 1\ntests:\n{tests}"))
        .unwrap()
        .run(&rules, &LexicalAnalyst::new().unwrap())
}

#[test]
fn what_holds_holds_and_what_does_not_is_told_by_field() {
    let trial = run("
  - name: right
    given: {source: till, metadata: {amount: 5}, analysis: {confidence: 0.9}}
    expect: {decision: auto, rule: small, groups: [desk], review_required: false}
  - name: failed analysis
    given: {source: till, metadata: {amount: 5}, analysis: failed}
    expect: {decision: human, rule: default}
  - name: wrong
    given: {source: till, metadata: {amount: 500}}
    expect: {decision: auto, rule: small, sla_hours: 2}
");
    let holds: Vec<bool> = trial.tests.iter().map(|test| test.holds).collect();
    assert_eq!((holds, trial.failed()), (vec![true, true, false], 1));
    let wrong = &trial.tests[2];
    let told: Vec<String> =
        wrong.differences.iter().map(|one| format!("{} {} {}", one.field, one.expected, one.found)).collect();
    assert_eq!(told, ["decision \"auto\" \"escalate\"", "rule \"small\" \"big\""]);
    assert_eq!(wrong.line, 10);
    assert!(trial.untried.is_empty());
}

#[test]
fn rules_that_no_test_met_are_named() {
    let trial = run("  - {name: a, given: {source: x, metadata: {amount: 1}}, expect: {rule: default}}\n");
    assert_eq!((trial.failed(), trial.untried), (0, vec!["big".to_owned(), "small".to_owned()]));
}

#[test]
fn tests_that_could_not_fail_or_are_misspelt_are_refused() {
    for (text, words) in [
        ("version: 1\ntests: []\n", "no tests"),
        ("version: 2\ntests: [{name: a, expect: {decision: auto}}]\n", "version is 2"),
        ("version: 1\ntests: [{name: idle, expect: {}}]\n", "\"idle\" expects nothing"),
        ("version: 1\ntests: [{name: a, expect: {dicision: auto}}]\n", "dicision"),
        ("version: 1\ntests: [{name: a, given: {analysis: broken}, expect: {decision: auto}}]\n", "failed"),
    ] {
        let error = RuleTests::from_yaml("t.yaml", text).unwrap_err().to_string();
        assert!(error.starts_with("t.yaml:") && error.contains(words), "{error}");
    }
}

#[test]
fn the_tests_of_the_built_in_rules_hold() {
    let rules = RulesEngine::from_yaml("rules", DEFAULT_RULES).unwrap();
    let tests = RuleTests::from_yaml("tests", DEFAULT_TESTS).unwrap();
    let trial = tests.run(&rules, &LexicalAnalyst::new().unwrap());
    let wrong: Vec<_> = trial.tests.iter().filter(|test| !test.holds).collect();
    assert!(trial.tests.len() > 10 && wrong.is_empty(), "{wrong:#?}");
}
