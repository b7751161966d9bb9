//! `tracerail health`: asks a running process, as a container's health check does. The image then needs no other program.

use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};
use tracerail_schemas::Code;

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;

/// An answer larger than this is none of ours.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Asking for health.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  tracerail health\n  tracerail health --url http://127.0.0.1:8787/healthz\n\nExit code 0: well. 1: not well, or nobody answers. A process answers where `tracerail run --http` listens."
)]
pub(crate) struct HealthArgs {
    /// Where to ask
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8787/readyz")]
    pub(crate) url: reqwest::Url,
    /// How long to wait for an answer, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=60))]
    pub(crate) within: u64,
}

/// Asks, and says what was answered.
pub(super) async fn run(context: &Context, args: HealthArgs) -> Result<Exit, Failure> {
    let url = &args.url;
    match ask(&args).await {
        Ok((status, answer)) if status.is_success() => {
            context
                .console
                .answer(|| json!({"healthy": true, "answer": answer}), || format!("healthy: {url}"))?;
            Ok(Exit::Ok)
        }
        Ok((status, answer)) => {
            let told = if answer.is_null() { String::new() } else { format!(": {answer}") };
            Err(unwell(format!("{url} answers {status}{told}")))
        }
        Err(error) => Err(unwell(format!("{url} does not answer: {}", reason(&error)))),
    }
    .or_else(|failure| told(context, failure))
}

/// Docker and Kubernetes know 0 and 1 only, so every failure is the same one here.
fn told(context: &Context, failure: Failure) -> Result<Exit, Failure> {
    if let Failure::Error(error) = failure {
        context.console.failed(&error);
        return Ok(Exit::Failure);
    }
    Err(failure)
}

fn unwell(message: String) -> Failure {
    Failure::new(Code::StoreUnavailable, message)
}

async fn ask(args: &HealthArgs) -> Result<(reqwest::StatusCode, Value), reqwest::Error> {
    // The process is asked, not what a proxy of this environment makes of it.
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(args.within)).build()?;
    let mut response = client.get(args.url.clone()).send().await?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > ANSWER_BYTES_MAX {
            break;
        }
    }
    Ok((response.status(), serde_json::from_slice(&body).unwrap_or_default()))
}

/// The innermost cause says what happened; the outer ones repeat the address.
fn reason(error: &reqwest::Error) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    if error.is_timeout() { "no answer in time".to_owned() } else { inner.to_string() }
}
