//! The JSON of chat completions, as far as it is used.

use serde::{Deserialize, Serialize};
use tracerail_schemas::analysis::Usage;
use tracerail_schemas::llm::{LlmRequest, LlmResponse, Message};

use crate::llm::remote::{json_error, shortened};

#[derive(Serialize, Debug)]
pub(super) struct ChatRequest<'a> {
    model: &'a str,
    messages: &'a [Message],
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<ResponseFormat>,
}

#[derive(Serialize, Debug)]
struct ResponseFormat {
    r#type: &'static str,
}

/// The request as it is sent; the caller's free fields stay here.
pub(super) fn request(request: &LlmRequest) -> ChatRequest<'_> {
    ChatRequest {
        model: &request.model,
        messages: &request.messages,
        stream: false,
        max_tokens: request.max_tokens,
        temperature: request.temperature,
        response_format: request.json_object.then_some(ResponseFormat { r#type: "json_object" }),
    }
}

#[derive(Deserialize)]
struct ChatAnswer {
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<WireUsage>,
    #[serde(default)]
    id: Option<String>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    message: Option<ChoiceMessage>,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct ChoiceMessage {
    #[serde(default)]
    content: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct WireUsage {
    #[serde(rename = "prompt_tokens")]
    prompt: u64,
    #[serde(rename = "completion_tokens")]
    completion: u64,
    #[serde(rename = "total_tokens")]
    total: u64,
}

/// Reads an answer; the error says what is wrong without quoting it.
pub(super) fn answer(body: &[u8], provider: &str, model_asked: &str) -> Result<LlmResponse, String> {
    let answer: ChatAnswer = serde_json::from_slice(body).map_err(|error| json_error(&error))?;
    let choice = answer.choices.into_iter().next().ok_or("it has no choices")?;
    let finish_reason = choice.finish_reason.unwrap_or_default();
    let content = choice.message.and_then(|message| message.content);
    let content = content
        .ok_or_else(|| format!("its content is null (finish_reason {})", shortened(&finish_reason, 40)))?;
    let mut metadata = serde_json::Map::new();
    metadata.insert("finish_reason".to_owned(), finish_reason.into());
    metadata.extend(answer.id.map(|id| ("id".to_owned(), id.into())));
    let usage = answer.usage.unwrap_or_default();
    Ok(LlmResponse {
        content,
        usage: Usage {
            prompt_tokens: usage.prompt,
            completion_tokens: usage.completion,
            total_tokens: usage.total.max(usage.prompt.saturating_add(usage.completion)),
        },
        model: answer.model.unwrap_or_else(|| model_asked.to_owned()),
        provider: provider.to_owned(),
        metadata,
    })
}
