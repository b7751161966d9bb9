//! Parts that whoever opens it brings along, in the place of those the configuration asks for.

use std::sync::Arc;

use tracerail_actors::port::{Analyst, Assigner, Directory, Escalator, LlmProvider, RoutingEngine};

/// Parts of one's own. What is not brought comes from the configuration.
#[derive(Clone, Default)]
pub struct Own {
    /// A language model; content is put to it with the usual prompt.
    pub llm: Option<Arc<dyn LlmProvider>>,
    /// Who says what an item is about; overrules `llm` for that.
    pub analyst: Option<Arc<dyn Analyst>>,
    /// Who says what is to be done with it.
    pub routing: Option<Arc<dyn RoutingEngine>>,
    /// Who there is.
    pub directory: Option<Arc<dyn Directory>>,
    /// Who gets a new task.
    pub assignment: Option<Assigner>,
    /// What raising a task does.
    pub escalation: Option<Escalator>,
}

impl std::fmt::Debug for Own {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Own")
            .field("assignment", &self.assignment)
            .field("escalation", &self.escalation)
            .finish_non_exhaustive()
    }
}
