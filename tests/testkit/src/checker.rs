//! Looks at everything that was said, and says whether anything was lost or happened twice.
//!
//! It reads the events as any consumer would see them and knows nothing of how they came about.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;
use tracerail_schemas::Timestamp;

/// What ought to be so.
#[derive(Clone, Debug, Default)]
pub struct Expectation {
    /// The ids of the content that was taken in.
    pub contents: BTreeSet<String>,
    /// Whether every item has come to rest: ended, or with an open task.
    pub at_rest: bool,
}

/// What was found, when nothing is wrong.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Checked {
    /// Items by outcome.
    pub outcomes: BTreeMap<String, usize>,
    /// Items with an open task.
    pub open: usize,
    /// Tasks.
    pub tasks: usize,
    /// Escalations.
    pub escalations: usize,
    /// Events, each id counted once.
    pub events: usize,
}

/// Something that must not be.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Violation {
    /// Nothing is heard of an item that was taken in.
    Lost(String),
    /// An item came to no rest: it has neither an end nor an open task.
    Stranded(String),
    /// An item that nobody sent in.
    Phantom(String),
    /// More than one terminal event.
    EndedTwice(String),
    /// More than one route, or analysis.
    DecidedTwice(String),
    /// More than one task.
    TwoTasks(String),
    /// An item has ended while its task is open, or the task is closed and the item has not.
    EndsDisagree(String),
    /// A task's versions are not 1, 2, 3, ...
    VersionGap(String),
    /// Two different changes claim one version of a task.
    VersionTwice(String),
    /// A task was raised to one level twice, or a deadline was fired twice.
    FiredTwice(String),
    /// Something changed a task after its end.
    AfterTheEnd(String),
    /// A breach before its deadline, or one whose times cannot be read.
    Early(String),
    /// The end of an item names an event that was never told.
    Untold(String),
}

/// Reads events as `tracerail watch --json` prints them.
pub fn check(events: &[Value], expected: &Expectation) -> Result<Checked, Vec<Violation>> {
    let mut seen = Seen::default();
    let mut ids = BTreeSet::new();
    for event in events {
        // Once means one event id: a second copy of the same event is the same event.
        if ids.insert(text(event, "id")) {
            seen.look_at(event);
        }
    }
    let mut violations = seen.violations(expected);
    if expected.at_rest {
        violations.extend(
            seen.named
                .iter()
                .filter(|(id, _)| !ids.contains(*id))
                .map(|(id, content)| Violation::Untold(format!("{id} of {content}"))),
        );
    }
    if violations.is_empty() { Ok(seen.summary(ids.len())) } else { Err(violations) }
}

#[derive(Debug, Default)]
struct Seen {
    submitted: BTreeSet<String>,
    decided: BTreeMap<(String, String), usize>,
    ended: BTreeMap<String, Vec<String>>,
    tasks: BTreeMap<String, SeenTask>,
    tasks_of: BTreeMap<String, BTreeSet<String>>,
    fired: BTreeMap<String, usize>,
    early: BTreeSet<String>,
    /// The events that the ends name as what led there, each with its content.
    named: BTreeMap<String, String>,
}

#[derive(Debug, Default)]
struct SeenTask {
    content: Option<String>,
    /// By version: the state since. Events derived from one change carry one state.
    versions: BTreeMap<u64, Value>,
    contested: BTreeSet<u64>,
    superseded: BTreeSet<u64>,
}

impl Seen {
    fn look_at(&mut self, event: &Value) {
        let kind = text(event, "type");
        let kind = kind.trim_start_matches("io.tracerail.").trim_end_matches(".v1");
        let data = event.get("data").unwrap_or(&Value::Null);
        match kind {
            "content.submitted" => {
                self.submitted.insert(text(data, "id"));
            }
            "content.analyzed" | "content.routed" => {
                *self.decided.entry((content_of(data), kind.to_owned())).or_default() += 1;
            }
            "content.completed" => {
                let id = content_of(data);
                for before in data.get("trail").and_then(Value::as_array).into_iter().flatten() {
                    self.named.insert(before.as_str().unwrap_or_default().to_owned(), id.clone());
                }
                self.ended.entry(id).or_default().push(text(data, "outcome"));
            }
            _ => self.look_at_task(kind, data),
        }
    }

    fn look_at_task(&mut self, kind: &str, data: &Value) {
        let id = text(data, "task_id");
        // What has no version is no change: a request, a refusal, a warning.
        let Some(version) = data.get("version").and_then(Value::as_u64).filter(|_| !id.is_empty()) else {
            return;
        };
        self.look_at_clock(kind, &id, data);
        let content = Some(content_of(data)).filter(|content| !content.is_empty());
        if let Some(content) = &content {
            self.tasks_of.entry(content.clone()).or_default().insert(id.clone());
        }
        let task = self.tasks.entry(id).or_default();
        task.content = content.or(task.content.take());
        let state = data.get("state").unwrap_or(&Value::Null);
        if task.versions.entry(version).or_insert_with(|| state.clone()) != state {
            task.contested.insert(version);
        }
        if kind == "task.escalation_superseded" {
            task.superseded.insert(version);
        }
    }

    fn look_at_clock(&mut self, kind: &str, id: &str, data: &Value) {
        let detail = data.get("detail").unwrap_or(&Value::Null);
        let fired = match kind {
            "task.escalated" => format!("{id} escalated to level {}", detail["level"]),
            "sla.breached" => format!("{id} breached level {} loop {}", detail["level"], detail["loop"]),
            _ => return,
        };
        *self.fired.entry(fired).or_default() += 1;
        let (at, due_at) = (time(data, "at"), time(detail, "due_at"));
        if kind == "sla.breached" && at.zip(due_at).is_none_or(|(at, due_at)| at < due_at) {
            self.early.insert(id.to_owned());
        }
    }

    fn violations(&self, expected: &Expectation) -> Vec<Violation> {
        let mut found = BTreeSet::new();
        for id in &expected.contents {
            if !self.submitted.contains(id) {
                found.insert(Violation::Lost(id.clone()));
            } else if expected.at_rest && !self.ended.contains_key(id) && !self.tasks_of.contains_key(id) {
                found.insert(Violation::Stranded(id.clone()));
            }
        }
        found.extend(self.submitted.difference(&expected.contents).cloned().map(Violation::Phantom));
        let twice = |counts: &BTreeMap<String, usize>| {
            counts.iter().filter(|(_, count)| **count > 1).map(|(what, _)| what.clone()).collect::<Vec<_>>()
        };
        found.extend(twice(&self.fired).into_iter().map(Violation::FiredTwice));
        found.extend(self.early.iter().cloned().map(Violation::Early));
        for ((id, _), count) in &self.decided {
            if *count > 1 {
                found.insert(Violation::DecidedTwice(id.clone()));
            }
        }
        for (id, ends) in &self.ended {
            if ends.len() > 1 {
                found.insert(Violation::EndedTwice(id.clone()));
            }
        }
        for (id, tasks) in &self.tasks_of {
            if tasks.len() > 1 {
                found.insert(Violation::TwoTasks(id.clone()));
            }
        }
        for (id, task) in &self.tasks {
            found.extend(task.violations(id, &self.ended));
        }
        found.into_iter().collect()
    }

    fn summary(&self, events: usize) -> Checked {
        let mut outcomes = BTreeMap::new();
        for outcome in self.ended.values().flatten() {
            *outcomes.entry(outcome.clone()).or_default() += 1;
        }
        Checked {
            outcomes,
            open: self.tasks.values().filter(|task| !task.closed()).count(),
            tasks: self.tasks.len(),
            escalations: self.fired.keys().filter(|what| what.contains("escalated")).count(),
            events,
        }
    }
}

impl SeenTask {
    fn closed(&self) -> bool {
        self.versions.values().any(is_closed)
    }

    fn violations(&self, id: &str, ended: &BTreeMap<String, Vec<String>>) -> Vec<Violation> {
        let mut found = Vec::new();
        if !self.versions.keys().copied().eq(1..=self.versions.len() as u64) {
            found.push(Violation::VersionGap(format!("{id}: {:?}", self.versions.keys())));
        }
        let at = |version: &u64| format!("{id} at version {version}");
        found.extend(self.contested.iter().map(|version| Violation::VersionTwice(at(version))));
        if let Some(content) = &self.content
            && self.closed() != ended.contains_key(content)
        {
            found.push(Violation::EndsDisagree(content.clone()));
        }
        if let Some((end, _)) = self.versions.iter().find(|(_, state)| is_closed(state)) {
            let after =
                self.versions.keys().filter(|version| *version > end && !self.superseded.contains(version));
            found.extend(after.map(|version| Violation::AfterTheEnd(at(version))));
        }
        found
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

fn is_closed(state: &Value) -> bool {
    let status = text(state, "status");
    status == "completed" || status == "cancelled"
}

/// Parsed, because times are written with as many digits as they need: `...:00Z` is before `...:00.5Z`.
fn time(value: &Value, field: &str) -> Option<Timestamp> {
    text(value, field).parse().ok()
}

fn text(value: &Value, field: &str) -> String {
    value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The id of the content an event is about.
fn content_of(data: &Value) -> String {
    data.get("content").map(|content| text(content, "id")).unwrap_or_default()
}
