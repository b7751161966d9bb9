//! Tables on what is decided.

use proptest::prelude::*;
use tracerail_schemas::analysis::{Analysis, AnalysisRecord, AnalystKind, RiskFlag, Sentiment, Verdict};
use tracerail_schemas::codec::Limits;
use tracerail_schemas::content::{ContentRecord, Outcome, TerminalRecord};
use tracerail_schemas::routing::RoutingDecision::{self, Auto, Escalate, Human, Reject};
use tracerail_schemas::{Event, EventId, Principal, Subject};

use super::decide::{Heard, decide, engine_failed, question};
use super::scrutiny::settle;
use crate::port::{Batch, Cause};
use crate::system::Role;
use crate::task::tests::build::{analysis, analyzed, at, engine, envelope, event_id, key, record};

const ALL: [RoutingDecision; 4] = [Auto, Human, Escalate, Reject];

fn flag(code: &str) -> RiskFlag {
    RiskFlag { code: code.to_owned(), evidence: String::new() }
}

fn says(proposed: Option<RoutingDecision>, flags: &[&str]) -> AnalysisRecord {
    let flags = flags.iter().map(|code| flag(code)).collect();
    analyzed(Verdict::Analyzed(Analysis { proposed, flags, ..analysis() }))
}

fn failed() -> AnalysisRecord {
    analyzed(Verdict::Failed { reason: "it took too long".into() })
}

#[test]
fn what_an_analysis_makes_of_each_decision() {
    // For each analysis: what becomes of auto, human, escalate and reject.
    for (name, analysis, settled) in [
        ("nothing said", Some(says(None, &[])), [Auto, Human, Escalate, Reject]),
        ("auto", Some(says(Some(Auto), &[])), [Auto, Human, Escalate, Reject]),
        ("human", Some(says(Some(Human), &[])), [Human, Human, Escalate, Human]),
        ("escalate", Some(says(Some(Escalate), &[])), [Escalate; 4]),
        ("reject", Some(says(Some(Reject), &[])), [Human, Human, Escalate, Human]),
        ("a flag for rules", Some(says(None, &["threat"])), [Auto, Human, Escalate, Reject]),
        ("injection", Some(says(Some(Auto), &["prompt_injection"])), [Human, Human, Escalate, Human]),
        ("truncated", Some(says(None, &["truncated_for_model"])), [Human, Human, Escalate, Human]),
        ("failed", Some(failed()), [Human, Human, Escalate, Human]),
        ("missing", None, [Human, Human, Escalate, Human]),
    ] {
        for (engine, expected) in ALL.into_iter().zip(settled) {
            let (decision, because) = settle(engine, analysis.as_ref());
            assert_eq!(decision, expected, "{name}, the engine says {engine}");
            assert_eq!(because.is_empty(), decision == engine, "{name}: raised, and why");
        }
    }
}

fn decisions() -> impl Strategy<Value = RoutingDecision> {
    proptest::sample::select(ALL.to_vec())
}

fn flags() -> impl Strategy<Value = Vec<RiskFlag>> {
    let code = prop_oneof![
        Just("prompt_injection".to_owned()),
        Just("truncated_for_model".to_owned()),
        Just("threat".to_owned()),
        ".{0,20}"
    ];
    proptest::collection::vec(
        (code, ".{0,20}").prop_map(|(code, evidence)| RiskFlag { code, evidence }),
        0..6,
    )
}

/// Everything a model could say, inside its ranges or not.
fn analyses() -> impl Strategy<Value = Analysis> {
    let sentiments = [Sentiment::Positive, Sentiment::Neutral, Sentiment::Negative, Sentiment::Mixed];
    (
        ".{0,30}",
        proptest::sample::select(sentiments.to_vec()),
        any::<f64>(),
        any::<f64>(),
        proptest::option::of(decisions()),
        flags(),
        proptest::option::of(".{0,5}"),
    )
        .prop_map(|(summary, sentiment, complexity, confidence, proposed, flags, language)| Analysis {
            summary,
            sentiment,
            complexity,
            confidence,
            proposed,
            flags,
            language,
        })
}

fn records() -> impl Strategy<Value = Option<AnalysisRecord>> {
    let verdict = prop_oneof![
        6 => analyses().prop_map(Verdict::Analyzed),
        1 => ".{0,30}".prop_map(|reason| Verdict::Failed { reason })
    ];
    let kinds = proptest::sample::select(vec![AnalystKind::Model, AnalystKind::Lexical]);
    let record =
        (verdict, kinds).prop_map(|(verdict, analyst)| AnalysisRecord { analyst, ..analyzed(verdict) });
    proptest::option::weighted(0.9, record)
}

proptest! {
    #[test]
    fn no_model_output_lowers_a_decision(engine in decisions(), record in records()) {
        let (decision, _) = settle(engine, record.as_ref());
        prop_assert!(decision.scrutiny() >= engine.scrutiny());
        if decision.scrutiny() == 0 {
            prop_assert_eq!(decision, engine, "what nobody looks at is what policy said");
            prop_assert!(record.is_some_and(|record| record.analysis().is_some()));
        }
    }

    #[test]
    fn more_flags_never_mean_less_scrutiny(engine in decisions(), analysis in analyses(), more in flags()) {
        let settled = |analysis: &Analysis| settle(engine, Some(&analyzed(Verdict::Analyzed(analysis.clone())))).0;
        let before = settled(&analysis);
        let mut flagged = analysis;
        flagged.flags.extend(more);
        prop_assert!(settled(&flagged).scrutiny() >= before.scrutiny());
    }

    #[test]
    fn a_failed_analysis_is_looked_at_at_least_as_closely(engine in decisions(), why in ".{0,30}") {
        let (decision, because) = settle(engine, Some(&analyzed(Verdict::Failed { reason: why.clone() })));
        prop_assert!(decision.scrutiny() >= 1);
        prop_assert!(engine.scrutiny() >= 1 || because[0].contains(&why));
    }
}

fn routed(record: &ContentRecord, engine_says: RoutingDecision) -> Batch {
    let batch =
        decide(&envelope(Subject::ContentAnalyzed), &heard(record), engine(engine_says), at(1)).unwrap();
    let declared = Role::Router.emits();
    assert!(batch.events.iter().all(|event| declared.contains(&event.envelope.subject)), "{batch:?}");
    batch
}

/// Heard of by an event that says the same.
fn heard(record: &ContentRecord) -> Heard {
    let told = record.analysis.clone().unwrap();
    Heard::new(record.clone(), envelope(Subject::ContentAnalyzed).id, told)
}

fn with(analysis: AnalysisRecord) -> ContentRecord {
    ContentRecord { analysis: Some(analysis), ..record() }
}

fn read(batch: &Batch, index: usize) -> Event {
    let event = &batch.events[index];
    Event::decode(event.envelope.subject, &event.data, &Limits::default()).unwrap()
}

#[test]
fn auto_and_reject_end_the_item_in_the_same_commit() {
    for (engine_says, outcome) in [(Auto, Outcome::Auto), (Reject, Outcome::Rejected)] {
        let batch = routed(&with(says(None, &[])), engine_says);
        let write = batch.content.clone().unwrap();
        let terminal = TerminalRecord {
            outcome,
            decided_by: Principal::system("router"),
            reason: "refunds are looked at".into(),
            at: at(1),
            task_id: None,
        };
        assert_eq!(write.terminal, Some(terminal));
        assert_eq!(write.route.unwrap().decision, engine_says);
        let ids: Vec<_> = batch.events.iter().map(|event| event.envelope.id).collect();
        assert_eq!(ids, [EventId::consequence(batch.cause.id, 0), EventId::terminal(&key())]);
        let Event::ContentCompleted(completed) = read(&batch, 1) else { panic!("{batch:?}") };
        assert_eq!((completed.content, completed.outcome, completed.task_id), (key(), outcome, None));
        assert_eq!(completed.trail, [event_id(1), event_id(2), ids[0]]);
        assert_eq!(batch.task, None);
    }
}

#[test]
fn what_needs_a_person_is_routed_and_nothing_else() {
    for (analysis, engine_says, decision) in [
        (says(None, &[]), Human, Human),
        (says(None, &[]), Escalate, Escalate),
        (says(Some(Human), &[]), Auto, Human),
        (failed(), Reject, Human),
    ] {
        let batch = routed(&with(analysis), engine_says);
        assert_eq!(batch.events.len(), 1);
        let write = batch.content.clone().unwrap();
        assert_eq!((write.terminal, write.admit, write.analysis), (None, None, None));
        let route = write.route.unwrap();
        assert_eq!((route.decision, route.engine.decision), (decision, engine_says));
        let Event::ContentRouted(event) = read(&batch, 0) else { panic!("{batch:?}") };
        assert_eq!((event.route, event.content), (route, key()));
    }
}

#[test]
fn what_the_store_forgot_while_it_was_told_is_known_from_the_event() {
    let whole = with(says(None, &[]));
    let told = envelope(Subject::ContentAnalyzed).id;
    let without_it = whole.trail.iter().copied().filter(|id| *id != told).collect();
    let behind = ContentRecord { analysis: None, trail: without_it, ..whole.clone() };

    let heard = Heard::new(behind, told, whole.analysis.clone().unwrap());
    let batch = decide(&envelope(Subject::ContentAnalyzed), &heard, engine(Auto), at(1)).unwrap();
    let write = batch.content.clone().unwrap();
    assert_eq!((write.analysis, write.route.unwrap().decision), (whole.analysis.clone(), Auto));
    let Event::ContentCompleted(completed) = read(&batch, 1) else { panic!("{batch:?}") };
    assert!(completed.trail.contains(&told));
    let asked = question(&heard.record);
    assert_eq!(asked, question(&whole), "the engine is asked the same");
}

#[test]
fn the_story_goes_on_from_its_submission() {
    let batch = routed(&record(), Human);
    let heard = envelope(Subject::ContentAnalyzed);
    assert_eq!(batch.cause, Cause::event(heard.id, "router", tracerail_schemas::TaskId::of_content(&key())));
    let told = &batch.events[0].envelope;
    assert_eq!((told.correlation_id, told.causation_id), (event_id(1), Some(heard.id.uuid())));
    assert_eq!((told.source.as_str(), &told.traceparent), ("tracerail/router", &heard.traceparent));
}

#[test]
fn an_engine_that_failed_sends_it_to_a_person() {
    let answer = engine_failed("the table is empty");
    assert_eq!((answer.decision, answer.matched_rule.as_ref()), (Human, None));
    assert!(answer.reason.contains("the table is empty"));
    let batch = decide(&envelope(Subject::ContentAnalyzed), &heard(&record()), answer, at(1)).unwrap();
    assert_eq!(batch.content.unwrap().route.unwrap().decision, Human);
}

#[test]
fn the_engine_is_asked_about_the_facts_and_what_the_analysis_says() {
    let asked = question(&record());
    assert_eq!((asked.content.as_str(), asked.source.as_str()), ("I want my money back.", "helpdesk"));
    assert_eq!((asked.token_count, asked.user_id.as_deref()), (Some(6), Some("customer-9")));
    assert_eq!((asked.analyst, asked.confidence), (Some(AnalystKind::Model), Some(0.9)));
    assert_eq!((asked.complexity_score, asked.proposed), (Some(0.3), Some(Human)));

    let unsaid = question(&with(failed()));
    assert_eq!((unsaid.analyst, unsaid.confidence, unsaid.sentiment), (None, None, None));
    assert_eq!((unsaid.proposed, unsaid.flags, unsaid.language), (None, vec![], None));
    assert_eq!(unsaid.metadata, asked.metadata, "the facts stay");
}
