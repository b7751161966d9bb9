//! From settings to an engine.

use std::path::PathBuf;
use std::sync::Arc;

use super::rules::{RulesEngine, RulesError};

/// The rules that hold when no file is given; they are also the example to copy from.
pub const DEFAULT_RULES: &str = include_str!("../../examples/rules.yaml");

/// Which rules.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct RoutingSettings {
    /// The file with the rules, YAML or JSON; the built-in rules if `None`.
    pub rules_file: Option<PathBuf>,
}

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
pub enum RoutingSetupError {
    /// The file cannot be read.
    #[error("cannot read the rules file {path}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not a set of rules.
    #[error(transparent)]
    Rules(#[from] RulesError),
}

/// The engine that settings ask for.
///
/// It is given as what it is, so that the caller can check the groups and people it names before it becomes a
/// `dyn RoutingEngine`.
pub fn engine_from(settings: &RoutingSettings) -> Result<Arc<RulesEngine>, RoutingSetupError> {
    load_rules(settings).map(|loaded| loaded.engine)
}

/// Rules, and the text they were read from.
#[derive(Debug)]
pub struct Loaded {
    /// The rules.
    pub engine: Arc<RulesEngine>,
    /// What the file said.
    pub text: String,
}

/// The same as [`engine_from`], for those who follow the file from then on.
pub fn load_rules(settings: &RoutingSettings) -> Result<Loaded, RoutingSetupError> {
    let (name, text) = match &settings.rules_file {
        None => ("built-in rules".to_owned(), DEFAULT_RULES.to_owned()),
        Some(path) => {
            let name = path.display().to_string();
            match std::fs::read_to_string(path) {
                Ok(text) => (name, text),
                Err(source) => return Err(RoutingSetupError::Unreadable { path: name, source }),
            }
        }
    };
    Ok(Loaded { engine: Arc::new(RulesEngine::from_yaml(&name, &text)?), text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_rules_load_and_a_missing_file_is_named() {
        assert!(engine_from(&RoutingSettings::default()).unwrap().rule_count() > 10);
        let missing = RoutingSettings { rules_file: Some("/nowhere/rules.yaml".into()) };
        assert!(engine_from(&missing).unwrap_err().to_string().contains("/nowhere/rules.yaml"));
    }
}
