use tracerail_actors::port::{LlmError, LlmProvider};
use tracerail_schemas::llm::{LlmRequest, Message, Role};

use super::super::script_server::{Scripted, endpoint, ok, says, serve};
use super::OpenAiCompatible;

const KEY: &str = "sk-very-secret";

fn provider(base_url: &str) -> OpenAiCompatible {
    OpenAiCompatible::new(endpoint("custom", base_url, KEY)).unwrap()
}

fn request() -> LlmRequest {
    LlmRequest {
        messages: vec![Message { role: Role::User, content: "hi".into() }],
        model: "m".into(),
        max_tokens: Some(9),
        temperature: Some(0.0),
        json_object: true,
        metadata: serde_json::Map::new(),
    }
}

async fn asked(step: Scripted) -> Result<tracerail_schemas::llm::LlmResponse, LlmError> {
    let (address, _) = serve(vec![step]).await;
    provider(&address).generate(request()).await
}

#[tokio::test]
async fn a_good_answer_is_read_and_the_request_is_as_documented() {
    let (address, log) = serve(vec![says("hello")]).await;
    let answer = provider(&address).generate(request()).await.unwrap();
    assert_eq!(
        (answer.content.as_str(), answer.model.as_str(), answer.usage.total_tokens),
        ("hello", "m-1", 10)
    );
    let log = log.lock().unwrap();
    let (head, body) = log[0].split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /v1/chat/completions "), "{head}");
    assert!(head.to_lowercase().contains(&format!("authorization: bearer {KEY}")));
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["response_format"]["type"], "json_object");
    assert_eq!((&body["stream"], &body["max_tokens"]), (&false.into(), &9.into()));
    assert!(body.get("metadata").is_none());
}

#[tokio::test]
async fn errors_are_told_apart_and_never_hold_the_key() {
    let status = |status, headers, body: &str| Scripted::Answer(status, headers, body.to_owned());
    let echo = format!(r#"{{"error":{{"message":"bad request with {KEY}"}}}}"#);
    let table = [
        (status("429 Too Many", "retry-after: 3\r\n", ""), "Unavailable", "Some(3s)"),
        (
            status(
                "429 Too Many",
                "date: Sun, 22 Nov 2026 10:00:00 GMT\r\nretry-after: Sun, 22 Nov 2026 10:00:09 GMT\r\n",
                "",
            ),
            "Unavailable",
            "Some(9s)",
        ),
        (status("503 Away", "", "<html>"), "Unavailable", "503"),
        (status("402 Payment", "", ""), "Unavailable", "budget"),
        (status("401 Unauthorized", "", &echo), "Unauthorized", "401"),
        (status("404 Not Found", "", ""), "Unauthorized", "404"),
        (status("400 Bad", "", r#"{"error":{"message":"Model Not Exist"}}"#), "Unauthorized", "400"),
        (status("400 Bad", "", &echo), "Refused", "[key]"),
        (status("302 Found", "location: http://127.0.0.1:1/\r\n", ""), "Refused", "302"),
        (Scripted::Hang, "TimedOut", "400ms"),
        (ok(r#"{"choices":[{"mess"#), "Malformed", "Eof"),
        (ok("[]"), "Malformed", ""),
        (ok(r#"{"choices":[]}"#), "Malformed", "no choices"),
        (
            ok(r#"{"choices":[{"message":{"content":null},"finish_reason":"content_filter"}]}"#),
            "Malformed",
            "content_filter",
        ),
        (says(&"x".repeat(20_000)), "Malformed", "longer than 10000"),
    ];
    for (step, kind, words) in table {
        let error = asked(step).await.unwrap_err();
        let debug = format!("{error:?} {error}");
        assert!(debug.starts_with(kind) && debug.contains(words), "expected {kind} {words}: {debug}");
        assert!(!debug.contains(KEY), "{debug}");
    }
}

#[tokio::test]
async fn an_unreachable_provider_is_unavailable_and_debug_shows_no_key() {
    let provider = provider("http://127.0.0.1:1/v1/");
    assert!(matches!(provider.generate(request()).await, Err(LlmError::Unavailable { .. })));
    assert!(matches!(provider.health_check().await, Err(LlmError::Unavailable { .. })));
    let debug = format!("{provider:?} {:?}", provider.caller.endpoint());
    assert!(!debug.contains(KEY), "{debug}");
}

#[tokio::test]
async fn health_asks_for_the_models() {
    let (address, log) = serve(vec![ok("{}"), Scripted::Answer("500 Oh", "", String::new())]).await;
    let provider = provider(&address);
    assert!(provider.health_check().await.is_ok());
    assert!(provider.health_check().await.is_err());
    assert!(log.lock().unwrap()[0].starts_with("GET /v1/models "));
}

#[test]
fn addresses_that_are_none_or_hold_a_password_are_refused() {
    for base_url in ["ftp://x", "nonsense", "https://user:hunter2@example.com/v1"] {
        let error = OpenAiCompatible::new(endpoint("custom", base_url, KEY)).unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }
}
