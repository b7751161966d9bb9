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
    let Some(path) = &settings.rules_file else {
        return Ok(Arc::new(RulesEngine::from_yaml("built-in rules", DEFAULT_RULES)?));
    };
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|source| RoutingSetupError::Unreadable { path: name.clone(), source })?;
    Ok(Arc::new(RulesEngine::from_yaml(&name, &text)?))
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
