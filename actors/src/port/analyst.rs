//! Who says what an item is about: a language model behind a prompt, or the offline analyser.

use std::time::Duration;

use async_trait::async_trait;
use tracerail_schemas::ContentKey;
use tracerail_schemas::analysis::{Analysis, AnalystKind, Usage};
use tracerail_schemas::content::ContentBody;
use tracerail_schemas::llm::{LlmRequest, LlmResponse};

/// An answer of an analyst.
#[derive(Clone, PartialEq, Debug)]
pub struct AnalystAnswer {
    /// What it says.
    pub analysis: Analysis,
    /// The model's name as reported.
    pub model: String,
    /// Tokens, where reported.
    pub usage: Option<Usage>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AnalystError {
    /// The model is away: unreachable, overloaded, out of budget. The item waits; it is not the item's fault.
    #[error("the model is not available: {why}")]
    Unavailable {
        /// What was seen.
        why: String,
        /// When to try again.
        retry_after: Duration,
    },
    /// The model took too long over this item.
    #[error("the model did not answer within {}s", after.as_secs_f64())]
    TimedOut {
        /// The limit.
        after: Duration,
    },
    /// The model answered with something that cannot be used, or refused this item.
    #[error("the model's answer cannot be used: {why}")]
    Unusable {
        /// What is wrong with it.
        why: String,
    },
}

/// Says what an item is about. Asking twice is allowed and may cost twice.
///
/// Obligations: an answer it returns is inside its ranges (`Analysis::problem` is `None`); it returns within its own time limit;
/// it never puts the content, or a key, into an error text.
#[async_trait]
pub trait Analyst: Send + Sync {
    /// Looks at one item.
    async fn analyze(&self, key: &ContentKey, body: &ContentBody) -> Result<AnalystAnswer, AnalystError>;

    /// Model or word lists.
    fn kind(&self) -> AnalystKind;

    /// The provider's name.
    fn provider(&self) -> &str;

    /// The model that is asked for.
    fn model(&self) -> &str;

    /// The version of the prompt, or of the word lists.
    fn prompt_version(&self) -> &str;
}

/// Why a language model gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum LlmError {
    /// It cannot be reached, is overloaded or asks to come back later.
    #[error("{provider} is not available: {why}")]
    Unavailable {
        /// The provider.
        provider: String,
        /// What was seen.
        why: String,
        /// When to try again, if the provider said so.
        retry_after: Option<Duration>,
    },
    /// It took too long.
    #[error("{provider} did not answer within {}s", after.as_secs_f64())]
    TimedOut {
        /// The provider.
        provider: String,
        /// The limit.
        after: Duration,
    },
    /// It refused the key or the right to use the model.
    #[error("{provider} refuses the key (HTTP {status}): check the key and the model's name")]
    Unauthorized {
        /// The provider.
        provider: String,
        /// The HTTP status.
        status: u16,
    },
    /// It refused this request.
    #[error("{provider} refused the request (HTTP {status}): {why}")]
    Refused {
        /// The provider.
        provider: String,
        /// The HTTP status.
        status: u16,
        /// Its words, shortened.
        why: String,
    },
    /// It answered with something that is no answer.
    #[error("{provider} answered with something that is no answer: {why}")]
    Malformed {
        /// The provider.
        provider: String,
        /// What is wrong.
        why: String,
    },
}

/// A language model behind an API.
///
/// Obligations: keys never reach an error text, a log or `Debug`; a call ends within its time limit; `generate` does not retry
/// what may have been billed and answered.
#[async_trait]
pub trait LlmProvider: Send + Sync {
    /// Asks for one answer.
    async fn generate(&self, request: LlmRequest) -> Result<LlmResponse, LlmError>;

    /// Whether the provider answers at all.
    async fn health_check(&self) -> Result<(), LlmError>;

    /// The models it is known to have; more may exist.
    fn supported_models(&self) -> Vec<String>;

    /// Its name, for example `deepseek`.
    fn name(&self) -> &str;
}
