//! Asking the analyst, and recording what came of it.

use std::time::Duration;

use tracerail_schemas::ContentKey;
use tracerail_schemas::analysis::{Analysis, AnalysisRecord, Verdict};
use tracerail_schemas::content::ContentBody;

use crate::port::{AnalystAnswer, AnalystError, Ports};

/// The analyst is away: nothing is recorded, and the item waits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Away {
    pub(crate) why: String,
    pub(crate) retry_after: Duration,
}

/// What the analyst says of this item; that it gave no answer that can be used is recorded as well.
pub(crate) async fn analyze(
    ports: &Ports,
    key: &ContentKey,
    body: &ContentBody,
) -> Result<AnalysisRecord, Away> {
    let (analyst, asked_at) = (&ports.analyst, ports.clock.now());
    let (verdict, model, usage) = match analyst.analyze(key, body).await {
        Ok(AnalystAnswer { analysis, model, usage }) => (checked(analysis), Some(model), usage),
        Err(AnalystError::Unavailable { why, retry_after }) => return Err(Away { why, retry_after }),
        Err(error @ (AnalystError::TimedOut { .. } | AnalystError::Unusable { .. })) => {
            (Verdict::Failed { reason: error.to_string() }, None, None)
        }
    };
    Ok(AnalysisRecord {
        verdict,
        analyst: analyst.kind(),
        provider: analyst.provider().to_owned(),
        model: model.unwrap_or_else(|| analyst.model().to_owned()),
        prompt_version: analyst.prompt_version().to_owned(),
        usage,
        took_us: ports.clock.now().since(asked_at),
    })
}

/// An answer outside its ranges is no answer, whoever gave it.
fn checked(analysis: Analysis) -> Verdict {
    match analysis.problem() {
        None => Verdict::Analyzed(analysis),
        Some(problem) => Verdict::Failed { reason: format!("the answer cannot be used: {problem}") },
    }
}
