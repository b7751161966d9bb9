//! An analyst made of a prompt, any language model and a strict reader of its answers.
//!
//! Promises: content is fenced as data by a delimiter its writer cannot guess, and whatever the model answers is either read
//! completely by schema and range or refused; it can say anything, but only in these words. Trouble that passes (a busy or
//! unreachable provider) is met by asking again, up to `retries` times and as long as the waits fit into `patience`; a time-out
//! is not, for it may have been billed. Error texts quote neither content nor answers.
//!
//! A refused key makes items wait rather than fail: an operator corrects it, and no item is to blame.

mod answer;
mod prompt;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tracerail_actors::port::{Analyst, AnalystAnswer, AnalystError, LlmError, LlmProvider};
use tracerail_schemas::ContentKey;
use tracerail_schemas::analysis::{AnalystKind, RiskFlag};
use tracerail_schemas::content::ContentBody;
use tracerail_schemas::llm::{LlmRequest, LlmResponse};

pub use prompt::PROMPT_VERSION;

/// The first wait before asking again; it doubles.
const BACKOFF_FIRST: Duration = Duration::from_millis(250);
/// What an item waits when the provider did not say how long.
const RETRY_AFTER_DEFAULT: Duration = Duration::from_secs(15);
/// What items wait for an operator who must correct a key.
const OPERATOR_AFTER: Duration = Duration::from_mins(1);

/// How to ask.
#[derive(Clone, PartialEq, Debug)]
pub struct Prompting {
    /// The model.
    pub model: String,
    /// The most tokens of an answer.
    pub max_tokens: u32,
    /// 0 for the same answer each time, as far as the model can.
    pub temperature: f64,
    /// How often to ask again when the provider is busy.
    pub retries: u32,
    /// The sum of all waits between asking.
    pub patience: Duration,
    /// The most characters of content the model is shown; a longer item is cut and flagged.
    pub content_chars_max: usize,
}

/// An analyst over a language model.
pub struct PromptedAnalyst {
    provider: Arc<dyn LlmProvider>,
    prompting: Prompting,
}

impl std::fmt::Debug for PromptedAnalyst {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PromptedAnalyst")
            .field("provider", &self.provider.name())
            .field("prompting", &self.prompting)
            .finish()
    }
}

impl PromptedAnalyst {
    /// An analyst that asks this provider.
    pub fn new(provider: Arc<dyn LlmProvider>, prompting: Prompting) -> Self {
        Self { provider, prompting }
    }

    /// Asks, and asks again while that can help and patience lasts.
    async fn ask(&self, request: &LlmRequest) -> Result<LlmResponse, LlmError> {
        let mut patience = self.prompting.patience;
        let mut backoff = BACKOFF_FIRST;
        for _ in 0..self.prompting.retries {
            let error = match self.provider.generate(request.clone()).await {
                Err(error @ LlmError::Unavailable { .. }) => error,
                settled => return settled,
            };
            let wait = asked_wait(&error).unwrap_or_else(|| backoff.mul_f64(0.5 + fastrand::f64()));
            match patience.checked_sub(wait) {
                Some(left) => patience = left,
                None => return Err(error),
            }
            tokio::time::sleep(wait).await;
            backoff *= 2;
        }
        self.provider.generate(request.clone()).await
    }
}

fn asked_wait(error: &LlmError) -> Option<Duration> {
    match error {
        LlmError::Unavailable { retry_after, .. } => *retry_after,
        LlmError::TimedOut { .. }
        | LlmError::Unauthorized { .. }
        | LlmError::Refused { .. }
        | LlmError::Malformed { .. } => None,
    }
}

#[async_trait]
impl Analyst for PromptedAnalyst {
    async fn analyze(&self, _key: &ContentKey, body: &ContentBody) -> Result<AnalystAnswer, AnalystError> {
        let (request, cut) = prompt::request(body, &self.prompting);
        let response = self.ask(&request).await.map_err(|error| told(error, &body.content))?;
        let mut analysis = answer::read(&response).map_err(|why| AnalystError::Unusable { why })?;
        if cut {
            let evidence = format!("the model saw {} characters of it", self.prompting.content_chars_max);
            analysis.flags.push(RiskFlag { code: "truncated_for_model".to_owned(), evidence });
        }
        match analysis.problem() {
            Some(why) => Err(AnalystError::Unusable { why }),
            None => Ok(AnalystAnswer {
                analysis,
                usage: (response.usage.total_tokens > 0).then_some(response.usage),
                model: response.model,
            }),
        }
    }

    fn kind(&self) -> AnalystKind {
        AnalystKind::Model
    }

    fn provider(&self) -> &str {
        self.provider.name()
    }

    fn model(&self) -> &str {
        &self.prompting.model
    }

    fn prompt_version(&self) -> &str {
        PROMPT_VERSION
    }
}

/// The provider's trouble in the analyst's words.
fn told(error: LlmError, content: &str) -> AnalystError {
    let why = error.to_string();
    match error {
        LlmError::Unavailable { retry_after, .. } => {
            AnalystError::Unavailable { why, retry_after: retry_after.unwrap_or(RETRY_AFTER_DEFAULT) }
        }
        LlmError::Unauthorized { .. } => AnalystError::Unavailable {
            why: format!("{why}; an operator must correct the settings, the items wait until then"),
            retry_after: OPERATOR_AFTER,
        },
        LlmError::TimedOut { after, .. } => AnalystError::TimedOut { after },
        LlmError::Refused { provider, status, .. } if quotes(&why, content) => {
            AnalystError::Unusable { why: format!("{provider} refused the request (HTTP {status})") }
        }
        LlmError::Refused { .. } | LlmError::Malformed { .. } => AnalystError::Unusable { why },
    }
}

/// Whether a text repeats a piece of the content; some providers quote what they refuse.
fn quotes(words: &str, content: &str) -> bool {
    const PIECE_CHARS: usize = 12;
    let words: Vec<char> = words.chars().collect();
    !content.trim().is_empty()
        && (content.chars().count() < PIECE_CHARS
            || words.windows(PIECE_CHARS).any(|piece| content.contains(&piece.iter().collect::<String>())))
}
