//! From text to rules, or to words that say what is wrong with it and where.

use tracerail_schemas::routing::RoutingDecision;

use super::condition::Bounds;
use super::error::{RulesError, syntax_error};
use super::expression::{Expression, Root};
use super::facts::Vocabulary;
use super::file::{RuleEntry, RulesFile, Then, When};
use super::opinion::opinions;
use super::walk::Rule;

/// Rules, checked and in the order of the walk.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) rules: Vec<Rule>,
    pub(super) default: Then,
    pub(super) vocabulary: Vocabulary,
    pub(super) root: Root,
}

/// Reads the file; `file` is its name, for errors. All that is wrong is told, but what is no YAML is told by its first mistake.
pub(super) fn load(file: &str, text: &str) -> Result<Loaded, Vec<RulesError>> {
    // `country: NO` is Norway, not false.
    let options = serde_saphyr::options! { strict_booleans: true };
    let read = serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| vec![syntax_error(file, &error)])?;
    check(file, read)
}

fn check(file: &str, read: RulesFile) -> Result<Loaded, Vec<RulesError>> {
    let mut wrong: Vec<RulesError> = outside_problems(&read)
        .into_iter()
        .map(|problem| RulesError::File { file: file.to_owned(), problem })
        .collect();
    let root = Root::new();
    let mut vocabulary = Vocabulary::default();
    let mut rules: Vec<Rule> = Vec::with_capacity(read.rules.len());
    for entry in read.rules {
        let (line, entry) = (entry.referenced.line(), entry.value);
        let twin = rules.iter().find(|rule| rule.name == entry.name);
        let checked = match twin {
            Some(twin) => Err(format!("line {} has a rule of the same name", twin.line)),
            None => problem(&entry).map_or_else(|| expression(&entry.when, &root), Err),
        };
        match checked {
            Ok(expression) => rules.push(rule(entry, line, expression, &mut vocabulary)),
            Err(problem) => {
                wrong.push(RulesError::Rule { file: file.to_owned(), line, rule: entry.name, problem });
            }
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    // Stable: rules of one priority keep the order of the file.
    rules.sort_by_key(|rule| std::cmp::Reverse(rule.priority));
    Ok(Loaded { rules, default: read.default, vocabulary, root })
}

fn outside_problems(read: &RulesFile) -> Vec<String> {
    let decision = read.default.decision;
    let version =
        (read.version != 1).then(|| format!("version is {}, but this engine reads version 1", read.version));
    let default = (decision.scrutiny() == 0).then(|| {
        format!("the default is {decision}, but what no rule knows must go to a person: human or escalate")
    });
    version.into_iter().chain(default).collect()
}

fn expression(when: &When, root: &Root) -> Result<Option<Expression>, String> {
    when.cel.as_deref().map(|source| Expression::compile(source, root)).transpose()
}

fn rule(entry: RuleEntry, line: u64, expression: Option<Expression>, vocabulary: &mut Vocabulary) -> Rule {
    Rule {
        line,
        facts: vocabulary.facts(&entry.when),
        expression,
        opinions: opinions(&entry.when),
        name: entry.name,
        priority: entry.priority,
        then: entry.then,
    }
}

fn problem(entry: &RuleEntry) -> Option<String> {
    if entry.name.trim().is_empty() {
        return Some("it has no name".to_owned());
    }
    empty_condition(&entry.when).or_else(|| match entry.then.decision {
        RoutingDecision::Reject => reject_problem(&entry.when),
        RoutingDecision::Auto => auto_problem(&entry.when),
        RoutingDecision::Human | RoutingDecision::Escalate => suspicion_problem(&entry.when),
    })
}

/// Conditions that can never hold, or always do, are mistakes.
fn empty_condition(when: &When) -> Option<String> {
    let bounds =
        [("token_count", when.token_count), ("complexity", when.complexity), ("confidence", when.confidence)];
    let bad_bounds = bounds
        .iter()
        .find_map(|(name, bounds)| Some(format!("{name} {}", bounds.and_then(Bounds::problem)?)));
    let bad_field =
        || when.metadata.iter().find_map(|(field, one)| Some(format!("metadata.{field} {}", one.problem()?)));
    let bad_keywords = || {
        let keywords = when.keywords.as_ref()?;
        let words = || keywords.any.iter().chain(&keywords.all).chain(&keywords.none);
        let empty = words().next().is_none() || words().any(|word| word.trim().trim_matches('*').is_empty());
        empty.then(|| "keywords is empty or has an empty word".to_owned())
    };
    let bad_flags = || {
        let flags = when.flags.as_ref()?;
        let empty = flags.any.is_empty() && flags.all.is_empty() && flags.none.is_empty();
        (empty && !flags.no_flag_at_all).then(|| "flags is empty".to_owned())
    };
    bad_bounds.or_else(bad_field).or_else(bad_keywords).or_else(bad_flags).or_else(|| empty_list(when))
}

fn empty_list(when: &When) -> Option<String> {
    fn empty<T>(list: Option<&Vec<T>>) -> bool {
        list.is_some_and(Vec::is_empty)
    }
    let lists = [
        ("source", empty(when.source.as_ref())),
        ("tenant", empty(when.tenant.as_ref())),
        ("user", empty(when.user.as_ref())),
        ("priority", empty(when.priority.as_ref())),
        ("analyst", empty(when.analyst.as_ref())),
        ("sentiment", empty(when.sentiment.as_ref())),
        ("proposed", empty(when.proposed.as_ref())),
        ("language", empty(when.language.as_ref())),
    ];
    let (name, _) = lists.iter().find(|(_, empty)| *empty)?;
    Some(format!("{name} can never hold: its list is empty"))
}

fn reject_problem(when: &When) -> Option<String> {
    if let Some(opinion) = opinion_names(when).first() {
        return Some(format!(
            "it rejects on `{opinion}`, which is the analyser's; an automatic reject comes from facts alone \
             (keywords, metadata, source, tenant, user, token_count, priority, cel). Decide human instead"
        ));
    }
    without_conditions(when)
}

fn auto_problem(when: &When) -> Option<String> {
    let reassures = "an auto rule may only ask the analyser for reassurance";
    if when.confidence.is_some_and(Bounds::has_upper) {
        return Some(format!("{reassures}: confidence may have at_least or above, not at_most or below"));
    }
    if when.complexity.is_some_and(Bounds::has_lower) {
        return Some(format!("{reassures}: complexity may have at_most or below, not at_least or above"));
    }
    if when.flags.as_ref().is_some_and(|flags| !flags.any.is_empty() || !flags.all.is_empty()) {
        return Some(format!("{reassures}: flags may be `none` or {{none: [..]}}, not any or all"));
    }
    if when.proposed.is_some() {
        return Some(format!("{reassures}, and what a model proposes is none: leave out `proposed`"));
    }
    without_conditions(when)
}

fn suspicion_problem(when: &When) -> Option<String> {
    let suspects = "a human or escalate rule may only ask the analyser for suspicion";
    if when.confidence.is_some_and(Bounds::has_lower) {
        return Some(format!("{suspects}: confidence may have at_most or below, not at_least or above"));
    }
    if when.complexity.is_some_and(Bounds::has_upper) {
        return Some(format!("{suspects}: complexity may have at_least or above, not at_most or below"));
    }
    if when.flags.as_ref().is_some_and(|flags| !flags.none.is_empty() || flags.no_flag_at_all) {
        return Some(format!("{suspects}: flags may have any or all, not none"));
    }
    None
}

/// A `when` that lost its indentation must not end every item without a person.
fn without_conditions(when: &When) -> Option<String> {
    let facts = when.keywords.is_some()
        || !when.metadata.is_empty()
        || when.source.is_some()
        || when.tenant.is_some()
        || when.user.is_some()
        || when.token_count.is_some()
        || when.priority.is_some()
        || when.cel.is_some();
    (!facts && opinion_names(when).is_empty()).then(|| {
        "it ends every item without a person; name at least one condition, for example `source`".to_owned()
    })
}

fn opinion_names(when: &When) -> Vec<&'static str> {
    [
        ("analyst", when.analyst.is_some()),
        ("sentiment", when.sentiment.is_some()),
        ("complexity", when.complexity.is_some()),
        ("confidence", when.confidence.is_some()),
        ("proposed", when.proposed.is_some()),
        ("flags", when.flags.is_some()),
        ("language", when.language.is_some()),
    ]
    .into_iter()
    .filter_map(|(name, given)| given.then_some(name))
    .collect()
}
