//! The engine: loaded once, asked for every item.

use std::collections::BTreeSet;

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use tracerail_actors::port::{RoutingEngine, RoutingError};
use tracerail_schemas::routing::{RoutingContext, RoutingResult};
use tracerail_schemas::{GroupId, PersonId};

use super::error::RulesError;
use super::explain::explain;
use super::facts::Seen;
use super::file::Then;
use super::load::{Loaded, load};
use super::outcome::outcome;
use super::walk::Walk;
use crate::llm::words::Phrases;

/// Rules from a file. Immutable; a new file makes a new engine with a new version.
#[derive(Debug)]
pub struct RulesEngine {
    loaded: Loaded,
    phrases: Phrases,
    version: String,
}

impl RulesEngine {
    /// Reads rules from YAML or JSON; `name` is how errors call the text.
    ///
    /// Of several errors the first is given; [`Self::all_from_yaml`] gives them all.
    pub fn from_yaml(name: &str, text: &str) -> Result<Self, RulesError> {
        let nothing = || RulesError::File { file: name.to_owned(), problem: "cannot be read".to_owned() };
        Self::all_from_yaml(name, text).map_err(|errors| errors.into_iter().next().unwrap_or_else(nothing))
    }

    /// The same, with everything that is wrong, for people who mend a file.
    pub fn all_from_yaml(name: &str, text: &str) -> Result<Self, Vec<RulesError>> {
        let loaded = load(name, text)?;
        let phrases = loaded.vocabulary.phrases().map_err(|error| {
            let problem = format!("the keywords cannot be compiled: {error}");
            vec![RulesError::File { file: name.to_owned(), problem }]
        })?;
        Ok(Self { loaded, phrases, version: version(text) })
    }

    /// Decides. Never fails and never waits.
    pub fn decide(&self, context: &RoutingContext) -> RoutingResult {
        self.decide_on(context, &self.seen(context))
    }

    fn seen<'a>(&'a self, context: &'a RoutingContext) -> Seen<'a> {
        Seen::new(context, &self.loaded.vocabulary, &self.phrases, &self.loaded.root)
    }

    fn decide_on(&self, context: &RoutingContext, seen: &Seen<'_>) -> RoutingResult {
        let walk = Walk::over(&self.loaded.rules, context, seen);
        outcome(&walk, &self.loaded.default, context, &self.version)
    }

    /// The hash of the file's text, shortened.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// How many rules there are, the default not counted.
    pub fn rule_count(&self) -> usize {
        self.loaded.rules.len()
    }

    /// Their names, in the order of the walk.
    pub fn rule_names(&self) -> impl Iterator<Item = &str> {
        self.loaded.rules.iter().map(|rule| rule.name.as_str())
    }

    /// The groups that rules name. Whoever knows the directory should refuse rules that name a group nobody is in.
    pub fn groups(&self) -> BTreeSet<&GroupId> {
        self.thens().flat_map(|then| &then.groups).collect()
    }

    /// The people that rules name.
    pub fn people(&self) -> BTreeSet<&PersonId> {
        self.thens().filter_map(|then| then.assignee.as_ref()).collect()
    }

    /// The skills that rules name.
    pub fn skills(&self) -> BTreeSet<&str> {
        self.thens().flat_map(|then| &then.skills).map(String::as_str).collect()
    }

    fn thens(&self) -> impl Iterator<Item = &Then> {
        self.loaded.rules.iter().map(|rule| &rule.then).chain([&self.loaded.default])
    }
}

fn version(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(6).fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

#[async_trait]
impl RoutingEngine for RulesEngine {
    async fn route(&self, context: &RoutingContext) -> Result<RoutingResult, RoutingError> {
        Ok(self.decide(context))
    }

    async fn explain(&self, context: &RoutingContext) -> Result<serde_json::Value, RoutingError> {
        let seen = self.seen(context);
        let result = self.decide_on(context, &seen);
        Ok(explain(&self.loaded.rules, context, &seen, &result))
    }
}
