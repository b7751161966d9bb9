//! Tables on what is decided.

use tracerail_schemas::analysis::Verdict;
use tracerail_schemas::codec::Limits;
use tracerail_schemas::content::{ContentBody, ContentRecord};
use tracerail_schemas::{Code, Event, EventId, Subject};

use super::decide::{Need, Submission, decide, need};
use crate::port::Cause;
use crate::task::tests::build::{analysis, analyzed, at, body, envelope, event_id, key, record};

fn submission() -> Submission {
    let body = body();
    Submission { envelope: envelope(Subject::ContentSubmitted), key: key(), hash: body.hash(), body }
}

#[test]
fn what_a_submission_needs() {
    let analyzed = record();
    let waiting = ContentRecord { analysis: None, ..record() };
    for (name, record, expected) in [
        ("nobody knows it", None, Need::Analysis { admit: true }),
        ("it was taken in", Some(&waiting), Need::Analysis { admit: false }),
        ("it was analysed", Some(&analyzed), Need::Nothing),
    ] {
        assert_eq!(need(&submission(), record), expected, "{name}");
    }
}

#[test]
fn another_content_under_a_taken_id_is_refused_in_words() {
    for analysis in [record().analysis, None] {
        let record = ContentRecord { analysis, ..record() };
        let body = ContentBody { content: "I want more money back.".into(), ..body() };
        let other = Submission { hash: body.hash(), body, ..submission() };
        let Need::Refusal(giveup) = need(&other, Some(&record)) else { panic!("{record:?}") };
        assert_eq!(giveup.code, Code::ContentIdConflict);
        assert_eq!(
            giveup.cause,
            "another content with the id default/helpdesk/ticket-1 came in at 2026-11-22T08:00:00Z; \
             this one is kept here and the first is untouched"
        );
    }
}

#[test]
fn an_analysis_is_recorded_and_told_in_one_commit() {
    let failed = Verdict::Failed { reason: "it took too long".into() };
    for verdict in [Verdict::Analyzed(analysis()), failed] {
        for admit in [true, false] {
            let batch = decide(submission(), admit, analyzed(verdict.clone()), at(1)).unwrap();
            let heard = envelope(Subject::ContentSubmitted);
            assert_eq!(
                batch.cause,
                Cause::event(heard.id, "llm", tracerail_schemas::TaskId::of_content(&key()))
            );

            let write = batch.content.unwrap();
            assert_eq!((write.key, write.analysis), (key(), Some(analyzed(verdict.clone()))));
            assert_eq!((write.route, write.terminal), (None, None));
            let admission = write.admit;
            assert_eq!(admission.is_some(), admit);
            if let Some(admission) = admission {
                assert_eq!((admission.submitted_id, admission.submitted_at), (heard.id, heard.time));
                assert_eq!((admission.hash, admission.body), (body().hash(), body()));
            }

            let [event] = batch.events.as_slice() else { panic!("{:?}", batch.events) };
            assert_eq!(event.envelope.id, EventId::consequence(batch.cause.id, 0));
            assert_eq!(event.envelope.correlation_id, event_id(1));
            assert_eq!(event.envelope.traceparent, heard.traceparent);
            let told = Event::decode(Subject::ContentAnalyzed, &event.data, &Limits::default()).unwrap();
            let Event::ContentAnalyzed(told) = told else { panic!("{told:?}") };
            assert_eq!((told.content, told.analysis, told.at), (key(), analyzed(verdict.clone()), at(1)));
        }
    }
}
