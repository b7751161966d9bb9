//! What follows from a submission and an analysis.

use tracerail_schemas::analysis::AnalysisRecord;
use tracerail_schemas::content::{ContentBody, ContentRecord};
use tracerail_schemas::event::ContentAnalyzed;
use tracerail_schemas::{Code, ContentKey, Envelope, Event, TaskId, Timestamp};

use crate::deliver::HandlerError;
use crate::port::{Admission, Batch, Cause, ContentWrite, Giveup};
use crate::story::Story;

/// A submission that is content.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Submission {
    pub(super) envelope: Envelope,
    pub(super) key: ContentKey,
    pub(super) body: ContentBody,
    pub(super) hash: [u8; 32],
}

/// What is to be done with a submission.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Need {
    /// Analyse it; `admit` when nobody has taken it in yet.
    Analysis {
        /// Whether it has to be taken in, too.
        admit: bool,
    },
    /// Nothing: it is analysed.
    Nothing,
    /// Refuse it: its id belongs to another content.
    Refusal(Giveup),
}

/// What a submission needs, given what is known of its id.
pub(super) fn need(submission: &Submission, record: Option<&ContentRecord>) -> Need {
    let Some(record) = record else { return Need::Analysis { admit: true } };
    if record.hash != submission.hash {
        let cause = format!(
            "another content with the id {} came in at {}; this one is kept here and the first is untouched",
            submission.key, record.submitted_at
        );
        return Need::Refusal(Giveup { code: Code::ContentIdConflict, cause });
    }
    if record.analysis.is_some() { Need::Nothing } else { Need::Analysis { admit: false } }
}

/// The analysis, recorded and told.
pub(super) fn decide(
    submission: Submission,
    admit: bool,
    analysis: AnalysisRecord,
    now: Timestamp,
) -> Result<Batch, HandlerError> {
    let Submission { envelope, key, body, hash } = submission;
    let cause = Cause::event(envelope.id, "llm", TaskId::of_content(&key));
    let story = Story {
        source: "tracerail/llm",
        cause: cause.id,
        causation: envelope.id.uuid(),
        correlation: Some(envelope.correlation_id),
        about: key.to_string(),
        tenant: key.tenant.clone(),
        at: now,
        traceparent: envelope.traceparent,
    };
    let analyzed = ContentAnalyzed { content: key.clone(), analysis: analysis.clone(), at: now };
    let mut batch = Batch::of(cause);
    batch.events = story.tell(&[(None, Event::ContentAnalyzed(Box::new(analyzed)))])?;
    batch.content = Some(ContentWrite {
        admit: admit.then_some(Admission {
            submitted_id: envelope.id,
            submitted_at: envelope.time,
            body,
            hash,
        }),
        analysis: Some(analysis),
        ..ContentWrite::of(key)
    });
    Ok(batch)
}
