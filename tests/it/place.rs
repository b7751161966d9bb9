//! A store of a test's own with its people, groups and rules, and the real program on it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;
use tracerail_testkit::{Checked, Expectation, Finished, Process, Program, Scratch, check, wait_until};

/// Far longer than anything takes: what is not there by then does not come.
pub(crate) const SOON: Duration = Duration::from_mins(2);

/// A folder with a configuration, and in time a store.
pub(crate) struct Place {
    pub(crate) scratch: Scratch,
    pub(crate) program: Program,
}

/// What a user can see in the end; equal for two runs in which the same happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct End {
    pub(crate) checked: Checked,
    /// Events by id, each with its subject.
    pub(crate) events: BTreeMap<String, String>,
    /// Items by id: how they ended.
    pub(crate) outcomes: BTreeMap<String, String>,
    /// Tasks by id: version and status.
    pub(crate) tasks: BTreeMap<String, (u64, String)>,
}

impl Place {
    pub(crate) fn new(config: &str, rules: &str) -> Self {
        let scratch = Scratch::new();
        scratch.write("tracerail.yaml", config);
        scratch.write("rules.yaml", rules);
        let program = Program::new(env!("CARGO_BIN_EXE_tracerail"), scratch.path());
        Self { scratch, program }
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Finished {
        self.program.run(args)
    }

    /// Starts the actors, and waits until they are ready.
    pub(crate) fn start(&self, log: &str) -> Process {
        self.start_with(log, &[])
    }

    /// The same, with these arguments.
    pub(crate) fn start_with(&self, log: &str, args: &[&str]) -> Process {
        self.start_as(&self.program, log, args)
    }

    /// The same by this program.
    pub(crate) fn start_as(&self, program: &Program, log: &str, args: &[&str]) -> Process {
        let mut process = program.spawn(log, ["run", "--json"].iter().chain(args));
        wait_until("the actors are ready", SOON, || {
            let said = std::fs::read_to_string(self.scratch.join(log)).unwrap_or_default();
            if let Some(status) = process.ended() {
                panic!("`tracerail run` ended with {status}: {said}");
            }
            said.contains("\"ready\"").then_some(()).ok_or(said)
        });
        process
    }

    pub(crate) fn status(&self) -> Value {
        self.run(&["status", "--json"]).ok().json()
    }

    /// Everything that was said, as any consumer sees it.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.run(&["watch", "--from-start", "--no-follow", "--json"]).ok().json_lines()
    }

    /// Waits until that many items are in and nothing waits for an actor any more.
    pub(crate) fn rest(&self, items: u64) -> Value {
        wait_until("everything is at rest", SOON, || {
            let status = self.run(&["status", "--json"]);
            let at_rest = status.code == Some(0) && is_at_rest(&status.json(), items);
            if at_rest { Ok(status.json()) } else { Err(format!("{}{}", status.stdout, status.stderr)) }
        })
    }

    /// What everything has come to; nothing lost and nothing twice, or the test ends.
    pub(crate) fn end(&self, contents: &BTreeSet<String>) -> End {
        End::of(&self.events(), contents)
    }
}

impl End {
    pub(crate) fn of(events: &[Value], contents: &BTreeSet<String>) -> Self {
        let expected = Expectation { contents: contents.clone(), at_rest: true };
        let checked =
            check(events, &expected).unwrap_or_else(|wrong| panic!("{} wrong: {wrong:#?}", wrong.len()));
        let mut end =
            Self { checked, events: BTreeMap::new(), outcomes: BTreeMap::new(), tasks: BTreeMap::new() };
        for event in events {
            let (subject, data) = (text(&event["type"]), &event["data"]);
            end.events.insert(text(&event["id"]), subject.clone());
            if subject.contains("content.completed") {
                end.outcomes.insert(text(&data["content"]["id"]), text(&data["outcome"]));
            }
            if let Some(version) = data["version"].as_u64() {
                let task = end.tasks.entry(text(&data["task_id"])).or_default();
                *task = task.clone().max((version, text(&data["state"]["status"])));
            }
        }
        end
    }

    /// Ends the test when another run has come to another end, and says where they part.
    pub(crate) fn must_be(&self, expected: &Self, what: &str) {
        let parts = |one: &Self, other: &Self| {
            let events = one.events.iter().filter(|(id, _)| !other.events.contains_key(*id)).take(20);
            let tasks = one.tasks.iter().filter(|(id, task)| other.tasks.get(*id) != Some(task)).take(20);
            format!("{:?}\n{:?}", events.collect::<Vec<_>>(), tasks.collect::<Vec<_>>())
        };
        assert!(
            self == expected,
            "{what}: another end than without a crash\nonly here: {}\nonly there: {}\nhere {:?}\nthere {:?}",
            parts(self, expected),
            parts(expected, self),
            self.checked,
            expected.checked
        );
    }
}

fn is_at_rest(status: &Value, items: u64) -> bool {
    let waiting: u64 = status["waiting"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    status["contents"] == items && waiting == 0
}

/// A JSON text.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
