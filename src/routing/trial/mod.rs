//! Tests of rules, written beside them: items, and what must become of them.
//!
//! Promises: a test is decided by the very engine that decides at run time; what differs is told field by field; a test that
//! expects nothing is refused, for it could not fail.
//!
//! Tests live in a file of their own, `rules.test.yaml` beside `rules.yaml`, so that the version of the rules changes with the rules
//! alone, and running processes never see them.
//!
//! Deliberately absent: a model. A test says what the analysis said, or that it failed; else the word lists read the content.

mod expect;
mod file;
mod offline;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::Serialize;
use tracerail_schemas::routing::RoutingContext;

use crate::llm::LexicalAnalyst;
use crate::routing::{RulesEngine, RulesError};

pub use expect::Difference;
pub use offline::read_offline;

use file::Entry;

/// The tests of the built-in rules; they are also the example to copy from.
pub const DEFAULT_TESTS: &str = include_str!("../../../examples/rules.test.yaml");

/// Tests, read from a file.
#[derive(Debug)]
pub struct RuleTests(Vec<(u64, Entry)>);

/// What became of one test.
#[derive(Clone, PartialEq, Eq, Serialize, Debug)]
pub struct Verdict {
    /// Its name.
    pub name: String,
    /// The line where it begins.
    pub line: u64,
    /// Whether everything is as expected.
    pub holds: bool,
    /// What is not.
    pub differences: Vec<Difference>,
    /// Why the rules decided as they did.
    pub reason: String,
}

/// What became of all tests.
#[derive(Clone, PartialEq, Eq, Serialize, Debug)]
pub struct Trial {
    /// The version of the rules.
    pub version: String,
    /// Each test, in the order of the file.
    pub tests: Vec<Verdict>,
    /// The rules that decided no test.
    pub untried: Vec<String>,
}

impl RuleTests {
    /// Reads tests from YAML or JSON; `name` is how errors call the text.
    pub fn from_yaml(name: &str, text: &str) -> Result<Self, RulesError> {
        file::read(name, text).map(Self)
    }

    /// Decides every test's item, and compares.
    pub fn run(&self, rules: &RulesEngine, analyst: &LexicalAnalyst) -> Trial {
        let mut untried: BTreeSet<&str> = rules.rule_names().collect();
        let tests = self.0.iter().map(|(line, entry)| {
            let given = entry.given.context(|context: &mut RoutingContext| read_offline(analyst, context));
            let result = rules.decide(&given);
            untried.remove(result.matched_rule.as_deref().unwrap_or_default());
            let differences = entry.expect.differences(&result);
            let holds = differences.is_empty();
            Verdict { name: entry.name.clone(), line: *line, holds, differences, reason: result.reason }
        });
        let tests = tests.collect();
        let untried = untried.into_iter().map(str::to_owned).collect();
        Trial { version: rules.version().to_owned(), tests, untried }
    }
}

impl Trial {
    /// How many tests do not hold.
    pub fn failed(&self) -> usize {
        self.tests.iter().filter(|test| !test.holds).count()
    }
}
