//! An analyst without a model, and honest about it: word lists and counting.
//!
//! Promises: the same text gives the same analysis; the cost grows with the length of the text and with nothing else; the
//! confidence is never above 0.6 and nothing is ever proposed. Policy knows it by `AnalystKind::Lexical` and trusts it less.
//!
//! It exists so that TraceRail works offline, and so that a demonstration needs no key. It sees words, not meaning: a threat
//! without a threatening word passes unflagged, a quoted one is flagged. Lists exist in English, and shorter ones in German,
//! French, Spanish, Portuguese and Italian; other languages get no flag but a low confidence.
//!
//! The language is told by stop words found in the same pass as all other words: trigram detectors cost more than everything
//! else here together.

mod judge;
mod lexicon;
mod measure;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use tracerail_actors::port::{Analyst, AnalystAnswer, AnalystError, LlmError, LlmProvider};
use tracerail_schemas::ContentKey;
use tracerail_schemas::analysis::{Analysis, AnalystKind, Usage};
use tracerail_schemas::content::ContentBody;
use tracerail_schemas::llm::{LlmRequest, LlmResponse, Role};

pub use lexicon::LexiconError;

use lexicon::Lexicon;

/// The name in records: it is no model.
const NAME: &str = "lexical";

/// The offline analyser.
#[derive(Debug)]
pub struct LexicalAnalyst {
    lexicon: Lexicon,
}

impl LexicalAnalyst {
    /// An analyser with the built-in lists. Compiling them takes some milliseconds: make one and keep it.
    pub fn new() -> Result<Self, LexiconError> {
        Ok(Self { lexicon: Lexicon::built_in()? })
    }

    /// The analysis of a text. Never fails and never waits.
    pub fn read(&self, text: &str) -> Analysis {
        judge::analysis(text, &measure::shape(text), &self.lexicon.hits(text))
    }
}

#[async_trait]
impl Analyst for LexicalAnalyst {
    async fn analyze(&self, _key: &ContentKey, body: &ContentBody) -> Result<AnalystAnswer, AnalystError> {
        let analysis = self.read(&body.content);
        Ok(AnalystAnswer { analysis, model: NAME.to_owned(), usage: None })
    }

    fn kind(&self) -> AnalystKind {
        AnalystKind::Lexical
    }

    fn provider(&self) -> &str {
        NAME
    }

    fn model(&self) -> &str {
        NAME
    }

    fn prompt_version(&self) -> &str {
        self.lexicon.version()
    }
}

/// Asked like a model, it answers the last message of the user with its analysis, as JSON. It reads nothing else.
#[async_trait]
impl LlmProvider for LexicalAnalyst {
    async fn generate(&self, request: LlmRequest) -> Result<LlmResponse, LlmError> {
        let said = request.messages.iter().rfind(|message| message.role == Role::User);
        let analysis = self.read(said.map_or("", |message| message.content.as_str()));
        let content = serde_json::to_string(&analysis)
            .map_err(|error| LlmError::Malformed { provider: NAME.to_owned(), why: error.to_string() })?;
        let (usage, model, provider) = (Usage::default(), NAME.to_owned(), NAME.to_owned());
        Ok(LlmResponse { content, usage, model, provider, metadata: serde_json::Map::new() })
    }

    async fn health_check(&self) -> Result<(), LlmError> {
        Ok(())
    }

    fn supported_models(&self) -> Vec<String> {
        vec![NAME.to_owned()]
    }

    fn name(&self) -> &str {
        NAME
    }
}
