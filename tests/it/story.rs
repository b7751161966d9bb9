//! A small story in which everything happens once: items that end by themselves, tasks that are worked, given up, raised by
//! route, by hand and by a deadline. Whoever tells it twice must come to the same end, event by event.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Value, json};
use tracerail::config::Edition;
use tracerail_schemas::{ContentKey, TaskId, TenantId};
use tracerail_testkit::{Finished, Program, wait_until};

use crate::pair;
use crate::place::{End, Place, SOON};

/// `late` has the SLA of the configuration, a third of a second; its next level is a lifetime away, so that it breaches once.
const CONFIG: &str = r"
routing: { rules_file: rules.yaml, candidate_groups: [desk] }
tasks: { default_sla_hours: 0.0001, escalation_hours: 800000, assignment_strategy: manual }
actors: { sla_tick: 20ms }
people: { lea: { lead: true } }
groups: { desk: { members: [ann, bob], leads: [lea] } }
";

const RULES: &str = r"
version: 1
default: { decision: human, reason: Nobody knows this kind. }
rules:
  - { name: a, when: { metadata: { way: auto }, analyst: [lexical] }, then: { decision: auto, reason: Harmless. } }
  - { name: r, when: { metadata: { way: reject } }, then: { decision: reject, reason: Harmful. } }
  - { name: e, when: { metadata: { way: escalate } }, then: { decision: escalate, reason: Grave., sla_hours: 100 } }
  - { name: h, when: { metadata: { way: human } }, then: { decision: human, reason: Unclear., sla_hours: 100 } }
  - { name: l, when: { metadata: { way: late } }, then: { decision: human, reason: Urgent. } }
";

/// Each item, and the way it goes.
pub(crate) const ITEMS: [(&str, &str); 12] = [
    ("auto-1", "auto"),
    ("auto-2", "auto"),
    ("auto-3", "auto"),
    ("reject-1", "reject"),
    ("reject-2", "reject"),
    ("open", "human"),
    ("decided", "human"),
    ("given-up", "human"),
    ("by-hand", "human"),
    ("grave-1", "escalate"),
    ("grave-2", "escalate"),
    ("late", "late"),
];

/// Each command: on the task of which item, by whom, and what.
pub(crate) const COMMANDS: [(&str, &str, &[&str]); 7] = [
    ("decided", "ann", &["claim"]),
    ("decided", "ann", &["start"]),
    ("decided", "ann", &["complete", "--decision", "approved"]),
    ("given-up", "lea", &["cancel", "sent twice"]),
    ("by-hand", "bob", &["escalate", "too hard"]),
    ("grave-1", "bob", &["claim"]),
    ("grave-1", "bob", &["complete", "--decision", "rejected"]),
];

/// A story told without a crash, and the store at the ends of its chapters.
pub(crate) struct Told {
    /// Everything is in, and nobody has handled it yet.
    pub(crate) submitted: Chapter,
    /// Everything is handled, and the deadline has passed.
    pub(crate) handled: Chapter,
    /// The commands are given.
    pub(crate) commanded: Chapter,
}

/// Where a story stands.
pub(crate) struct Chapter {
    pub(crate) events: Vec<Value>,
    store: Vec<u8>,
}

/// The story, told once for all tests.
pub(crate) static TOLD: LazyLock<Told> = LazyLock::new(|| {
    let place = place();
    submit(&place.program).ok();
    let submitted = Chapter::of(&place);
    let runner = place.start("run.log");
    handled(&place, "undisturbed");
    assert_eq!(runner.terminate(), Some(0));
    let handled = Chapter::of(&place);
    for number in 0..COMMANDS.len() {
        command(&place.program, number).ok();
    }
    place.rest(ITEMS.len() as u64);
    Told { submitted, handled, commanded: Chapter::of(&place) }
});

impl Chapter {
    /// Nobody has the store open, so the one file is all of it.
    fn of(place: &Place) -> Self {
        Self { events: place.events(), store: std::fs::read(place.scratch.join("tracerail.db")).unwrap() }
    }

    /// A place where the story stands here.
    pub(crate) fn place(&self) -> Place {
        let place = place();
        place.scratch.write("tracerail.db", &self.store);
        place
    }

    pub(crate) fn end(&self) -> End {
        End::of(&self.events, &contents())
    }
}

/// Where a story is told.
pub(crate) fn place() -> Place {
    place_on(Edition::Embedded)
}

/// The same on this edition.
pub(crate) fn place_on(edition: Edition) -> Place {
    let place = Place::new(&format!("{CONFIG}{}", pair::configuration(edition)), RULES);
    let item = |(id, way): &(&str, &str)| {
        json!({"id": id, "content": format!("Notes about {id}."), "metadata": {"way": way}}).to_string()
    };
    place.scratch.write("items.jsonl", ITEMS.iter().map(item).collect::<Vec<_>>().join("\n"));
    place
}

/// The ids of the items.
pub(crate) fn contents() -> BTreeSet<String> {
    ITEMS.iter().map(|(id, _)| (*id).to_owned()).collect()
}

/// Takes the items in; nobody handles them yet. Again, it takes in what is not in.
pub(crate) fn submit(program: &Program) -> Finished {
    program.run(["submit", "items.jsonl", "--no-wait", "--json"])
}

/// Gives a command under an id of its own: again, it gets its first answer.
pub(crate) fn command(program: &Program, number: usize) -> Finished {
    program.run(command_arguments(number))
}

/// What a command is given with.
pub(crate) fn command_arguments(number: usize) -> Vec<String> {
    let (item, person, words) = COMMANDS[number];
    let (task, id) = (task_of(item), format!("00000000-0000-4000-8000-{number:012}"));
    let (verb, rest) = words.split_first().unwrap();
    let args = ["task", verb, &task].into_iter().chain(rest.iter().copied());
    args.chain(["--as", person, "--command-id", &id, "--json"]).map(str::to_owned).collect()
}

/// The id of an item's task.
pub(crate) fn task_of(item: &str) -> String {
    TaskId::of_content(&ContentKey::new(TenantId::default(), "default", item).unwrap()).to_string()
}

/// Waits until every item has ended or has its task, and the deadline has passed.
pub(crate) fn handled(place: &Place, when: &str) {
    wait_until(&format!("{when}: the deadline has passed and nothing waits"), SOON, || {
        let status = place.rest(ITEMS.len() as u64);
        // Two by their route, one by its deadline.
        (status["escalated"] == 3).then_some(()).ok_or_else(|| status.to_string())
    });
}
