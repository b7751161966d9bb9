//! What would become of content, at once and without keeping anything.

use tracerail_actors::preview::{Preview, preview};
use tracerail_schemas::analysis::AnalysisRecord;
use tracerail_schemas::content::Metadata;
use tracerail_schemas::event::ContentSubmitted;
use tracerail_schemas::routing::{RouteRecord, RoutingDecision};
use tracerail_schemas::{Code, TenantId};
use uuid::Uuid;

use super::Client;
use crate::error::Error;

/// What would become of it.
#[derive(Clone, PartialEq, Debug)]
pub struct Processed {
    /// What the model says of it, or that it gave no answer that can be used.
    pub llm_response: AnalysisRecord,
    /// What would be done, by which rule, and why.
    pub routing: RouteRecord,
    /// Whether a person has to look.
    pub requires_human: bool,
}

impl Client {
    /// Has content analysed and routed as if it were submitted, and keeps nothing: no item, no task, no event. `submit` does it for good.
    pub async fn process_content(&self, content: &str, metadata: Metadata) -> Result<Processed, Error> {
        let submitted = ContentSubmitted {
            id: None,
            source: None,
            tenant: TenantId::default(),
            content: content.to_owned(),
            content_type: None,
            metadata,
            submitted_by: None,
            priority: None,
        };
        let admitted = submitted.admit(&Uuid::now_v7().to_string(), self.content_bytes_max());
        let (key, body) = admitted.map_err(|error| Error::new(Code::ContentInvalid, error.to_string()))?;
        let seen = preview(self.ports(), key, body).await;
        let Preview { analysis, route } =
            seen.map_err(|error| Error::new(Code::ModelUnavailable, error.to_string()))?;
        let requires_human = matches!(route.decision, RoutingDecision::Human | RoutingDecision::Escalate);
        Ok(Processed { llm_response: analysis, routing: route, requires_human })
    }
}
