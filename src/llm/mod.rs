//! Who says what an item is about, and how little that is trusted.
//!
//! Promises: an analysis that leaves this room is complete and inside its ranges; content is data to a model and can change
//! what an answer says but never its shape; neither content nor a key ever stands in an error text or in `Debug`; a call ends
//! within its time limit, waits included.
//!
//! The way in: `analyst_from(settings)`. Behind it stand
//! - `openai`: the wire to anything that speaks OpenAI's chat completions (OpenAI, DeepSeek, vLLM, llama.cpp, a gateway);
//! - `anthropic`: the wire to Anthropic's Messages API;
//! - `remote`: calls to either, with their limits and the errors told apart;
//! - `prompted`: an analyst made of a prompt, any `LlmProvider` and a strict reader of its answers;
//! - `lexical`: an analyst without a model, honest about it: word lists and counting, confidence at most 0.6;
//! - `words`: how words are found in a text, which the rules use too.
//!
//! Deliberately absent: streaming (an analysis is of no use before it is whole), and a fallback from a model to word lists
//! (policy trusts them differently, so nobody swaps one for the other behind its back).

mod factory;
pub mod lexical;
pub mod anthropic;
pub mod openai;
pub mod prompted;
pub mod remote;
mod retry_after;
#[cfg(test)]
mod script_server;
pub(crate) mod words;

pub use anthropic::Anthropic;
pub use factory::{AnalystSetupError, LlmSettings, Vendor, analyst_from, analyst_over, provider_from};
pub use lexical::LexicalAnalyst;
pub use openai::OpenAiCompatible;
pub use prompted::{PromptedAnalyst, Prompting};
pub use remote::{Endpoint, EndpointError};
