//! What would become of content, without taking it in: the same analysis and the same decision, and nothing is kept.

use tracerail_schemas::analysis::AnalysisRecord;
use tracerail_schemas::content::{ContentBody, ContentRecord};
use tracerail_schemas::routing::RouteRecord;
use tracerail_schemas::{ContentKey, EventId};

use crate::llm::analyze::analyze;
use crate::port::{Ports, RoutingError};
use crate::router::decide::{engine_failed, question, settled};

/// What would become of it.
#[derive(Clone, PartialEq, Debug)]
pub struct Preview {
    /// What the analyst says.
    pub analysis: AnalysisRecord,
    /// What would be done.
    pub route: RouteRecord,
}

/// Why that cannot be said now. An item that is submitted waits until it can.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{what} is not available: {why}")]
pub struct PreviewError {
    what: &'static str,
    why: String,
}

/// Asks analyst and routing engine.
pub async fn preview(ports: &Ports, key: ContentKey, body: ContentBody) -> Result<Preview, PreviewError> {
    let analysis = analysis(ports, &key, &body).await?;
    let route = route(ports, key, body, Some(analysis.clone())).await?;
    Ok(Preview { analysis, route })
}

/// Asks the analyst alone.
pub async fn analysis(
    ports: &Ports,
    key: &ContentKey,
    body: &ContentBody,
) -> Result<AnalysisRecord, PreviewError> {
    let analysis = analyze(ports, key, body).await;
    analysis.map_err(|away| PreviewError { what: "the model", why: away.why })
}

/// Asks the routing engine alone, about content of which this is known. Without an analysis a person looks, whatever the engine says.
pub async fn route(
    ports: &Ports,
    key: ContentKey,
    body: ContentBody,
    analysis: Option<AnalysisRecord>,
) -> Result<RouteRecord, PreviewError> {
    let hash = body.hash();
    let submitted_id = EventId::submission(&key, &hash);
    let submitted_at = ports.clock.now();
    let (route, terminal, trail) = (None, None, Vec::new());
    let record =
        ContentRecord { key, hash, submitted_id, submitted_at, body, analysis, route, terminal, trail };
    let engine = match ports.routing.route(&question(&record)).await {
        Ok(engine) => engine,
        Err(RoutingError::Failed { why }) => engine_failed(&why),
        Err(RoutingError::Unavailable { why }) => {
            return Err(PreviewError { what: "the routing engine", why });
        }
    };
    Ok(settled(engine, record.analysis.as_ref()))
}
