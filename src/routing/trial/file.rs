//! The shape of a file of tests.

use std::fmt;

use serde::de::{self, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer};
use serde_saphyr::Spanned;
use tracerail_schemas::TenantId;
use tracerail_schemas::analysis::{AnalystKind, RiskFlag, Sentiment};
use tracerail_schemas::routing::{RoutingContext, RoutingDecision};
use tracerail_schemas::task::Priority;

use super::expect::Expect;
use crate::routing::RulesError;
use crate::routing::rules::syntax_error;

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct TestsFile {
    version: u32,
    tests: Vec<Spanned<Entry>>,
}

/// One test.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) name: String,
    #[serde(default)]
    pub(super) given: Given,
    pub(super) expect: Expect,
}

/// An item as its source and the analyser describe it.
#[derive(Deserialize, Default, Debug)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Given {
    content: String,
    source: String,
    metadata: serde_json::Map<String, serde_json::Value>,
    tenant: TenantId,
    #[serde(alias = "user_id")]
    user: Option<String>,
    priority: Option<Priority>,
    token_count: Option<u64>,
    analysis: Analysis,
}

/// What the analyser said.
#[derive(Default, Debug)]
enum Analysis {
    /// What the word lists say.
    #[default]
    Offline,
    Failed,
    Said(Said),
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields, default)]
struct Said {
    analyst: AnalystKind,
    sentiment: Option<Sentiment>,
    complexity: Option<f64>,
    confidence: Option<f64>,
    proposed: Option<RoutingDecision>,
    flags: Vec<String>,
    language: Option<String>,
}

impl Default for Said {
    fn default() -> Self {
        Self {
            analyst: AnalystKind::Model,
            sentiment: None,
            complexity: None,
            confidence: None,
            proposed: None,
            flags: vec![],
            language: None,
        }
    }
}

impl Given {
    /// The item as routing sees it; `offline` reads it where no analysis is given.
    pub(super) fn context(&self, offline: impl FnOnce(&mut RoutingContext)) -> RoutingContext {
        let mut context = RoutingContext {
            content: self.content.clone(),
            metadata: self.metadata.clone(),
            tenant: self.tenant.clone(),
            source: self.source.clone(),
            token_count: self.token_count,
            priority: self.priority,
            user_id: self.user.clone(),
            analyst: None,
            sentiment: None,
            complexity_score: None,
            confidence: None,
            proposed: None,
            flags: vec![],
            language: None,
        };
        match &self.analysis {
            Analysis::Offline => offline(&mut context),
            Analysis::Failed => {}
            Analysis::Said(said) => said.put_into(&mut context),
        }
        context
    }
}

impl Said {
    fn put_into(&self, context: &mut RoutingContext) {
        context.analyst = Some(self.analyst);
        context.sentiment = self.sentiment;
        context.complexity_score = self.complexity;
        context.confidence = self.confidence;
        context.proposed = self.proposed;
        let flag = |code: &String| RiskFlag { code: code.clone(), evidence: String::new() };
        context.flags = self.flags.iter().map(flag).collect();
        context.language.clone_from(&self.language);
    }
}

struct AnalysisVisitor;

impl<'de> Visitor<'de> for AnalysisVisitor {
    type Value = Analysis;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`failed`, or what was said, such as {confidence: 0.9, flags: [threat]}")
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Analysis, E> {
        match value {
            "failed" => Ok(Analysis::Failed),
            other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Analysis, A::Error> {
        Said::deserialize(MapAccessDeserializer::new(map)).map(Analysis::Said)
    }
}

impl<'de> Deserialize<'de> for Analysis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnalysisVisitor)
    }
}

/// The tests of a file, each with its line.
pub(super) fn read(file: &str, text: &str) -> Result<Vec<(u64, Entry)>, RulesError> {
    let options = serde_saphyr::options! { strict_booleans: true };
    let read: TestsFile =
        serde_saphyr::from_str_with_options(text, options).map_err(|error| syntax_error(file, &error))?;
    let wrong = |problem: String| RulesError::File { file: file.to_owned(), problem };
    if read.version != 1 {
        return Err(wrong(format!("version is {}, but tests of version 1 are read", read.version)));
    }
    if read.tests.is_empty() {
        return Err(wrong("it has no tests".to_owned()));
    }
    let tests: Vec<_> = read.tests.into_iter().map(|one| (one.referenced.line(), one.value)).collect();
    match tests.iter().find(|(_, test)| test.expect.is_empty()) {
        None => Ok(tests),
        Some((line, idle)) => Err(wrong(format!("line {line}: the test {:?} expects nothing", idle.name))),
    }
}
