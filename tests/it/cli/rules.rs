//! `tracerail rules`: what is wrong is told all at once, and a test that fails says where.

use serde_json::Value;
use tracerail_testkit::Scratch;

use crate::program;

const GOOD: &str = "
version: 1
default: { decision: human, groups: [desk] }
rules:
  - name: large
    when: { source: [till], cel: has(metadata.amount) && metadata.amount > 100 }
    then: { decision: escalate }
";

const TESTS: &str = "
version: 1
tests:
  - name: large amounts escalate
    given: { source: till, metadata: { amount: 101 } }
    expect: { decision: escalate, rule: large }
  - name: small amounts do not
    given: { source: till, metadata: { amount: 99 } }
    expect: { decision: human, rule: default }
";

#[test]
fn the_built_in_rules_are_right_and_so_are_the_examples() {
    let scratch = Scratch::new();
    let program = program(&scratch);
    let told = program.run(["rules", "check", "--json"]).ok().json();
    assert_eq!((&told["ok"], &told["problems"]), (&true.into(), &Value::Array(vec![])), "{told}");
    let told = program.run(["rules", "test"]).ok().stdout;
    assert!(told.contains(" tests hold (rules "), "{told}");
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/rules.yaml");
    let told = program.run(["rules", "test", examples, "--json"]).ok().json();
    assert_eq!(told["failed"], 0, "{told}");
    assert!(!scratch.join("tracerail.db").exists(), "a store was made");
}

#[test]
fn everything_that_is_wrong_is_told_with_its_place() {
    let scratch = Scratch::new();
    let program = program(&scratch);
    let broken = GOOD
        .replace("metadata.amount > 100", "amount > 100")
        .replace("decision: human, ", "decision: auto, ");
    scratch.write("rules.yaml", broken);
    let told = program.run(["rules", "check", "rules.yaml"]);
    assert_eq!(told.code, Some(2), "{}", told.stdout);
    for words in
        ["the default is auto", "rules.yaml:5: rule \"large\"", "there is no \"amount\"", "^", "2 wrong"]
    {
        assert!(told.stdout.contains(words), "no {words:?} in {}", told.stdout);
    }
    let told = program.run(["rules", "check", "rules.yaml", "--json"]);
    let problems = told.json()["problems"].clone();
    assert_eq!(
        (told.code, problems[1]["line"].clone(), problems[1]["rule"].clone()),
        (Some(2), 5.into(), "large".into())
    );

    // A group that the configuration does not know would stop the start, so it is wrong here.
    scratch.write("tracerail.yaml", "groups: { reviewers: { members: [ada] } }\n");
    scratch.write("rules.yaml", GOOD);
    let told = program.run(["rules", "check", "rules.yaml"]);
    assert!(told.code == Some(2) && told.stdout.contains("the group \"desk\""), "{}", told.stdout);
    let told = program.run(["rules", "check", "missing.yaml"]);
    assert!(told.code == Some(1) && told.stderr.contains("missing.yaml cannot be read"), "{}", told.stderr);
}

#[test]
fn a_test_that_fails_says_what_differs() {
    let scratch = Scratch::new();
    let program = program(&scratch);
    scratch.write("rules.yaml", GOOD);
    scratch.write("rules.test.yaml", TESTS);
    let told = program.run(["rules", "test", "rules.yaml"]).ok().stdout;
    assert!(told.starts_with("2 of 2 tests hold (rules "), "{told}");

    scratch.write("rules.yaml", GOOD.replace("> 100", "> 90"));
    let told = program.run(["rules", "test", "rules.yaml"]);
    let expected = "FAILED rules.test.yaml:7: small amounts do not\n  decision expected human\n           found    escalate\n  \
                    rule expected default\n       found    large\n  the rules say: Rule \"large\" says so.\n";
    assert_eq!(told.code, Some(1));
    assert!(told.stdout.starts_with(expected), "{}", told.stdout);
    let told = program.run(["rules", "test", "rules.yaml", "--json"]);
    let json = told.json();
    assert_eq!((told.code, &json["failed"]), (Some(1), &1.into()));
    assert_eq!(json["tests"][1]["differences"][0]["found"], "escalate");

    scratch.write("broken.yaml", "version: 1\ntests: [{ name: a, expekt: {} }]\n");
    let told = program.run(["rules", "test", "rules.yaml", "--tests", "broken.yaml"]);
    assert!(told.code == Some(2) && told.stderr.contains("expekt"), "{}", told.stderr);
}
