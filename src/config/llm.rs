//! The model.

use std::path::PathBuf;
use std::time::Duration;

use tracerail_schemas::time::duration_text;

use super::scalar::{choice, section};
use super::secret::Secret;

choice! {
    /// Who answers.
    Provider {
        /// Built-in word lists: no model, no key, no network.
        Lexical = "lexical",
        /// DeepSeek.
        DeepSeek = "deepseek",
        /// OpenAI.
        OpenAi = "openai",
        /// Anthropic.
        Anthropic = "anthropic",
        /// Any server that speaks OpenAI's protocol, at `base_url`.
        Custom = "custom",
    }
}

impl Provider {
    /// The variable the seed keeps this provider's key in. A custom server gets no key it was not given by name: the key
    /// of one provider is not to reach another's server because it happened to be set.
    pub const fn key_variable(self) -> Option<&'static str> {
        match self {
            Self::DeepSeek => Some("DEEPSEEK_API_KEY"),
            Self::OpenAi => Some("OPENAI_API_KEY"),
            Self::Anthropic => Some("ANTHROPIC_API_KEY"),
            Self::Lexical | Self::Custom => None,
        }
    }
}

section! {
    /// The model: `llm`.
    LlmConfig {
        /// Who answers.
        provider: Provider = Provider::Lexical,
        /// The model's name; none: the provider's usual one.
        model: Option<String> = None,
        /// Where the provider is; none: its public address.
        base_url: Option<String> = None,
        /// The key itself. Filled in by loading, from wherever it stands.
        api_key: Option<Secret> = None,
        /// The variable that holds the key.
        api_key_env: Option<String> = None,
        /// The file that holds the key.
        api_key_file: Option<PathBuf> = None,
        /// The most tokens of an answer.
        max_tokens: u32 = 1000,
        /// 0 repeats itself, 2 wanders.
        temperature: f64 = 0.0,
        /// How long one call may take.
        #[serde(with = "duration_text")]
        timeout: Duration = Duration::from_mins(1),
        /// How often a failed call is tried again before the content goes to a person.
        retries: u32 = 2,
        /// How many characters of a content the model is shown.
        content_chars_max: usize = 24_000,
    }
}
