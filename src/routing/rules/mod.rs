//! Rules in a file, walked from the highest priority down; rules of the same priority in the order they stand.
//!
//! The fields a rule may look at are of two kinds. **Facts** do not come from a model: content (keywords), metadata, source,
//! tenant, user, token count, the priority asked for. The **analyser's fields** can be wrong, or be what the content talked
//! a model into: analyst, sentiment, complexity, confidence, proposed decision, flags, language.
//!
//! A rule whose facts do not hold is skipped. For the others:
//!
//! | the rule decides | looks at the analyser's fields | then |
//! |---|---|---|
//! | human, escalate, reject | no | it is the *candidate*; the walk stops |
//! | reject | yes | refused at load: an automatic reject comes from facts alone |
//! | auto | no, or they hold | it is the candidate; the walk stops |
//! | auto | they do not hold | *withheld*: the item can no longer end without a person; the walk goes on |
//! | human, escalate | they hold | *raised*: it joins the decision; the walk goes on |
//! | human, escalate | they do not hold | nothing |
//!
//! No candidate: the file's default, which is human or escalate. The decision is the join (`RoutingDecision::join`) of the
//! candidate, all raises, and human for each withheld rule.
//!
//! - The word-list analyser is no model: an auto rule holds under it only if its `analyst` list names `lexical`.
//! - The analysis failed: no auto rule holds, the decision is at least human, and each escalate rule whose facts hold is taken
//!   to hold, for nobody knows what the analysis would have said. Breaking the analyser never buys an item less scrutiny.
//! - An auto rule may only ask the analyser for reassurance (confidence above, complexity below, no flags); a human or escalate
//!   rule only for suspicion (confidence below, complexity above, any of these flags). The other direction is refused at load.
//!   A missing or broken confidence counts as 0, a missing complexity as 1.
//!
//! Hence, for every set of rules and with the facts fixed: one more flag, a lower confidence, a higher complexity or a failed
//! analysis never lowers the scrutiny; and one rule at most can end an item without a person, so that where any analysis leads
//! to reject, none leads to auto. `tests/scrutiny.rs` proves both with random rules and contexts.
//!
//! An expression (`cel`) is a fact, see `expression`. One that cannot be evaluated on an item makes its rule *unevaluated*: it joins the
//! decision, human or the rule's own escalate, and the walk goes on. So nothing ends without a person past a rule that could not be
//! asked, and what a source leaves out buys no less scrutiny.
//!
//! Deliberately absent: scripts and regular expressions (rules stay readable and their cost bounded), `not` around whole rules,
//! and an automatic default.

mod condition;
mod engine;
mod error;
mod explain;
mod expression;
mod facts;
mod file;
mod load;
mod opinion;
mod outcome;
#[cfg(test)]
mod tests;
mod walk;

pub use engine::RulesEngine;
pub use error::RulesError;
pub(super) use error::syntax_error;
