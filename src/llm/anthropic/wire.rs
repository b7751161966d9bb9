//! The JSON of the Messages API, as far as it is used.

use serde::{Deserialize, Serialize};
use tracerail_schemas::analysis::Usage;
use tracerail_schemas::llm::{LlmRequest, LlmResponse, Message, Role};

use crate::llm::remote::{json_error, shortened};

/// It wants a number; this one holds an analysis.
const TOKENS_USUAL: u32 = 1000;

/// What it takes at most; others take 2.
const TEMPERATURE_MAX: f64 = 1.0;

#[derive(Serialize, Debug)]
pub(super) struct MessagesRequest<'a> {
    model: &'a str,
    max_tokens: u32,
    /// Instructions stand apart from the conversation.
    #[serde(skip_serializing_if = "String::is_empty")]
    system: String,
    messages: Vec<&'a Message>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
}

/// The request as it is sent. It has no mode for JSON: the instructions ask for it, and whoever reads the answer is strict.
pub(super) fn request(request: &LlmRequest) -> MessagesRequest<'_> {
    let (instructions, messages): (Vec<_>, Vec<_>) =
        request.messages.iter().partition(|message| message.role == Role::System);
    let system: Vec<_> = instructions.into_iter().map(|message| message.content.as_str()).collect();
    MessagesRequest {
        model: &request.model,
        max_tokens: request.max_tokens.unwrap_or(TOKENS_USUAL),
        system: system.join("\n\n"),
        messages,
        temperature: request.temperature.map(|temperature| temperature.min(TEMPERATURE_MAX)),
    }
}

#[derive(Deserialize)]
struct MessagesAnswer {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    content: Vec<Block>,
    #[serde(default)]
    stop_reason: Option<String>,
    #[serde(default)]
    usage: WireUsage,
}

/// A part of an answer. Only texts are asked for; others, such as thoughts, are passed over.
#[derive(Deserialize)]
struct Block {
    r#type: String,
    #[serde(default)]
    text: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct WireUsage {
    #[serde(rename = "input_tokens")]
    input: u64,
    #[serde(rename = "output_tokens")]
    output: u64,
}

/// Reads an answer; the error says what is wrong without quoting it.
pub(super) fn answer(body: &[u8], provider: &str, model_asked: &str) -> Result<LlmResponse, String> {
    let answer: MessagesAnswer = serde_json::from_slice(body).map_err(|error| json_error(&error))?;
    let stop_reason = answer.stop_reason.unwrap_or_default();
    let texts = answer.content.into_iter().filter(|block| block.r#type == "text");
    let content: String = texts.map(|block| block.text).collect();
    if content.is_empty() {
        return Err(format!("it holds no text (stop_reason {})", shortened(&stop_reason, 40)));
    }
    // The word that others use for the same.
    let finish_reason = if stop_reason == "max_tokens" { "length".to_owned() } else { stop_reason };
    let mut metadata = serde_json::Map::new();
    metadata.insert("finish_reason".to_owned(), finish_reason.into());
    metadata.extend(answer.id.map(|id| ("id".to_owned(), id.into())));
    let WireUsage { input, output } = answer.usage;
    Ok(LlmResponse {
        content,
        usage: Usage {
            prompt_tokens: input,
            completion_tokens: output,
            total_tokens: input.saturating_add(output),
        },
        model: answer.model.unwrap_or_else(|| model_asked.to_owned()),
        provider: provider.to_owned(),
        metadata,
    })
}
