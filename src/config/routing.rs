//! What decides between auto, human, escalate and reject.

use std::path::PathBuf;
use std::time::Duration;

use tracerail_schemas::GroupId;
use tracerail_schemas::time::duration_text;

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
        /// How often the rules file is looked at; a change counts once it was seen twice alike.
        #[serde(with = "duration_text")]
        reload_every: Duration = Duration::from_secs(1),
        /// Who may take a task when the rule that made it names no group. Empty: everybody.
        candidate_groups: Vec<GroupId> = Vec::new(),
    }
}
