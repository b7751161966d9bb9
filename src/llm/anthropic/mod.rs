//! The wire to Anthropic's Messages API: `POST {base_url}/messages`, not streamed.

#[cfg(test)]
mod tests;
mod wire;

use async_trait::async_trait;
use reqwest::RequestBuilder;
use tracerail_actors::port::{LlmError, LlmProvider};
use tracerail_schemas::llm::{LlmRequest, LlmResponse};

use super::remote::{Caller, Endpoint, EndpointError, KeyGoes};

/// The version of the API that is spoken; a newer one may answer in another shape.
const VERSION: (&str, &str) = ("anthropic-version", "2023-06-01");

/// A language model behind Anthropic's API.
#[derive(Debug)]
pub struct Anthropic {
    caller: Caller,
}

impl Anthropic {
    /// A provider at this endpoint. Nothing is sent yet.
    pub fn new(endpoint: Endpoint) -> Result<Self, EndpointError> {
        Ok(Self { caller: Caller::new(endpoint, KeyGoes::InHeader("x-api-key"))? })
    }

    async fn call(&self, request: RequestBuilder) -> Result<Vec<u8>, LlmError> {
        let (name, version) = VERSION;
        self.caller.call(request.header(name, version)).await
    }
}

#[async_trait]
impl LlmProvider for Anthropic {
    async fn generate(&self, request: LlmRequest) -> Result<LlmResponse, LlmError> {
        let body = self.call(self.caller.post("messages").json(&wire::request(&request))).await?;
        wire::answer(&body, self.name(), &request.model).map_err(|why| self.caller.malformed(why))
    }

    async fn health_check(&self) -> Result<(), LlmError> {
        self.call(self.caller.get("models")).await.map(drop)
    }

    fn supported_models(&self) -> Vec<String> {
        self.caller.endpoint().models.clone()
    }

    fn name(&self) -> &str {
        &self.caller.endpoint().name
    }
}
