//! The wire to anything that speaks OpenAI's chat completions: `POST {base_url}/chat/completions`, not streamed.
//!
//! Promises: a call ends within `call_limit`, whatever the other side does; an answer longer than `answer_bytes_max` is not
//! read; redirects are not followed, because the key would go along; the key is in no error text and not in `Debug`.
//! Nothing is retried here: what timed out may have been billed, and who asks knows what a second answer is worth.

mod classify;
#[cfg(test)]
mod tests;
mod wire;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::{Client, RequestBuilder, Response, Url, redirect};
use secrecy::{ExposeSecret, SecretString};
use tracerail_actors::port::{LlmError, LlmProvider};
use tracerail_schemas::llm::{LlmRequest, LlmResponse};

use classify::{refusal, unreachable};

/// Where a provider is, and how patient to be with it.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Its name in records and errors, for example `deepseek`.
    pub name: String,
    /// The address up to and without `/chat/completions`.
    pub base_url: String,
    /// The key, if it wants one.
    pub api_key: Option<SecretString>,
    /// The models it is known to have.
    pub models: Vec<String>,
    /// The time one call may take, all in all.
    pub call_limit: Duration,
    /// The time connecting may take.
    pub connect_limit: Duration,
    /// The longest answer that is read.
    pub answer_bytes_max: usize,
}

/// Why an endpoint cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The address is none.
    #[error("{base_url:?} is not an http or https address")]
    Address {
        /// What was given.
        base_url: String,
    },
    /// The HTTP client cannot be made, for example for want of root certificates.
    #[error("the HTTP client cannot be made")]
    Client(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A language model behind OpenAI's API, or one that speaks like it.
pub struct OpenAiCompatible {
    endpoint: Endpoint,
    client: Client,
    base: Url,
}

impl fmt::Debug for OpenAiCompatible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAiCompatible")
            .field("name", &self.endpoint.name)
            .field("base_url", &self.base.as_str())
            .field("has_key", &self.endpoint.api_key.is_some())
            .finish_non_exhaustive()
    }
}

impl OpenAiCompatible {
    /// A provider at this endpoint. Nothing is sent yet.
    pub fn new(endpoint: Endpoint) -> Result<Self, EndpointError> {
        let address = || EndpointError::Address { base_url: without_userinfo(&endpoint.base_url) };
        let base = Url::parse(endpoint.base_url.trim_end_matches('/')).map_err(|_| address())?;
        // Credentials in an address would end up in `Debug` and logs.
        if !matches!(base.scheme(), "http" | "https")
            || !base.username().is_empty()
            || base.password().is_some()
        {
            return Err(address());
        }
        if base.scheme() == "http" && endpoint.api_key.is_some() && !is_here(&base) {
            tracing::warn!(provider = %endpoint.name, base_url = %base, "the API key travels unencrypted; use https");
        }
        let client = client(&endpoint, &base).map_err(|error| EndpointError::Client(error.into()))?;
        Ok(Self { endpoint, client, base })
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.base.as_str().trim_end_matches('/'))
    }

    /// Sends, and gives the body of a success.
    async fn call(&self, request: RequestBuilder) -> Result<Vec<u8>, LlmError> {
        let request = match &self.endpoint.api_key {
            Some(key) => request.bearer_auth(key.expose_secret()),
            None => request,
        };
        let mut response = request.send().await.map_err(|error| unreachable(&self.endpoint, &error))?;
        let status = response.status();
        let (body, whole) = read_capped(&mut response, self.endpoint.answer_bytes_max)
            .await
            .map_err(|error| unreachable(&self.endpoint, &error))?;
        if !status.is_success() {
            return Err(refusal(&self.endpoint, status, response.headers(), &body));
        }
        if !whole {
            let why = format!("the answer is longer than {} bytes", self.endpoint.answer_bytes_max);
            return Err(LlmError::Malformed { provider: self.endpoint.name.clone(), why });
        }
        Ok(body)
    }
}

fn client(endpoint: &Endpoint, base: &Url) -> Result<Client, reqwest::Error> {
    let builder = Client::builder()
        .timeout(endpoint.call_limit)
        .connect_timeout(endpoint.connect_limit)
        .redirect(redirect::Policy::none())
        .user_agent(concat!("tracerail/", env!("CARGO_PKG_VERSION")));
    // A model on this machine is not behind the proxy that the environment names for the world.
    if is_here(base) { builder.no_proxy() } else { builder }.build()
}

fn is_here(base: &Url) -> bool {
    matches!(base.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

fn without_userinfo(address: &str) -> String {
    match (address.split_once("://"), address.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        (None, Some((_, rest))) => rest.to_owned(),
        (_, None) => address.to_owned(),
    }
}

/// The body up to `bytes_max`, and whether that was all of it.
async fn read_capped(response: &mut Response, bytes_max: usize) -> Result<(Vec<u8>, bool), reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = bytes_max - body.len();
        body.extend(chunk.iter().take(room));
        if chunk.len() > room {
            return Ok((body, false));
        }
    }
    Ok((body, true))
}

#[async_trait]
impl LlmProvider for OpenAiCompatible {
    async fn generate(&self, request: LlmRequest) -> Result<LlmResponse, LlmError> {
        let asked = self.client.post(self.url("chat/completions")).json(&wire::request(&request));
        let body = self.call(asked).await?;
        wire::answer(&body, &self.endpoint.name, &request.model)
            .map_err(|why| LlmError::Malformed { provider: self.endpoint.name.clone(), why })
    }

    async fn health_check(&self) -> Result<(), LlmError> {
        self.call(self.client.get(self.url("models"))).await.map(drop)
    }

    fn supported_models(&self) -> Vec<String> {
        self.endpoint.models.clone()
    }

    fn name(&self) -> &str {
        &self.endpoint.name
    }
}
