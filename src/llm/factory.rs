//! From settings to an analyst.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tracerail_actors::port::{Analyst, LlmProvider};

use super::anthropic::Anthropic;
use super::lexical::{LexicalAnalyst, LexiconError};
use super::openai::OpenAiCompatible;
use super::prompted::{PromptedAnalyst, Prompting};
use super::remote::{Endpoint, EndpointError};

/// Who analyses.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Vendor {
    /// Word lists; no model, no network.
    #[default]
    Lexical,
    /// `OpenAI`.
    OpenAi,
    /// `DeepSeek`.
    DeepSeek,
    /// `Anthropic`.
    Anthropic,
    /// Anything that speaks `OpenAI`'s chat completions: vLLM, llama.cpp, a gateway.
    Custom,
}

impl Vendor {
    /// The name in records and settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lexical => "lexical",
            Self::OpenAi => "openai",
            Self::DeepSeek => "deepseek",
            Self::Anthropic => "anthropic",
            Self::Custom => "custom",
        }
    }

    /// The address and the models known, the first being what is asked for by default.
    const fn known(self) -> Option<(&'static str, &'static [&'static str])> {
        match self {
            Self::OpenAi => Some(("https://api.openai.com/v1", &["gpt-4o-mini", "gpt-4o", "gpt-4.1-mini"])),
            Self::DeepSeek => Some(("https://api.deepseek.com/v1", &["deepseek-chat", "deepseek-reasoner"])),
            Self::Anthropic => {
                Some(("https://api.anthropic.com/v1", &["claude-haiku-4-5", "claude-sonnet-4-5"]))
            }
            Self::Lexical | Self::Custom => None,
        }
    }
}

/// How to analyse.
#[derive(Clone, Debug)]
pub struct LlmSettings {
    /// Who.
    pub provider: Vendor,
    /// The address; the vendor's own if `None`.
    pub base_url: Option<String>,
    /// The key. `Custom` may go without.
    pub api_key: Option<SecretString>,
    /// The model; the vendor's usual one if `None`.
    pub model: Option<String>,
    /// The most tokens of an answer.
    pub max_tokens: u32,
    /// 0 for the same answer each time, as far as the model can.
    pub temperature: f64,
    /// The time one call may take.
    pub timeout: Duration,
    /// The time connecting may take.
    pub connect_timeout: Duration,
    /// How often to ask again when the provider is busy.
    pub retries: u32,
    /// The sum of all waits between asking. An analysis ends within this and `retries + 1` times `timeout`.
    pub patience: Duration,
    /// The most characters of content the model is shown.
    pub content_chars_max: usize,
    /// The longest answer that is read.
    pub answer_bytes_max: usize,
}

impl Default for LlmSettings {
    fn default() -> Self {
        Self {
            provider: Vendor::default(),
            base_url: None,
            api_key: None,
            model: None,
            max_tokens: 1000,
            temperature: 0.0,
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(5),
            retries: 2,
            patience: Duration::from_secs(10),
            content_chars_max: 12_000,
            answer_bytes_max: 1024 * 1024,
        }
    }
}

/// Why there is no analyst.
#[derive(Debug, thiserror::Error)]
pub enum AnalystSetupError {
    /// The vendor wants a key and there is none.
    #[error("{vendor} needs an API key and none is set")]
    KeyMissing {
        /// The vendor.
        vendor: &'static str,
    },
    /// A custom provider needs what only the operator knows.
    #[error("a custom provider needs {what}")]
    Incomplete {
        /// What is missing.
        what: &'static str,
    },
    /// A number out of its range.
    #[error("temperature is {temperature}, not between 0 and 2")]
    Temperature {
        /// What was given.
        temperature: f64,
    },
    /// The endpoint cannot be used.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// The word lists cannot be used.
    #[error(transparent)]
    Lexicon(#[from] LexiconError),
}

/// The analyst that settings ask for. Nothing is sent yet.
pub fn analyst_from(settings: &LlmSettings) -> Result<Arc<dyn Analyst>, AnalystSetupError> {
    if settings.provider == Vendor::Lexical {
        return Ok(Arc::new(LexicalAnalyst::new()?));
    }
    let (provider, model) = provider_from(settings)?;
    analyst_over(provider, model, settings)
}

/// An analyst that asks this provider for this model.
pub fn analyst_over(
    provider: Arc<dyn LlmProvider>,
    model: String,
    settings: &LlmSettings,
) -> Result<Arc<dyn Analyst>, AnalystSetupError> {
    let temperature = settings.temperature;
    if !(0.0..=2.0).contains(&temperature) {
        return Err(AnalystSetupError::Temperature { temperature });
    }
    let prompting = Prompting {
        model,
        max_tokens: settings.max_tokens,
        temperature,
        retries: settings.retries,
        patience: settings.patience,
        content_chars_max: settings.content_chars_max,
    };
    Ok(Arc::new(PromptedAnalyst::new(provider, prompting)))
}

/// The provider that settings ask for, and the model to ask it for. `lexical` answers with its analysis, as JSON.
pub fn provider_from(settings: &LlmSettings) -> Result<(Arc<dyn LlmProvider>, String), AnalystSetupError> {
    let vendor = settings.provider;
    if vendor == Vendor::Lexical {
        return Ok((Arc::new(LexicalAnalyst::new()?), vendor.as_str().to_owned()));
    }
    let known = vendor.known();
    if known.is_some() && settings.api_key.is_none() {
        return Err(AnalystSetupError::KeyMissing { vendor: vendor.as_str() });
    }
    let given =
        |value: &Option<String>, usual: Option<&str>| value.clone().or_else(|| usual.map(str::to_owned));
    let models = known.map_or(&[][..], |(_, models)| models);
    let base_url = given(&settings.base_url, known.map(|(base_url, _)| base_url))
        .ok_or(AnalystSetupError::Incomplete { what: "a base_url" })?;
    let model = given(&settings.model, models.first().copied())
        .ok_or(AnalystSetupError::Incomplete { what: "a model" })?;
    let endpoint = Endpoint {
        name: vendor.as_str().to_owned(),
        base_url,
        api_key: settings.api_key.clone(),
        models: models.iter().map(|&model| model.to_owned()).collect(),
        call_limit: settings.timeout,
        connect_limit: settings.connect_timeout,
        answer_bytes_max: settings.answer_bytes_max,
    };
    let provider: Arc<dyn LlmProvider> = match vendor {
        Vendor::Anthropic => Arc::new(Anthropic::new(endpoint)?),
        Vendor::Lexical | Vendor::OpenAi | Vendor::DeepSeek | Vendor::Custom => {
            Arc::new(OpenAiCompatible::new(endpoint)?)
        }
    };
    Ok((provider, model))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vendors_bring_their_address_and_model_and_want_a_key() {
        let keyed =
            |provider| LlmSettings { provider, api_key: Some("sk-1".into()), ..LlmSettings::default() };
        for (vendor, model) in [
            (Vendor::OpenAi, "gpt-4o-mini"),
            (Vendor::DeepSeek, "deepseek-chat"),
            (Vendor::Anthropic, "claude-haiku-4-5"),
        ] {
            let analyst = analyst_from(&keyed(vendor)).unwrap();
            assert_eq!((analyst.provider(), analyst.model()), (vendor.as_str(), model));
            let keyless = LlmSettings { api_key: None, ..keyed(vendor) };
            assert!(matches!(analyst_from(&keyless), Err(AnalystSetupError::KeyMissing { .. })));
        }
        assert!(matches!(analyst_from(&keyed(Vendor::Custom)), Err(AnalystSetupError::Incomplete { .. })));
        assert_eq!(analyst_from(&LlmSettings::default()).unwrap().provider(), "lexical");
        assert!(!format!("{:?}", keyed(Vendor::OpenAi)).contains("sk-1"));
    }
}
