//! The stage of a story: an opened TraceRail on a file of its own, its people, its rules and a clock that is moved by hand.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::runtime::Runtime;
use tracerail::app::{App, Opening};
use tracerail::client::{Submitted, new_command_id};
use tracerail::config::{Config, Edition, LoadOptions};
use tracerail::routing::RulesStatus;
use tracerail::{Error, TraceRail};
use tracerail_actors::conformance::TestClock;
use tracerail_actors::port::DeadLetterFilter;
use tracerail_actors::system::Role;
use tracerail_schemas::codec::decode_own;
use tracerail_schemas::content::{ContentRecord, Metadata, TerminalRecord};
use tracerail_schemas::dead_letter::DeadLetter;
use tracerail_schemas::event::ContentSubmitted;
use tracerail_schemas::task::{Command, CommandOutcome, Decision, Refusal, Status, Task, Verb};
use tracerail_schemas::{ContentKey, PersonId, Principal, Subject, TaskId, TenantId};
use tracerail_testkit::{Scratch, wait_until};

use crate::pair;

/// Nothing here takes a tenth of this on a machine that is not overloaded.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) const HOUR: Duration = Duration::from_hours(1);

/// Who works here, and quick feet: nobody waits between two tries, and deadlines are looked for all the time.
pub(crate) const PEOPLE: &str = "
groups: { desk: { members: [ada, bob], leads: [eve] } }
routing: { rules_file: rules.yaml }
actors: { sla_tick: 10ms, retry_base: 1ms, retry_max: 2ms }
";

/// Deadlines after 4 hours (level 1) and 8 hours (level 2).
const RULES: &str = "
version: 1
default: { decision: human, reason: Nobody knows it., groups: [desk], sla_hours: 4 }
rules:
  - name: fires
    priority: 40
    when: { keywords: { any: [on fire] } }
    then: { decision: escalate, reason: Something burns., groups: [desk], sla_hours: 4 }
  - name: casinos
    priority: 30
    when: { source: [desk], keywords: { any: [casino] } }
    then: { decision: reject, reason: A known scam. }
  - name: refunds
    priority: 20
    when: { keywords: { any: [refund] } }
    then: { decision: human, reason: It is about money., groups: [desk], sla_hours: 4, review_required: true }
  - name: thanks
    priority: 10
    when: { source: [desk], keywords: { any: [thank you] }, analyst: [model, lexical] }
    then: { decision: auto, reason: A thank-you note. }
";

pub(crate) struct Stage {
    pub(crate) clock: TestClock,
    pub(crate) scratch: Scratch,
    runtime: Runtime,
    app: Option<App>,
}

impl Stage {
    /// Everybody is there and every actor runs. People claim their tasks, unless the configuration says otherwise.
    pub(crate) fn set() -> Self {
        Self::set_on(Edition::Embedded)
    }

    /// The same on this edition.
    pub(crate) fn set_on(edition: Edition) -> Self {
        Self::with_on(edition, &format!("{PEOPLE}\ntasks: {{ assignment_strategy: manual }}\n"))
    }

    /// The same with this configuration.
    pub(crate) fn with(config: &str) -> Self {
        Self::with_on(Edition::Embedded, config)
    }

    /// The same on this edition.
    pub(crate) fn with_on(edition: Edition, config: &str) -> Self {
        Self::open(&format!("{config}\n{}", pair::configuration(edition)), &Role::ALL)
    }

    /// The same with these rules.
    pub(crate) fn with_rules(config: &str, rules: &str) -> Self {
        Self::open_with(config, rules, &Role::ALL)
    }

    /// The same with these actors alone.
    pub(crate) fn open(config: &str, roles: &[Role]) -> Self {
        Self::open_with(config, RULES, roles)
    }

    fn open_with(config: &str, rules_text: &str, roles: &[Role]) -> Self {
        let scratch = Scratch::new();
        scratch.write("rules.yaml", rules_text);
        scratch
            .write("tracerail.yaml", format!("{config}\nstore: {{ path: story.db, busy_timeout: 100ms }}\n"));
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let mut stage = Self { clock: TestClock::default(), scratch, runtime, app: None };
        stage.open_again(roles);
        stage
    }

    /// Stops everything in order, and starts it again on the same file.
    pub(crate) fn open_again(&mut self, roles: &[Role]) {
        self.close();
        let config = self.config();
        let roles: BTreeSet<Role> = roles.iter().copied().collect();
        let opening =
            Opening { config, roles, clock: Arc::new(self.clock.clone()), read_only: false, patience: None };
        self.app = Some(self.runtime.block_on(App::open(opening)).unwrap());
    }

    pub(crate) fn close(&mut self) {
        if let Some(app) = self.app.take() {
            self.runtime.block_on(app.close()).unwrap();
        }
    }

    pub(crate) fn rail(&self) -> &TraceRail {
        &self.app.as_ref().unwrap().rail
    }

    /// How its rules stand.
    pub(crate) fn rules(&self) -> RulesStatus {
        self.app.as_ref().unwrap().rules().unwrap().status()
    }

    /// The configuration it was opened with.
    pub(crate) fn config(&self) -> Config {
        let file = Some(self.scratch.join("tracerail.yaml"));
        Config::load(LoadOptions { file, ..LoadOptions::default() }).unwrap()
    }

    /// The store's file.
    pub(crate) fn store(&self) -> PathBuf {
        self.scratch.join("story.db")
    }

    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Takes a text in, from the source `desk`.
    pub(crate) fn submit(&self, id: &str, text: &str) -> ContentKey {
        self.try_submit(id, text).unwrap().key
    }

    pub(crate) fn try_submit(&self, id: &str, text: &str) -> Result<Submitted, Error> {
        self.block_on(self.rail().submit(content(id, text)))
    }

    /// What came of a command on the task of this item.
    pub(crate) fn command(&self, item: &ContentKey, who: &str, verb: Verb) -> CommandOutcome {
        self.give(Command {
            id: new_command_id(),
            task_id: TaskId::of_content(item),
            by: person(who),
            expected_version: None,
            verb,
            traceparent: None,
        })
    }

    pub(crate) fn give(&self, command: Command) -> CommandOutcome {
        self.block_on(self.rail().command(command)).unwrap().outcome
    }

    /// A command that is expected to take effect; the status since.
    pub(crate) fn done(&self, item: &ContentKey, who: &str, verb: Verb) -> Status {
        let asked = format!("{who} {verb:?}");
        match self.command(item, who, verb) {
            CommandOutcome::Done { status, .. } => status,
            CommandOutcome::Refused(refusal) => panic!("{asked}: {refusal}"),
        }
    }

    /// A command that is expected to be refused.
    pub(crate) fn refused(&self, item: &ContentKey, who: &str, verb: Verb) -> Refusal {
        let asked = format!("{who} {verb:?}");
        match self.command(item, who, verb) {
            CommandOutcome::Refused(refusal) => refusal,
            CommandOutcome::Done { status, .. } => panic!("{asked}: done, {status}"),
        }
    }

    /// Claimed, started and decided by one person.
    pub(crate) fn decide(&self, item: &ContentKey, who: &str, decision: Decision) -> Status {
        self.done(item, who, Verb::Claim);
        self.done(item, who, Verb::Start);
        self.done(item, who, complete(decision))
    }

    pub(crate) fn content(&self, item: &ContentKey) -> ContentRecord {
        self.block_on(self.rail().content(item)).unwrap().unwrap()
    }

    pub(crate) fn task(&self, item: &ContentKey) -> Option<Task> {
        self.block_on(self.rail().task(TaskId::of_content(item))).unwrap()
    }

    /// Waits until the item has a task of which this is true.
    pub(crate) fn wait_for_task(&self, item: &ContentKey, what: &str, is: impl Fn(&Task) -> bool) -> Task {
        self.wait(&format!("{item}: {what}"), || match self.task(item) {
            Some(task) if is(&task) => Ok(task),
            other => {
                Err(format!("{:?}; {:?}", other.map(|task| (task.version, task.state)), self.trail(item)))
            }
        })
    }

    /// Waits until the item has a task.
    pub(crate) fn wait_for_any_task(&self, item: &ContentKey) -> Task {
        self.wait_for_task(item, "a task", |_| true)
    }

    /// Waits until the item has ended.
    pub(crate) fn wait_for_end(&self, item: &ContentKey) -> TerminalRecord {
        self.wait(&format!("the end of {item}"), || {
            self.content(item).terminal.ok_or_else(|| format!("{:?}", self.trail(item)))
        })
    }

    #[expect(clippy::unused_self, reason = "everything that happens, happens on a stage")]
    pub(crate) fn wait<T>(&self, what: &str, ask: impl FnMut() -> Result<T, String>) -> T {
        wait_until(what, PATIENCE, ask)
    }

    /// The same while time passes, as what is tried again is tried again by this clock.
    pub(crate) fn wait_as_time_passes<T>(&self, what: &str, mut ask: impl FnMut() -> Result<T, String>) -> T {
        self.wait(what, || {
            self.clock.advance(Duration::from_secs(1));
            ask()
        })
    }

    /// The same while what was given back comes again: on a file by this clock, on servers by theirs.
    pub(crate) fn wait_as_it_comes_again<T>(&self, what: &str, ask: impl FnMut() -> Result<T, String>) -> T {
        if self.scratch.join("story.db").exists() {
            return self.wait_as_time_passes(what, ask);
        }
        self.wait(what, ask)
    }

    /// The subjects of the item's events, oldest first.
    pub(crate) fn trail(&self, item: &ContentKey) -> Vec<&'static str> {
        let events = self.block_on(self.rail().trail(item)).unwrap();
        events.iter().map(|logged| logged.event.envelope.subject.as_str()).collect()
    }

    /// The bodies of the item's events of one subject.
    pub(crate) fn told(&self, item: &ContentKey, subject: Subject) -> Vec<Value> {
        let events = self.block_on(self.rail().trail(item)).unwrap();
        let wanted = events.iter().filter(|logged| logged.event.envelope.subject == subject);
        wanted.map(|logged| decode_own(&logged.event.data).unwrap()).collect()
    }

    pub(crate) fn dead_letters(&self) -> Vec<DeadLetter> {
        let all = DeadLetterFilter { limit: 100, ..DeadLetterFilter::default() };
        self.block_on(self.rail().dead_letters(all)).unwrap()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.close();
        }
    }
}

pub(crate) fn content(id: &str, text: &str) -> ContentSubmitted {
    ContentSubmitted {
        id: Some(id.to_owned()),
        source: Some("desk".to_owned()),
        tenant: TenantId::default(),
        content: text.to_owned(),
        content_type: None,
        metadata: Metadata::new(),
        submitted_by: None,
        priority: None,
    }
}

pub(crate) fn person(name: &str) -> Principal {
    Principal::user(PersonId::new(name).unwrap())
}

pub(crate) fn complete(decision: Decision) -> Verb {
    Verb::Complete { decision, result: Metadata::new(), comments: None, quality_score: None, shown: None }
}
