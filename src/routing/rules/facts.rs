//! Conditions on facts: what no model has a say in.

use std::cell::OnceCell;

use serde_json::{Value, json};
use tracerail_schemas::TenantId;
use tracerail_schemas::routing::RoutingContext;
use tracerail_schemas::task::Priority;

use super::condition::{Bounds, ValueCondition};
use super::expression::{Expression, Fault, Root, Scope};
use super::file::{Keywords, When};
use crate::llm::words::{Phrases, fold};

/// One condition on a fact. Cheap ones are asked first.
#[derive(Debug)]
pub(super) enum Fact {
    Source(Vec<String>),
    Tenant(Vec<TenantId>),
    User(Vec<String>),
    Priority(Vec<Priority>),
    TokenCount(Bounds),
    Metadata { slot: usize, condition: ValueCondition },
    Keywords(KeywordIds),
}

/// The keywords of one rule, by their ids in the one automaton of all rules.
#[derive(Debug)]
pub(super) struct KeywordIds {
    any: Vec<usize>,
    all: Vec<usize>,
    none: Vec<usize>,
}

/// All keywords and metadata fields any rule asks for, each once.
#[derive(Default, Debug)]
pub(super) struct Vocabulary {
    keywords: Vec<String>,
    fields: Vec<String>,
}

impl Vocabulary {
    /// The facts a rule asks for.
    pub(super) fn facts(&mut self, when: &When) -> Vec<Fact> {
        let mut facts = vec![];
        facts.extend(when.source.clone().map(Fact::Source));
        facts.extend(when.tenant.clone().map(Fact::Tenant));
        facts.extend(when.user.clone().map(Fact::User));
        facts.extend(when.priority.clone().map(Fact::Priority));
        facts.extend(when.token_count.map(Fact::TokenCount));
        for (field, condition) in &when.metadata {
            let slot = position(&mut self.fields, field);
            facts.push(Fact::Metadata { slot, condition: condition.clone() });
        }
        facts.extend(when.keywords.as_ref().map(|keywords| Fact::Keywords(self.keywords(keywords))));
        facts
    }

    fn keywords(&mut self, keywords: &Keywords) -> KeywordIds {
        let mut ids = |words: &[String]| {
            words.iter().map(|word| position(&mut self.keywords, &fold(word.trim()))).collect()
        };
        KeywordIds { any: ids(&keywords.any), all: ids(&keywords.all), none: ids(&keywords.none) }
    }

    /// The automaton that finds all keywords of all rules at once.
    pub(super) fn phrases(&self) -> Result<Phrases, aho_corasick::BuildError> {
        Phrases::new(&self.keywords)
    }
}

fn position(known: &mut Vec<String>, name: &str) -> usize {
    known.iter().position(|one| one == name).unwrap_or_else(|| {
        known.push(name.to_owned());
        known.len() - 1
    })
}

/// One item as the rules see it: each keyword and each field looked up once, however many rules ask.
#[derive(Debug)]
pub(super) struct Seen<'a> {
    context: &'a RoutingContext,
    tokens: f64,
    keywords: Vec<bool>,
    fields: Vec<Option<&'a Value>>,
    vocabulary: &'a Vocabulary,
    root: &'a Root,
    /// Made when the first rule asks for it; most items meet none that does.
    scope: OnceCell<Result<Scope<'a>, Fault>>,
}

impl<'a> Seen<'a> {
    #[expect(clippy::cast_precision_loss, reason = "token counts are far below 2^52")]
    pub(super) fn new(
        context: &'a RoutingContext,
        vocabulary: &'a Vocabulary,
        phrases: &Phrases,
        root: &'a Root,
    ) -> Self {
        let mut keywords = vec![false; vocabulary.keywords.len()];
        if !keywords.is_empty() {
            phrases.find(&fold(&context.content), |id, _| {
                if let Some(keyword) = keywords.get_mut(id) {
                    *keyword = true;
                }
            });
        }
        let fields = vocabulary.fields.iter().map(|field| context.metadata.get(field)).collect();
        let tokens = context.token_count.unwrap_or_else(|| (context.content.len() as u64).div_ceil(4));
        let tokens = tokens as f64;
        Self { context, tokens, keywords, fields, vocabulary, root, scope: OnceCell::new() }
    }

    /// Whether an expression holds for this item.
    pub(super) fn asked(&self, expression: &Expression) -> Result<bool, Fault> {
        let scope = self.scope.get_or_init(|| Scope::of(self.root, self.context, self.tokens));
        expression.holds(scope.as_ref().map_err(Fault::clone)?)
    }

    fn has(&self, keyword: usize) -> bool {
        self.keywords.get(keyword).copied().unwrap_or_default()
    }

    fn field(&self, slot: usize) -> Option<&'a Value> {
        self.fields.get(slot).copied().flatten()
    }

    fn words(&self, ids: &[usize]) -> Vec<&'a str> {
        ids.iter().filter_map(|&id| self.vocabulary.keywords.get(id)).map(String::as_str).collect()
    }
}

impl Fact {
    pub(super) fn holds(&self, seen: &Seen<'_>) -> bool {
        let context = seen.context;
        match self {
            Self::Source(sources) => sources.contains(&context.source),
            Self::Tenant(tenants) => tenants.contains(&context.tenant),
            Self::User(users) => context.user_id.as_ref().is_some_and(|user| users.contains(user)),
            Self::Priority(priorities) => {
                context.priority.is_some_and(|priority| priorities.contains(&priority))
            }
            Self::TokenCount(bounds) => bounds.holds(seen.tokens),
            Self::Metadata { slot, condition } => condition.holds(seen.field(*slot)),
            Self::Keywords(ids) => {
                (ids.any.is_empty() || ids.any.iter().any(|&id| seen.has(id)))
                    && ids.all.iter().all(|&id| seen.has(id))
                    && !ids.none.iter().any(|&id| seen.has(id))
            }
        }
    }

    /// The condition, what was found, and whether it held; for people.
    pub(super) fn explain(&self, seen: &Seen<'_>) -> Value {
        let context = seen.context;
        let (name, asks, found) = match self {
            Self::Source(sources) => ("source".to_owned(), json!(sources), json!(context.source)),
            Self::Tenant(tenants) => ("tenant".to_owned(), json!(tenants), json!(context.tenant)),
            Self::User(users) => ("user".to_owned(), json!(users), json!(context.user_id)),
            Self::Priority(priorities) => ("priority".to_owned(), json!(priorities), json!(context.priority)),
            Self::TokenCount(bounds) => ("token_count".to_owned(), json!(bounds), json!(seen.tokens)),
            Self::Metadata { slot, condition } => {
                let field = seen.vocabulary.fields.get(*slot).map_or("", String::as_str);
                (format!("metadata.{field}"), json!(condition), json!(seen.field(*slot)))
            }
            Self::Keywords(ids) => {
                let lists = [("any", &ids.any), ("all", &ids.all), ("none", &ids.none)];
                let asks: serde_json::Map<_, _> = lists
                    .iter()
                    .filter(|(_, ids)| !ids.is_empty())
                    .map(|(name, ids)| ((*name).to_owned(), json!(seen.words(ids))))
                    .collect();
                let mut hits: Vec<usize> = lists.iter().flat_map(|(_, ids)| ids.iter().copied()).collect();
                hits.retain(|&id| seen.has(id));
                ("keywords".to_owned(), Value::Object(asks), json!(seen.words(&hits)))
            }
        };
        json!({ "condition": name, "asks": asks, "found": found, "held": self.holds(seen) })
    }
}
