//! Who says what is to be done with an item.

use async_trait::async_trait;
use tracerail_schemas::routing::{RoutingContext, RoutingResult};

/// Why there is no decision.
#[derive(Debug, thiserror::Error)]
pub enum RoutingError {
    /// The engine is away; the item waits.
    #[error("the routing engine is not available: {why}")]
    Unavailable {
        /// What was seen.
        why: String,
    },
    /// The engine failed on this item; a person looks at it.
    #[error("the routing engine failed: {why}")]
    Failed {
        /// What was seen.
        why: String,
    },
}

/// Says what is to be done with an item.
///
/// Obligations: with the facts of the context fixed, more risk flags, a lower confidence and a failed analysis never lower the
/// scrutiny of the decision; `reject` follows from facts alone; the result names the rule and the version that made it.
#[async_trait]
pub trait RoutingEngine: Send + Sync {
    /// Decides.
    async fn route(&self, context: &RoutingContext) -> Result<RoutingResult, RoutingError>;

    /// Decides, and says how: every rule with each of its conditions, for people who look for a mistake.
    async fn explain(&self, context: &RoutingContext) -> Result<serde_json::Value, RoutingError>;
}
