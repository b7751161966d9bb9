//! The rules of this process, and what became of their changes.

use super::families::{RULES_BROKEN, RULES_CHANGES, RULES_INFO};
use super::text::Text;
use crate::routing::RulesStatus;

pub(super) fn write(text: &mut Text, rules: &RulesStatus) {
    text.family(&RULES_INFO);
    text.sample(&RULES_INFO, &[("version", &rules.version)], 1);
    text.family(&RULES_CHANGES);
    for (outcome, count) in [("taken", rules.taken), ("refused", rules.refused)] {
        text.sample(&RULES_CHANGES, &[("outcome", outcome)], count);
    }
    text.single(&RULES_BROKEN, u8::from(rules.problem.is_some()));
}
