//! What is said to a language model, and what it says back.

use serde::{Deserialize, Serialize};

use crate::analysis::Usage;

/// Who speaks in a conversation with a model.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The instructions.
    System,
    /// The content.
    User,
    /// The model.
    Assistant,
}

/// One message.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
}

/// A request to a model.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct LlmRequest {
    /// The conversation so far.
    pub messages: Vec<Message>,
    /// The model's name.
    pub model: String,
    /// The most tokens of the answer.
    #[serde(default)]
    pub max_tokens: Option<u32>,
    /// 0 repeats itself, 2 wanders.
    #[serde(default)]
    pub temperature: Option<f64>,
    /// Ask the provider to answer with a JSON object only, where it can.
    #[serde(default)]
    pub json_object: bool,
    /// Free fields of the caller; they are not sent.
    #[serde(default)]
    pub metadata: serde_json::Map<String, serde_json::Value>,
}

/// A model's answer.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct LlmResponse {
    /// The text.
    pub content: String,
    /// Tokens, where the provider reported them.
    #[serde(default)]
    pub usage: Usage,
    /// The model that answered.
    pub model: String,
    /// The provider's name.
    pub provider: String,
    /// What else the provider said, such as `finish_reason`.
    #[serde(default)]
    pub metadata: serde_json::Map<String, serde_json::Value>,
}
