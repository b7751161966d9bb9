//! The wire to anything that speaks OpenAI's chat completions: `POST {base_url}/chat/completions`, not streamed.

#[cfg(test)]
mod tests;
mod wire;

use async_trait::async_trait;
use tracerail_actors::port::{LlmError, LlmProvider};
use tracerail_schemas::llm::{LlmRequest, LlmResponse};

use super::remote::{Caller, Endpoint, EndpointError, KeyGoes};

/// A language model behind OpenAI's API, or one that speaks like it.
#[derive(Debug)]
pub struct OpenAiCompatible {
    caller: Caller,
}

impl OpenAiCompatible {
    /// A provider at this endpoint. Nothing is sent yet.
    pub fn new(endpoint: Endpoint) -> Result<Self, EndpointError> {
        Ok(Self { caller: Caller::new(endpoint, KeyGoes::AsBearer)? })
    }
}

#[async_trait]
impl LlmProvider for OpenAiCompatible {
    async fn generate(&self, request: LlmRequest) -> Result<LlmResponse, LlmError> {
        let asked = self.caller.post("chat/completions").json(&wire::request(&request));
        let body = self.caller.call(asked).await?;
        wire::answer(&body, self.name(), &request.model).map_err(|why| self.caller.malformed(why))
    }

    async fn health_check(&self) -> Result<(), LlmError> {
        self.caller.call(self.caller.get("models")).await.map(drop)
    }

    fn supported_models(&self) -> Vec<String> {
        self.caller.endpoint().models.clone()
    }

    fn name(&self) -> &str {
        &self.caller.endpoint().name
    }
}
