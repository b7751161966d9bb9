//! The proof: for random rules and contexts, with the facts fixed, a worse analysis never lowers the scrutiny.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use tracerail_schemas::analysis::{AnalystKind, Sentiment};
use tracerail_schemas::routing::{RoutingContext, RoutingDecision};

use super::super::RulesEngine;
use super::{calm, failed, flag};

const CODES: [&str; 3] = ["threat", "fraud", "legal"];

/// One condition on a fact, written as in a file. Few values, so that rules and items meet often.
fn fact() -> impl Strategy<Value = String> {
    select(vec![
        "source: [helpdesk]",
        "metadata: {a: 1}",
        "metadata: {a: {at_least: 1}, b: {exists: true}}",
        "metadata: {b: [x, y]}",
        "keywords: {any: [pills]}",
        "keywords: {none: [pills]}",
        "token_count: {at_most: 5}",
        "cel: 'has(metadata.a) && metadata.a == 1'",
        "cel: 'metadata.a == 1'",
        "cel: 'metadata.b.contains(\"x\") || source == \"forum\"'",
    ])
    .prop_map(str::to_owned)
}

fn opinion(trusting: bool) -> impl Strategy<Value = String> {
    let (trust, doubt) = (
        vec![
            "confidence: {at_least: 0.5}",
            "complexity: {below: 0.5}",
            "flags: none",
            "flags: {none: [threat]}",
            "analyst: [lexical, model]",
            "analyst: [model]",
            "sentiment: [positive]",
            "language: [en]",
        ],
        vec![
            "confidence: {below: 0.5}",
            "complexity: {at_least: 0.5}",
            "flags: {any: [threat, fraud]}",
            "flags: {all: [threat, legal]}",
            "analyst: [lexical]",
            "sentiment: [negative]",
            "proposed: [reject]",
            "language: [de]",
        ],
    );
    select(if trusting { trust } else { doubt }).prop_map(str::to_owned)
}

fn rule() -> impl Strategy<Value = (i64, String)> {
    let body = select(vec!["auto", "human", "escalate", "reject"]).prop_flat_map(|decision| {
        let opinions = match decision {
            "reject" => 0..=0,
            _ => 0..=2,
        };
        let facts = if decision == "reject" || decision == "auto" { 1..=2 } else { 0..=2 };
        (
            prop::collection::vec(fact(), facts),
            prop::collection::vec(opinion(decision == "auto"), opinions),
            Just(decision),
        )
    });
    (-2..3_i64, body).prop_map(|(priority, (facts, opinions, decision))| {
        let mut seen = std::collections::BTreeMap::new();
        for condition in facts.into_iter().chain(opinions) {
            seen.insert(condition.split(':').next().unwrap_or_default().to_owned(), condition);
        }
        let when = seen.into_values().collect::<Vec<_>>().join(", ");
        (priority, format!("when: {{{when}}}, then: {{decision: {decision}}}"))
    })
}

fn engine() -> impl Strategy<Value = (String, RulesEngine)> {
    let rules = prop::collection::vec(rule(), 0..8);
    (rules, select(vec!["human", "escalate"])).prop_map(|(rules, default)| {
        let rules: Vec<String> = rules
            .iter()
            .enumerate()
            .map(|(index, (priority, body))| format!("  {{name: r{index}, priority: {priority}, {body}}}"))
            .collect();
        let text =
            format!("version: 1\ndefault: {{decision: {default}}}\nrules: [\n{}\n]\n", rules.join(",\n"));
        let engine = RulesEngine::from_yaml("random", &text).unwrap();
        (text, engine)
    })
}

fn facts() -> impl Strategy<Value = RoutingContext> {
    let metadata =
        select(vec!["{}", r#"{"a":1}"#, r#"{"b":"x"}"#, r#"{"a":1,"b":"y"}"#, r#"{"a":"2","b":null}"#]);
    (select(vec!["pills", "a longer text without the word", ""]), metadata, select(vec!["helpdesk", "forum"]))
        .prop_map(|(content, metadata, source)| RoutingContext {
            source: source.into(),
            ..calm(content, metadata)
        })
}

fn analysis(facts: RoutingContext) -> impl Strategy<Value = RoutingContext> {
    let share = || prop_oneof![Just(None), (0.0..=1.0_f64).prop_map(Some), Just(Some(0.5))];
    let said = (
        select(vec![AnalystKind::Model, AnalystKind::Lexical]),
        share(),
        share(),
        subsequence(CODES.to_vec(), 0..=3),
        select(vec![None, Some(Sentiment::Positive), Some(Sentiment::Negative)]),
        select(vec![None, Some(RoutingDecision::Reject), Some(RoutingDecision::Auto)]),
        select(vec![None, Some("en"), Some("de-AT")]),
    );
    said.prop_map(move |(analyst, confidence, complexity_score, codes, sentiment, proposed, language)| {
        RoutingContext {
            analyst: Some(analyst),
            confidence,
            complexity_score,
            flags: codes.into_iter().map(flag).collect(),
            sentiment,
            proposed,
            language: language.map(str::to_owned),
            ..facts.clone()
        }
    })
}

/// The same analysis, worse in one or more ordered ways.
fn worse(context: &RoutingContext, codes: &[&str], less: f64, more: f64) -> RoutingContext {
    let mut worse = context.clone();
    worse.flags.extend(codes.iter().map(|code| flag(code)));
    worse.confidence = context.confidence.map(|confidence| confidence * less);
    worse.complexity_score =
        context.complexity_score.map(|complexity| complexity + (1.0 - complexity) * more);
    worse
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_worse_or_failed_analysis_never_lowers_the_scrutiny(
        (text, engine) in engine(),
        context in facts().prop_flat_map(analysis),
        codes in subsequence(CODES.to_vec(), 0..=3),
        less in prop_oneof![Just(0.0), 0.0..=1.0_f64],
        more in 0.0..=1.0_f64,
    ) {
        let before = engine.decide(&context).decision;
        let after = engine.decide(&worse(&context, &codes, less, more)).decision;
        prop_assert!(after.scrutiny() >= before.scrutiny(), "{before} became {after}\n{text}");
        let without = engine.decide(&failed(&context)).decision;
        prop_assert!(without.scrutiny() >= before.scrutiny().max(1), "{before} became {without} on failure\n{text}");
    }

    /// Stronger than "where one analysis leads to reject, none leads to auto": no analysis moves an item from one automatic
    /// end to another.
    #[test]
    fn whatever_the_analysis_one_rule_at_most_ends_an_item_without_a_person(
        (text, engine) in engine(),
        said in facts().prop_flat_map(|facts| prop::collection::vec(analysis(facts), 8)),
    ) {
        let ends: BTreeSet<String> = said
            .iter()
            .map(|context| engine.decide(context))
            .filter(|result| result.decision.scrutiny() == 0)
            .map(|result| format!("{} by {:?}", result.decision, result.matched_rule))
            .collect();
        prop_assert!(ends.len() <= 1, "{ends:?}\n{text}");
    }

    #[test]
    fn word_lists_alone_let_nothing_through_unless_the_rule_names_them(
        (text, engine) in engine(),
        context in facts().prop_flat_map(analysis),
    ) {
        let lexical = RoutingContext { analyst: Some(AnalystKind::Lexical), ..context };
        let result = engine.decide(&lexical);
        if result.decision == RoutingDecision::Auto {
            let name = result.matched_rule.unwrap_or_default();
            let line = text.lines().find(|line| line.contains(&format!("name: {name},"))).unwrap_or_default();
            prop_assert!(line.contains("lexical"), "{line}");
        }
    }
}
