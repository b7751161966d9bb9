//! What decides between auto, human, escalate and reject.

use std::path::PathBuf;

use tracerail_schemas::GroupId;

use super::scalar::{choice, section};

choice! {
    /// What decides.
    Engine {
        /// Rules in order, the first that matches.
        Rules = "rules",
    }
    later ["ml", "dmn", "flowable"]
}

section! {
    /// Routing: `routing`.
    RoutingConfig {
        /// What decides.
        engine: Engine = Engine::Rules,
        /// The rules; none: the built-in ones.
        rules_file: Option<PathBuf> = None,
        /// Who may take a task when the rule that made it names no group. Empty: everybody.
        candidate_groups: Vec<GroupId> = Vec::new(),
    }
}
