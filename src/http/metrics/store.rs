//! What only store and log know. Every process that is asked says the same.

use tracerail_actors::port::Totals;
use tracerail_schemas::content::Outcome;
use tracerail_schemas::task::{SlaState, Status};

use super::families::{
    CONTENTS, CONTENTS_ENDED, DEAD_LETTERS, EVENTS_WAITING, Family, OUTBOX, STORE_UP, TASKS, TASKS_BY_SLA,
    TASKS_ESCALATED,
};
use super::text::Text;
use crate::http::probe::Counts;

pub(super) fn write(text: &mut Text, counts: &Counts) {
    text.single(&STORE_UP, u8::from(counts.totals.is_some()));
    text.family(&EVENTS_WAITING);
    for (consumer, waiting) in &counts.waiting {
        if let Some(waiting) = waiting {
            text.sample(&EVENTS_WAITING, &[("actor", consumer.as_str())], waiting);
        }
    }
    if let Some(unsent) = counts.unsent {
        text.single(&OUTBOX, unsent);
    }
    if let Some(all) = &counts.totals {
        totals(text, all);
    }
}

fn totals(text: &mut Text, totals: &Totals) {
    text.single(&DEAD_LETTERS, totals.dead_letters_held);
    text.single(&CONTENTS, totals.contents);
    by_name(
        text,
        &CONTENTS_ENDED,
        "outcome",
        Outcome::ALL.map(|one| (one.as_str(), found(&totals.outcomes, &one))),
    );
    by_name(text, &TASKS, "status", Status::ALL.map(|one| (one.as_str(), found(&totals.tasks, &one))));
    by_name(text, &TASKS_BY_SLA, "state", SlaState::ALL.map(|one| (one.as_str(), found(&totals.sla, &one))));
    text.single(&TASKS_ESCALATED, totals.escalated);
}

/// One sample a name, also where there is nothing to count: a line that appears late cannot be compared with before.
fn by_name<const N: usize>(
    text: &mut Text,
    family: &Family,
    label: &'static str,
    counts: [(&'static str, u64); N],
) {
    text.family(family);
    for (name, count) in counts {
        text.sample(family, &[(label, name)], count);
    }
}

fn found<T: PartialEq>(counts: &[(T, u64)], one: &T) -> u64 {
    counts.iter().find(|(name, _)| name == one).map_or(0, |(_, count)| *count)
}
