//! The actor: load, ask the analyst, decide, commit.

use std::rc::Rc;

use actix::{Actor, Context, Handler, ResponseFuture};
use tracerail_schemas::Code;
use tracerail_schemas::analysis::{AnalysisRecord, Verdict};
use tracerail_schemas::event::{ContentSubmitted, SubmissionError};

use super::analyze::{Away, analyze};
use super::decide::{Need, Submission, decide, need};
use crate::deliver::{Deliver, HandlerError, read};
use crate::effect::{Effect, take_effect};
use crate::port::{Delivery, Giveup, Ports};
use crate::settings::Settings;

/// Has content analysed.
#[derive(Debug, Clone)]
pub(crate) struct LlmActor {
    pub(crate) ports: Ports,
    pub(crate) settings: Rc<Settings>,
}

impl Actor for LlmActor {
    type Context = Context<Self>;
}

impl Handler<Deliver> for LlmActor {
    type Result = ResponseFuture<Result<(), HandlerError>>;

    fn handle(&mut self, message: Deliver, _: &mut Self::Context) -> Self::Result {
        let actor = self.clone();
        Box::pin(async move { actor.on_submitted(message).await })
    }
}

impl LlmActor {
    async fn on_submitted(&self, Deliver { delivery, last_resort }: Deliver) -> Result<(), HandlerError> {
        let receipt = delivery.receipt;
        let submission = self.read(delivery)?;
        let record = self.ports.store.content(&submission.key).await?;
        let admit = match need(&submission, record.as_ref()) {
            Need::Analysis { admit } => admit,
            Need::Nothing => return Ok(self.ports.log.ack(receipt).await?),
            Need::Refusal(giveup) => return Err(HandlerError::Hopeless(giveup)),
        };
        let analysis = if last_resort {
            self.given_up()
        } else {
            analyze(&self.ports, &submission.key, &submission.body).await.map_err(|it| away(&it))?
        };
        let batch = decide(submission, admit, analysis, self.ports.clock.now())?;
        match take_effect(&self.ports, batch, Some(receipt)).await? {
            Effect::Applied | Effect::AlreadyApplied(_) => Ok(()),
            Effect::Conflict | Effect::CauseReused => Err(HandlerError::Overtaken),
        }
    }

    fn read(&self, delivery: Delivery) -> Result<Submission, HandlerError> {
        let submitted: ContentSubmitted = read(&delivery, &self.settings.limits).map_err(hopeless)?;
        let envelope = delivery.envelope;
        let (key, body) =
            submitted.admit(&envelope.id.to_string(), self.settings.content_bytes_max).map_err(|error| {
                let code = match error {
                    SubmissionError::TooLarge { .. } => Code::ContentTooLarge,
                    SubmissionError::Empty | SubmissionError::Name(_) => Code::ContentInvalid,
                };
                HandlerError::Hopeless(Giveup { code, cause: error.to_string() })
            })?;
        let hash = body.hash();
        Ok(Submission { envelope, key, body, hash })
    }

    /// The record of an item on which the analysis itself kept failing.
    fn given_up(&self) -> AnalysisRecord {
        let analyst = &self.ports.analyst;
        AnalysisRecord {
            verdict: Verdict::Failed { reason: "the analysis kept failing on this item".to_owned() },
            analyst: analyst.kind(),
            provider: analyst.provider().to_owned(),
            model: analyst.model().to_owned(),
            prompt_version: analyst.prompt_version().to_owned(),
            usage: None,
            took_us: std::time::Duration::ZERO,
        }
    }
}

/// People write submissions. A word in one that this process does not know is a mistake of theirs, not of a newer process:
/// it is held for them, where they can see it, and can be replayed.
fn hopeless(error: HandlerError) -> HandlerError {
    match error {
        HandlerError::TooNew { why } => {
            HandlerError::Hopeless(Giveup { code: Code::PayloadMalformed, cause: why })
        }
        HandlerError::Away { .. }
        | HandlerError::NotYet { .. }
        | HandlerError::Overtaken
        | HandlerError::Hopeless(_)
        | HandlerError::Failed { .. } => error,
    }
}

fn away(away: &Away) -> HandlerError {
    let why = format!("the model is not available: {}", away.why);
    HandlerError::Away { why, retry_after: away.retry_after }
}
