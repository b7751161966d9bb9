//! What went wrong, told so that the caller knows whether to wait, to call an operator or to give the item to a person.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use secrecy::ExposeSecret;
use serde::Deserialize;
use tracerail_actors::port::LlmError;

use super::{Endpoint, shortened};
use crate::llm::retry_after::{RETRY_AFTER_MAX, retry_after};

const WORDS_CHARS_MAX: usize = 200;

/// A call that got no whole answer.
pub(super) fn unreachable(endpoint: &Endpoint, error: &reqwest::Error) -> LlmError {
    let provider = endpoint.name.clone();
    if error.is_timeout() && !error.is_connect() {
        return LlmError::TimedOut { provider, after: endpoint.call_limit };
    }
    let why = if error.is_connect() { "it cannot be reached" } else { "the connection broke" };
    LlmError::Unavailable { provider, why: why.to_owned(), retry_after: None }
}

/// An answer with a status that is no success.
pub(super) fn refusal(endpoint: &Endpoint, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> LlmError {
    let provider = endpoint.name.clone();
    let code = status.as_u16();
    let unavailable = |why: &str, retry_after: Option<Duration>| LlmError::Unavailable {
        provider: provider.clone(),
        why: format!("{why} (HTTP {code})"),
        retry_after,
    };
    let words = its_words(endpoint, body);
    match code {
        408 | 425 | 429 => unavailable("it asks to come back later", retry_after(headers)),
        500..=599 => unavailable("it has trouble", retry_after(headers)),
        // DeepSeek's word for an empty account; a person must fill it, the items wait.
        402 => unavailable("its account is out of budget", Some(RETRY_AFTER_MAX)),
        // Anthropic's.
        400 if words.to_lowercase().contains("credit balance") => {
            unavailable("its account is out of budget", Some(RETRY_AFTER_MAX))
        }
        401 | 403 | 404 => LlmError::Unauthorized { provider, status: code },
        400 if is_about_the_model(&words) => LlmError::Unauthorized { provider, status: code },
        _ => LlmError::Refused { provider, status: code, why: words },
    }
}

/// DeepSeek answers 400 where OpenAI answers 404; as a refusal of each item, a wrong setting would look like bad content.
fn is_about_the_model(words: &str) -> bool {
    let words = words.to_lowercase();
    words.contains("model")
        && ["not exist", "not found", "unknown model"].iter().any(|sign| words.contains(sign))
}

#[derive(Deserialize)]
struct ErrorBody {
    error: ErrorWords,
}

#[derive(Deserialize)]
struct ErrorWords {
    message: String,
}

/// The provider's words, short and without the key, should it repeat it.
fn its_words(endpoint: &Endpoint, body: &[u8]) -> String {
    let words = serde_json::from_slice::<ErrorBody>(body)
        .map_or_else(|_| String::from_utf8_lossy(body).into_owned(), |body| body.error.message);
    let words = match &endpoint.api_key {
        Some(key) if !key.expose_secret().is_empty() => words.replace(key.expose_secret(), "[key]"),
        Some(_) | None => words,
    };
    shortened(&words, WORDS_CHARS_MAX)
}
