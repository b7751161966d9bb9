//! The analysis that needs no model.

use tracerail_schemas::analysis::AnalystKind;
use tracerail_schemas::routing::RoutingContext;

use crate::llm::LexicalAnalyst;

/// Puts in what the word lists say about the content.
pub fn read_offline(analyst: &LexicalAnalyst, context: &mut RoutingContext) {
    let said = analyst.read(&context.content);
    context.analyst = Some(AnalystKind::Lexical);
    context.sentiment = Some(said.sentiment);
    context.complexity_score = Some(said.complexity);
    context.confidence = Some(said.confidence);
    context.proposed = said.proposed;
    context.flags = said.flags;
    context.language = said.language;
}
