use tracerail_actors::port::{LlmError, LlmProvider};
use tracerail_schemas::llm::{LlmRequest, LlmResponse, Message, Role};

use super::Anthropic;
use crate::llm::script_server::{Scripted, endpoint, ok, serve};

const KEY: &str = "sk-ant-very-secret";

fn provider(base_url: &str) -> Anthropic {
    Anthropic::new(endpoint("anthropic", base_url, KEY)).unwrap()
}

fn request() -> LlmRequest {
    let message = |role, content: &str| Message { role, content: content.into() };
    LlmRequest {
        messages: vec![
            message(Role::System, "Answer in JSON."),
            message(Role::System, "Be short."),
            message(Role::User, "hi"),
        ],
        model: "m".into(),
        max_tokens: None,
        temperature: Some(1.5),
        json_object: true,
        metadata: serde_json::Map::new(),
    }
}

async fn asked(step: Scripted) -> Result<LlmResponse, LlmError> {
    let (address, _) = serve(vec![step]).await;
    provider(&address).generate(request()).await
}

#[tokio::test]
async fn a_good_answer_is_read_and_the_request_is_as_documented() {
    let body = r#"{"id":"msg_1","type":"message","role":"assistant","model":"m-1","content":[
        {"type":"thinking","thinking":"hm"},{"type":"text","text":"hel"},{"type":"text","text":"lo"}],
        "stop_reason":"max_tokens","usage":{"input_tokens":7,"output_tokens":3}}"#;
    let (address, log) = serve(vec![ok(body)]).await;
    let answer = provider(&address).generate(request()).await.unwrap();
    assert_eq!((answer.content.as_str(), answer.model.as_str()), ("hello", "m-1"));
    assert_eq!((answer.usage.prompt_tokens, answer.usage.total_tokens), (7, 10));
    assert_eq!(
        (&answer.metadata["finish_reason"], &answer.metadata["id"]),
        (&"length".into(), &"msg_1".into())
    );
    let log = log.lock().unwrap();
    let (head, body) = log[0].split_once("\r\n\r\n").unwrap();
    let head = head.to_lowercase();
    assert!(head.starts_with("post /v1/messages "), "{head}");
    assert!(head.contains(&format!("x-api-key: {KEY}")) && head.contains("anthropic-version: 2023-06-01"));
    assert!(!head.contains("authorization"), "{head}");
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["system"], "Answer in JSON.\n\nBe short.");
    assert_eq!(body["messages"], serde_json::json!([{"role": "user", "content": "hi"}]));
    assert_eq!((&body["max_tokens"], &body["temperature"]), (&1000.into(), &1.0.into()));
}

#[tokio::test]
async fn errors_are_told_apart_and_never_hold_the_key() {
    let status = |status, body: &str| Scripted::Answer(status, "", body.to_owned());
    let says = |kind: &str, message: &str| {
        format!(r#"{{"type":"error","error":{{"type":"{kind}","message":"{message}"}}}}"#)
    };
    let table = [
        (status("529 Overloaded", &says("overloaded_error", "Overloaded")), "Unavailable", "529"),
        (status("429 Too Many", &says("rate_limit_error", "slow down")), "Unavailable", "429"),
        (
            status("400 Bad", &says("invalid_request_error", "Your credit balance is too low")),
            "Unavailable",
            "budget",
        ),
        (status("401 Unauthorized", &says("authentication_error", KEY)), "Unauthorized", "401"),
        (status("404 Not Found", &says("not_found_error", "model: m")), "Unauthorized", "404"),
        (status("400 Bad", &says("invalid_request_error", KEY)), "Refused", "[key]"),
        (Scripted::Hang, "TimedOut", "400ms"),
        (ok(r#"{"content":[{"typ"#), "Malformed", "Eof"),
        (ok(r#"{"content":[],"stop_reason":"refusal"}"#), "Malformed", "refusal"),
    ];
    for (step, kind, words) in table {
        let error = asked(step).await.unwrap_err();
        let debug = format!("{error:?} {error}");
        assert!(debug.starts_with(kind) && debug.contains(words), "expected {kind} {words}: {debug}");
        assert!(!debug.contains(KEY), "{debug}");
    }
}

#[tokio::test]
async fn health_asks_for_the_models_and_debug_shows_no_key() {
    let (address, log) = serve(vec![ok("{}")]).await;
    let provider = provider(&address);
    assert!(provider.health_check().await.is_ok());
    assert!(log.lock().unwrap()[0].starts_with("GET /v1/models "));
    assert!(!format!("{provider:?} {:?}", provider.caller.endpoint()).contains(KEY));
}
