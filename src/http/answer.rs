//! The three answers, and what is no question.

use actix_web::http::header::{ALLOW, CONTENT_LENGTH, TRANSFER_ENCODING};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde_json::json;

use super::metrics;
use super::probe::{Health, Probe, Readiness};
use super::server::WatchedCell;

/// The type of the text format, as Prometheus names it.
const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Answers one request.
pub(super) async fn answer(request: HttpRequest, watched: web::Data<WatchedCell>) -> HttpResponse {
    if has_body(&request) {
        return problem(StatusCode::PAYLOAD_TOO_LARGE, "there is nothing to send here: ask without a body");
    }
    let question = match request.path() {
        "/healthz" => Question::Health,
        "/readyz" => Question::Readiness,
        "/metrics" => Question::Metrics,
        _ => return problem(StatusCode::NOT_FOUND, "there are /healthz, /readyz and /metrics"),
    };
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut refused = problem(StatusCode::METHOD_NOT_ALLOWED, "there is nothing to change here: use GET");
        refused.headers_mut().insert(ALLOW, actix_web::http::header::HeaderValue::from_static("GET, HEAD"));
        return refused;
    }
    let probe = watched.get();
    match question {
        Question::Health => health(probe),
        Question::Readiness => readiness(probe).await,
        Question::Metrics => {
            HttpResponse::Ok().content_type(PROMETHEUS_TEXT).body(metrics::render(probe).await)
        }
    }
}

/// What can be asked.
#[derive(Clone, Copy)]
enum Question {
    Health,
    Readiness,
    Metrics,
}

/// A process that is still starting lives.
fn health(probe: Option<&Probe>) -> HttpResponse {
    let health = probe.map_or(Health { alive: true, silent_ms: 0 }, Probe::health);
    state(health.alive, &health)
}

async fn readiness(probe: Option<&Probe>) -> HttpResponse {
    let readiness = if let Some(probe) = probe {
        probe.readiness().await
    } else {
        let missing = vec!["actors: they have not started yet".to_owned()];
        Readiness { ready: false, actors: Vec::new(), missing }
    };
    state(readiness.ready, &readiness)
}

fn state(well: bool, body: &impl Serialize) -> HttpResponse {
    let status = if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    HttpResponse::build(status).json(body)
}

/// An answer in the form of RFC 9457.
fn problem(status: StatusCode, detail: &str) -> HttpResponse {
    let body = json!({
        "type": "about:blank",
        "title": status.canonical_reason(),
        "status": status.as_u16(),
        "detail": detail,
    });
    // What was sent along is not read, so nothing can follow it.
    HttpResponse::build(status).content_type("application/problem+json").force_close().body(body.to_string())
}

fn has_body(request: &HttpRequest) -> bool {
    let headers = request.headers();
    headers.contains_key(TRANSFER_ENCODING)
        || headers.get(CONTENT_LENGTH).is_some_and(|length| length.as_bytes() != b"0")
}
