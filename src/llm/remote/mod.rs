//! Calls to a model somewhere else, whatever protocol it speaks.
//!
//! Promises: a call ends within `call_limit`, whatever the other side does; an answer longer than `answer_bytes_max` is not
//! read; redirects are not followed, because the key would go along; the key is in no error text and not in `Debug`.
//! Nothing is retried here: what timed out may have been billed, and who asks knows what a second answer is worth.

mod classify;

use std::fmt;
use std::time::Duration;

use reqwest::header::HeaderValue;
use reqwest::{Client, RequestBuilder, Response, Url, redirect};
use secrecy::{ExposeSecret, SecretString};
use tracerail_actors::port::LlmError;

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

/// How a protocol shows the key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum KeyGoes {
    /// As a bearer token.
    AsBearer,
    /// In a header of this name.
    InHeader(&'static str),
}

/// What calls an endpoint.
pub(super) struct Caller {
    endpoint: Endpoint,
    client: Client,
    base: Url,
    key_goes: KeyGoes,
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("name", &self.endpoint.name)
            .field("base_url", &self.base.as_str())
            .field("has_key", &self.endpoint.api_key.is_some())
            .finish_non_exhaustive()
    }
}

impl Caller {
    /// What calls this endpoint. Nothing is sent yet.
    pub(super) fn new(endpoint: Endpoint, key_goes: KeyGoes) -> Result<Self, EndpointError> {
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
        Ok(Self { endpoint, client, base, key_goes })
    }

    /// The endpoint it calls.
    pub(super) const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub(super) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path))
    }

    pub(super) fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(self.url(path))
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.base.as_str().trim_end_matches('/'))
    }

    /// An answer that cannot be used.
    pub(super) fn malformed(&self, why: String) -> LlmError {
        LlmError::Malformed { provider: self.endpoint.name.clone(), why }
    }

    /// Sends, and gives the body of a success.
    pub(super) async fn call(&self, request: RequestBuilder) -> Result<Vec<u8>, LlmError> {
        let mut response =
            self.signed(request).send().await.map_err(|error| unreachable(&self.endpoint, &error))?;
        let status = response.status();
        let (body, whole) = read_capped(&mut response, self.endpoint.answer_bytes_max)
            .await
            .map_err(|error| unreachable(&self.endpoint, &error))?;
        if !status.is_success() {
            return Err(refusal(&self.endpoint, status, response.headers(), &body));
        }
        if !whole {
            return Err(
                self.malformed(format!("the answer is longer than {} bytes", self.endpoint.answer_bytes_max))
            );
        }
        Ok(body)
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        let Some(key) = &self.endpoint.api_key else { return request };
        match self.key_goes {
            KeyGoes::AsBearer => request.bearer_auth(key.expose_secret()),
            KeyGoes::InHeader(name) => match HeaderValue::from_str(key.expose_secret()) {
                Ok(mut value) => {
                    value.set_sensitive(true);
                    request.header(name, value)
                }
                // What no header can hold is no key; the other side says so.
                Err(_) => request,
            },
        }
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

/// The beginning of a text, on one line.
pub(super) fn shortened(text: &str, chars_max: usize) -> String {
    text.chars().take(chars_max).map(|ch| if ch.is_control() { ' ' } else { ch }).collect()
}

/// What is wrong with an answer's JSON, without quoting it.
pub(super) fn json_error(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    format!("{:?} error in its JSON at line {line}, column {column}", error.classify())
}
