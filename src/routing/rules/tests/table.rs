use tracerail_schemas::analysis::AnalystKind;
use tracerail_schemas::routing::RoutingContext;
use tracerail_schemas::routing::RoutingDecision::{Auto, Escalate, Human, Reject};

use super::super::RulesEngine;
use super::{calm, failed, flag};

const RULES: &str = r"
version: 1
default: {decision: human, reason: by default, groups: [all], sla_hours: 24}
rules:
  - {name: flagged, priority: 90, when: {flags: {any: [threat]}}, then: {decision: escalate, groups: [safety]}}
  - {name: unsure, priority: 80, when: {confidence: {below: 0.5}}, then: {decision: human, priority: high}}
  - {name: banned, priority: 70, when: {keywords: {any: [free pills]}}, then: {decision: reject}}
  - {name: easy, priority: 60, when: {metadata: {kind: note}, confidence: {at_least: 0.8}, flags: none}, then: {decision: auto}}
  - {name: plain, priority: 50, when: {metadata: {kind: plain}}, then: {decision: auto}}
  - {name: offline, priority: 40, when: {metadata: {kind: offline}, analyst: [lexical, model]}, then: {decision: auto}}
  - {name: note-ban, priority: 30, when: {metadata: {kind: note, size: {above: 5}}}, then: {decision: reject}}
  - {name: large, priority: 20, when: {metadata: {amount: {above: 100}}}, then: {decision: human, review_required: true, assignee: ada}}
";

type Change = fn(&mut RoutingContext);

#[test]
fn the_table_of_the_walk() {
    let engine = RulesEngine::from_yaml("test", RULES).unwrap();
    let same: Change = |_| {};
    let unsure: Change = |context| context.confidence = Some(0.2);
    let threat: Change = |context| context.flags = vec![flag("threat")];
    let fails: Change = |context| *context = failed(context);
    let lexical: Change = |context| context.analyst = Some(AnalystKind::Lexical);
    let nan: Change = |context| context.confidence = Some(f64::NAN);
    let hundred: Change = |context| context.confidence = Some(100.0);
    for (content, metadata, change, decision, rule) in [
        ("hello", r#"{"kind":"note"}"#, same, Auto, Some("easy")),
        ("hello", r#"{"kind":"note"}"#, unsure, Human, Some("unsure")),
        ("hello", r#"{"kind":"note"}"#, nan, Human, Some("unsure")),
        ("hello", r#"{"kind":"note"}"#, hundred, Human, Some("unsure")),
        ("hello", r#"{"kind":"note"}"#, threat, Escalate, Some("flagged")),
        ("hello", r#"{"kind":"note"}"#, lexical, Human, None),
        ("hello", r#"{"kind":"note","size":9}"#, same, Auto, Some("easy")),
        // Withheld joined with a reject further down is a person's business.
        ("hello", r#"{"kind":"note","size":9}"#, lexical, Human, Some("easy")),
        ("hello", r#"{"kind":"plain"}"#, same, Auto, Some("plain")),
        ("hello", r#"{"kind":"plain"}"#, lexical, Human, None),
        ("hello", r#"{"kind":"offline"}"#, lexical, Auto, Some("offline")),
        ("hello", r#"{"kind":"offline"}"#, fails, Escalate, Some("flagged")),
        ("FREE\n pills", r#"{"kind":"note"}"#, same, Reject, Some("banned")),
        ("FREE\n pills", r#"{"kind":"note"}"#, lexical, Reject, Some("banned")),
        ("FREE\n pills", r#"{"kind":"note"}"#, unsure, Human, Some("unsure")),
        ("hello", r#"{"amount":"250.00"}"#, same, Human, Some("large")),
        ("hello", r#"{"amount":100}"#, same, Human, None),
    ] {
        let mut context = calm(content, metadata);
        change(&mut context);
        let result = engine.decide(&context);
        let seen = (result.decision, result.matched_rule.as_deref());
        assert_eq!(seen, (decision, rule), "{content} {metadata} {:?}", result.reason);
    }
}

#[test]
fn a_raise_speaks_and_what_it_leaves_out_comes_from_the_candidate_and_the_default() {
    let engine = RulesEngine::from_yaml("test", RULES).unwrap();
    let mut context = calm("hello", r#"{"amount":250}"#);
    context.confidence = Some(0.1);
    let result = engine.decide(&context);
    assert_eq!(result.matched_rule.as_deref(), Some("unsure"));
    assert_eq!(result.suggested_assignee.unwrap().as_str(), "ada");
    assert_eq!(result.candidate_groups[0].as_str(), "all");
    assert_eq!(result.sla_hours.unwrap().get().to_string(), "24");
    assert!(result.review_required);
    assert_eq!(result.metadata["candidate"][0], "large");
}

#[test]
fn without_an_escalate_rule_a_failed_analysis_is_a_persons_business() {
    let rules = "
version: 1
default: {decision: human}
rules:
  - {name: all, when: {source: [helpdesk]}, then: {decision: auto}}
  - {name: rest, when: {metadata: {a: 1}}, then: {decision: reject}}
";
    let engine = RulesEngine::from_yaml("test", rules).unwrap();
    let result = engine.decide(&failed(&calm("x", "{}")));
    assert_eq!((result.decision, result.matched_rule), (Human, None));
    assert_eq!(engine.decide(&failed(&calm("x", r#"{"a":1}"#))).decision, Human);
}

#[tokio::test]
async fn explain_tells_every_rule_and_condition() {
    use tracerail_actors::port::RoutingEngine;
    let engine = RulesEngine::from_yaml("test", RULES).unwrap();
    let told = engine.explain(&calm("free pills", r#"{"kind":"note"}"#)).await.unwrap();
    let rules = told["rules"].as_array().unwrap();
    assert_eq!(rules.len(), engine.rule_count());
    let outcome = |name: &str| rules.iter().find(|rule| rule["rule"] == name).unwrap()["outcome"].clone();
    assert_eq!(outcome("flagged"), "quiet");
    assert_eq!(outcome("banned"), "candidate");
    assert_eq!(outcome("easy"), "not_reached");
    let banned = rules.iter().find(|rule| rule["rule"] == "banned").unwrap();
    assert_eq!(banned["conditions"][0]["found"][0], "free pills");
    assert_eq!(banned["line"], 7);
    assert_eq!(told["result"]["decision"], "reject");
    assert_eq!(told["result"]["engine_version"], engine.version());
}
