//! What a wait promises, in either mode: the same stories, told by a workflow for each task and by shards of many; and the same to
//! whoever speaks to it, in whatever language.

use std::time::Duration;

use serde_json::{Value, json};
use tracerail::client::new_command_id;
use tracerail::config::TemporalMode;
use tracerail_schemas::task::{Decision, Status, Verb};
use tracerail_schemas::{Subject, TaskId};
use tracerail_temporal::managed::words::shard_of;
use tracerail_testkit::servers::{Nats, NatsOptions, Redis, RedisOptions, Temporal};
use tracerail_testkit::wait_until;

use crate::stage::{Stage, asked, keep_history, temporal};
use crate::voice::{Speaker, Voice};

const DAY: Duration = Duration::from_hours(24);
const SOON: Duration = Duration::from_mins(1);
/// Deadlines that are further apart than it takes to tell a wait. Temporal rings at each of them, TraceRail sweeps once a second: so at
/// some of them Temporal is first, and its wait asks.
const DEADLINES_MS: [u64; 4] = [4_000, 4_250, 4_500, 4_750];
/// When it is killed, after it is ready: from in the middle of its first comparison to long after it.
const KILLS_AFTER_MS: [u64; 7] = [0, 20, 60, 150, 350, 700, 1_200];
/// Tasks that come and go while nobody could wait for them.
const UNSEEN: usize = 1_000;
/// Waits the mirror speaks to at the same time.
const AT_ONCE: usize = 16;
/// As configured, unless somebody says otherwise.
const SHARDS: u32 = 4;

macro_rules! in_both_modes {
    ($room:ident, $voice:ident: $($story:ident),+ $(,)?) => {
        mod $room {
            mod per_task {
                use tracerail::config::TemporalMode;
                use crate::voice::Voice;
                $(#[test] fn $story() { crate::conformance::$story((TemporalMode::PerTask, Voice::$voice)); })+
            }
            mod managed {
                use tracerail::config::TemporalMode;
                use crate::voice::Voice;
                $(#[test] fn $story() { crate::conformance::$story((TemporalMode::Managed, Voice::$voice)); })+
            }
        }
    };
}

in_both_modes!(
    command_line, CommandLine:
    what_is_signalled_is_decided_and_what_may_not_be_is_refused,
    what_is_decided_in_tracerail_ends_the_wait,
    a_late_decision_is_refused_though_the_worker_was_killed,
    a_breach_escalates_once_and_the_wait_goes_on,
    a_decision_signalled_while_the_worker_is_down_is_taken_once,
    a_deadline_nobody_fires_is_seen_and_holds_up_no_decision,
    whenever_it_is_killed_every_wait_ends_as_its_task_did,
    nothing_is_lost_while_temporal_is_down,
    what_differs_is_found_and_mended,
);

in_both_modes!(
    rust, Rust:
    what_is_signalled_is_decided_and_what_may_not_be_is_refused,
    what_is_decided_in_tracerail_ends_the_wait,
    a_late_decision_is_refused_though_the_worker_was_killed,
    a_breach_escalates_once_and_the_wait_goes_on,
);

in_both_modes!(
    python, Python:
    what_is_signalled_is_decided_and_what_may_not_be_is_refused,
    what_is_decided_in_tracerail_ends_the_wait,
    a_late_decision_is_refused_though_the_worker_was_killed,
    a_breach_escalates_once_and_the_wait_goes_on,
);

/// How waits are kept, and who speaks to them.
type Way = (TemporalMode, Voice);

fn what_is_signalled_is_decided_and_what_may_not_be_is_refused(way: Way) {
    let desk = Desk::set(way, "signalled", temporal());
    let _mirror = desk.stage.mirror("mirror.log");
    let task = desk.create();
    desk.wait(task, "a wait", |it| it["level"]["status"] == "pending");
    // Neither what cannot be read nor who may not ends the wait; the query says why.
    desk.decide(task, json!({"decision": "approved"}));
    let refused = desk.wait(task, "what cannot be read", |it| it["decisions"] == 1)["refused"].clone();
    assert_eq!(refused["code"], "TR0001", "{refused}");
    desk.decide(task, json!({"decision": "approved", "user": "mallory"}));
    let refused = desk.wait(task, "who may not", |it| it["refused"]["user"] == "mallory");
    assert!(refused["refused"]["message"].as_str().unwrap().contains("only a candidate"), "{refused}");
    assert_eq!(desk.stage.task(task).state.status, Status::Pending);

    desk.decide(task, json!({"decision": "approved", "user": "ada", "comments": "fine"}));
    let done = desk.stage.wait_for_task(task, "decided", |it| it.state.status == Status::Completed);
    let work = done.state.completion.unwrap();
    assert_eq!((work.decision, work.completed_by.id.as_str()), (Decision::Approved, "ada"));
    assert_eq!(work.result_data["decided_via"], "temporal");
    let ended = desk.ended(task);
    assert_eq!((&ended["outcome"], &ended["comments"]), (&"approved".into(), &"fine".into()), "{ended}");
    assert_eq!(desk.stage.told(task, Subject::TaskCompleted).len(), 1);
    desk.compared();
}

fn what_is_decided_in_tracerail_ends_the_wait(way: Way) {
    let desk = Desk::set(way, "elsewhere", temporal());
    let mirror = desk.stage.mirror("mirror.log");
    let task = desk.stage.create(DAY);
    desk.wait(task, "a wait", |it| it["level"]["version"] == 1);
    desk.stage.done(task, "bob", Verb::Claim);
    desk.wait(task, "whose it is", |it| it["level"]["assignee"] == "bob");
    desk.stage.complete(task, "bob", Decision::Rejected);
    let ended = desk.ended(task);
    assert_eq!(
        (&ended["outcome"], &ended["decided_by"]["id"]),
        (&"rejected".into(), &"bob".into()),
        "{ended}"
    );
    assert_eq!(mirror.terminate(), Some(0), "{}", desk.stage.log("mirror.log"));
    desk.compared();
}

fn a_late_decision_is_refused_though_the_worker_was_killed(way: Way) {
    let desk = Desk::set(way, "late", temporal());
    let mirror = desk.stage.mirror("mirror.log");
    let task = desk.stage.create(DAY);
    desk.wait(task, "a wait", |it| it["level"]["version"] == 1);
    mirror.kill();
    desk.stage.decide(task, "bob", Decision::Rejected);
    desk.decide(task, json!({"decision": "approved", "user": "ada"}));

    let _mirror = desk.stage.mirror("again.log");
    assert_eq!(desk.ended(task)["outcome"], "rejected");
    let status = desk.wait(task, "the refusal", |it| it["refused"]["user"] == "ada");
    assert!(status["refused"]["message"].as_str().unwrap().contains("completed"), "{status}");
    assert_eq!(desk.stage.told(task, Subject::TaskCompleted).len(), 1);
    desk.compared();
}

fn a_decision_signalled_while_the_worker_is_down_is_taken_once(way: Way) {
    let desk = Desk::set(way, "meanwhile", temporal());
    let mirror = desk.stage.mirror("mirror.log");
    let task = desk.stage.create(DAY);
    desk.wait(task, "a wait", |it| it["level"]["version"] == 1);
    mirror.kill();
    desk.decide(task, json!({"decision": "approved", "user": "ada"}));
    assert_eq!(desk.stage.task(task).state.status, Status::Pending);

    // Nobody asks the wait for anything: the signal alone has to be enough.
    let _mirror = desk.stage.mirror("again.log");
    let done = desk.stage.wait_for_task(task, "decided", |it| it.state.status == Status::Completed);
    assert_eq!(done.state.completion.unwrap().completed_by.id.as_str(), "ada");
    assert_eq!(desk.ended(task)["outcome"], "approved");
    assert_eq!(desk.stage.told(task, Subject::TaskCompleted).len(), 1);
    desk.compared();
}

fn a_deadline_nobody_fires_is_seen_and_holds_up_no_decision(way: Way) {
    // On servers: beside a file the mirror itself sweeps.
    let (nats, redis) = (Nats::start(NatsOptions::default()), Redis::start(RedisOptions::default()));
    let name = Desk::name(way, "unfired");
    let mut stage = Stage::set_on_servers(&name, temporal(), &nats, &redis).without_sweep();
    stage.set_mode(way.0, "");
    let desk = Desk::at(way, "desk".to_owned(), stage, temporal());
    let _mirror = desk.stage.mirror("mirror.log");
    let task = desk.stage.create(Duration::from_secs(1));
    let seen = desk.wait(task, "an overdue wait", |it| it["overdue"] == true);
    assert_eq!(seen["level"]["escalation_level"], 0, "{seen}");
    desk.decide(task, json!({"decision": "approved", "user": "ada"}));
    assert_eq!(desk.ended(task)["outcome"], "approved");
}

fn a_breach_escalates_once_and_the_wait_goes_on(way: Way) {
    let desk = Desk::set(way, "breach", temporal());
    let _mirror = desk.stage.mirror("mirror.log");
    let tasks = DEADLINES_MS.map(|millis| desk.stage.create(Duration::from_millis(millis)));
    // Neither of the two is a decision of somebody who may decide.
    desk.wait(tasks[0], "a wait", |it| !it["level"].is_null());
    desk.decide(tasks[0], json!({"decision": 7}));
    desk.decide(tasks[0], json!({"decision": "approved", "user": "mallory"}));
    for task in tasks {
        desk.wait(task, "escalation", |it| it["level"]["escalation_level"] == 1);
        assert_eq!(desk.stage.task(task).state.status, Status::Escalated);
        desk.decide(task, json!({"decision": "rejected", "user": "ada"}));
        let ended = desk.ended(task);
        assert_eq!(
            (&ended["outcome"], &ended["escalation_level"]),
            (&"rejected".into(), &1.into()),
            "{ended}"
        );
        assert_eq!(desk.stage.told(task, Subject::SlaBreached).len(), 1);
        assert_eq!(desk.stage.told(task, Subject::TaskEscalated).len(), 1);
    }
    let (golden, looks) = match desk.mode {
        TemporalMode::PerTask => ("breached", "fire_if_due"),
        TemporalMode::Managed => ("managed", "look_at_due"),
    };
    let looked = |task: &TaskId| asked(temporal(), desk.holder(*task), looks);
    // Whoever is faster at a deadline, Temporal or the sweep; on a busy machine it may be the sweep for some time.
    let asks = |task: &TaskId| looked(task) > 0;
    let further = std::iter::repeat_with(|| {
        let task = desk.stage.create(Duration::from_millis(DEADLINES_MS[0]));
        desk.wait(task, "escalation", |it| it["level"]["escalation_level"] == 1);
        task
    });
    let asked = tasks.into_iter().chain(further.take(20)).find(asks);
    let Some(asked) = asked else { panic!("no wait asked whether its deadline was fired") };
    if way.1 == Voice::CommandLine {
        keep_history(temporal(), desk.holder(asked), golden);
    }
}

fn whenever_it_is_killed_every_wait_ends_as_its_task_did(way: Way) {
    let desk = Desk::set(way, "killed", temporal());
    let (tasks, soon) = (24, Duration::from_millis(1_500));
    let tasks: Vec<_> = (0..tasks).map(|n| desk.stage.create(if n % 3 == 2 { soon } else { DAY })).collect();
    let mut undecided = tasks.iter().copied().enumerate().collect::<Vec<_>>();
    for (turn, after) in KILLS_AFTER_MS.into_iter().enumerate() {
        let mirror = desk.stage.mirror(&format!("mirror-{turn}.log"));
        // In the meantime people decide, here and there; not all of them reach a wait that is there.
        let (some, others) = undecided.split_at(undecided.len().min(4));
        let missed = some.iter().copied().filter(|(n, task)| !desk.is_decided(*n, *task));
        let missed: Vec<_> = missed.collect();
        undecided = others.iter().copied().chain(missed).collect();
        desk.stage.pass(Duration::from_millis(after));
        mirror.kill();
    }
    let _mirror = desk.stage.mirror("last.log");
    for (n, task) in undecided {
        desk.wait(task, "a wait", |it| !it["level"].is_null());
        assert!(desk.is_decided(n, task), "its wait is there");
    }
    for (n, task) in tasks.into_iter().enumerate() {
        let expected = if n % 3 == 1 { "rejected" } else { "approved" };
        assert_eq!(desk.ended(task)["outcome"], expected, "task {n}");
        assert_eq!(desk.stage.task(task).state.status, Status::Completed);
        for subject in [Subject::TaskCompleted, Subject::TaskEscalated] {
            let told = desk.stage.told(task, subject).len();
            assert!(told <= 1, "task {n}: {subject} {told} times");
        }
    }
    desk.compared();
}

fn nothing_is_lost_while_temporal_is_down(way: Way) {
    let mut temporal = Temporal::start();
    let name = Desk::name(way, "down");
    let stage = Stage::set_in(way.0, &name, &temporal);
    let _mirror = stage.mirror("mirror.log");
    let (kept, decided) = (stage.create(DAY), stage.create(DAY));
    let breached = stage.create(Duration::from_secs(2));
    let desk = Desk::at(way, name, stage, &temporal);
    for task in [kept, decided, breached] {
        desk.wait(task, "a wait", |it| !it["level"].is_null());
    }
    let Desk { name, stage, .. } = desk;
    temporal.kill9();
    stage.decide(decided, "bob", Decision::Approved);
    let unseen: Vec<_> = (0..UNSEEN).map(|_| stage.create(DAY)).collect();
    for task in unseen {
        stage.decide(task, "ada", Decision::Rejected);
    }
    let new = stage.create(DAY);
    stage.wait_for_task(breached, "escalation", |it| it.state.escalation_level == 1);
    temporal.restart();

    let desk = Desk::at(way, name, stage, &temporal);
    assert_eq!(desk.ended(decided)["outcome"], "approved");
    desk.wait(new, "the new wait", |it| it["level"]["status"] == "pending");
    desk.wait(breached, "the escalation", |it| it["level"]["escalation_level"] == 1);
    if way.0 == TemporalMode::PerTask {
        nobody_waits_for_what_is_closed(&temporal);
    }
    for task in [kept, breached, new] {
        desk.decide(task, json!({"decision": "approved", "user": "ada"}));
        assert_eq!(desk.ended(task)["outcome"], "approved");
        assert_eq!(desk.stage.task(task).state.status, Status::Completed);
    }
    assert_eq!(desk.stage.told(breached, Subject::TaskEscalated).len(), 1);
    desk.compared();
}

/// Three tasks are open, and four were when Temporal could be told of them.
fn nobody_waits_for_what_is_closed(temporal: &Temporal) {
    let count = |which: &str| -> usize {
        let counted = temporal.run(&["workflow", "count", "-o", "json", "--query", which]).ok().json();
        counted["count"].as_str().map_or(0, |count| count.parse().unwrap())
    };
    wait_until("nobody waits for what is closed", SOON, || {
        let running = count("ExecutionStatus = 'Running'");
        if running == 3 { Ok(()) } else { Err(format!("{running} wait")) }
    });
    // One that was being opened when the server went may have come into being after all, and has ended then.
    let ever = count("WorkflowType = 'HumanTaskWorkflow'");
    assert!(ever <= 4 + AT_ONCE, "{ever} waits, and {UNSEEN} tasks were closed before anybody could wait");
}

fn what_differs_is_found_and_mended(way: Way) {
    let desk = Desk::set(way, "differs", temporal());
    let (open, closed) = (desk.stage.create(DAY), desk.stage.create(DAY));
    let found = desk.stage.reconcile();
    assert_eq!((whats(&found), &found["mended"]), (vec!["not_waited_for"; 2], &2.into()), "{found}");
    let mirror = desk.stage.mirror("mirror.log");
    for task in [open, closed] {
        desk.wait(task, "a wait", |it| it["level"]["version"] == 1);
    }
    mirror.kill();
    desk.stage.done(open, "ada", Verb::Claim);
    desk.stage.decide(closed, "bob", Decision::Approved);
    // Temporal's list of workflows may be some moments behind.
    let found = wait_until("both are found", SOON, || {
        let found = desk.stage.reconcile();
        if found["mended"] == 2 { Ok(found) } else { Err(found.to_string()) }
    });
    let mut whats = whats(&found);
    whats.sort_unstable();
    assert_eq!(whats, ["behind", "goes_on"], "{found}");
    // What keeps a wait is ended by somebody: it is begun again, the task being open.
    let args = ["workflow", "terminate", "--reason", "a mistake", "-w", &desk.holder(open)];
    temporal().run(&args).ok();
    let found = desk.stage.reconcile();
    let lost = json!({"task_id": open, "what": "not_waited_for"});
    assert!(found["differences"].as_array().unwrap().contains(&lost), "{found}");
    let _mirror = desk.stage.mirror("again.log");
    desk.wait(open, "the wait", |it| it["level"]["assignee"] == "ada");
}

fn whats(found: &Value) -> Vec<&str> {
    found["differences"].as_array().unwrap().iter().map(|it| it["what"].as_str().unwrap()).collect()
}

/// A stage in one of the modes, and somebody at it who has only Temporal.
struct Desk<'a> {
    mode: TemporalMode,
    name: String,
    stage: Stage,
    speaker: Speaker<'a>,
}

impl<'a> Desk<'a> {
    fn set(way: Way, name: &str, temporal: &'a Temporal) -> Self {
        let name = Self::name(way, name);
        let stage = Stage::set_in(way.0, &name, temporal);
        Self::at(way, name, stage, temporal)
    }

    fn at((mode, voice): Way, name: String, stage: Stage, temporal: &'a Temporal) -> Self {
        Self { mode, name, stage, speaker: Speaker::new(voice, temporal) }
    }

    fn name((mode, voice): Way, name: &str) -> String {
        format!("{name}-{mode}-{voice:?}").to_lowercase().replace('_', "-")
    }

    /// A task, made by whoever may: where shards keep the waits, that is also who has only Temporal.
    fn create(&self) -> TaskId {
        if self.mode == TemporalMode::PerTask {
            return self.stage.create(DAY);
        }
        let task = TaskId::from_uuid(new_command_id().uuid());
        let new = json!({
            "task_id": task, "by": "eve", "content": "a text somebody has to look at", "sla_hours": 24,
            "candidate_groups": ["desk"]
        });
        self.speaker.signal(&self.holder(task), "create_task", &new).unwrap();
        task
    }

    /// The workflow that keeps the wait of this task.
    fn holder(&self, task: TaskId) -> String {
        match self.mode {
            TemporalMode::PerTask => format!("{}.{task}", self.name),
            TemporalMode::Managed => format!("{}.tracerail-tasks-{}", self.name, shard_of(task, SHARDS)),
        }
    }

    fn decide(&self, task: TaskId, said: Value) {
        self.signal(task, said).unwrap();
    }

    /// A person decides: every third in TraceRail, the others by their waits, which may not be there yet.
    fn is_decided(&self, n: usize, task: TaskId) -> bool {
        if !self.query(task).is_ok_and(|it| !it["level"].is_null()) {
            return false;
        }
        if n % 3 == 1 {
            self.stage.decide(task, "bob", Decision::Rejected);
            return true;
        }
        self.signal(task, json!({"decision": "approved", "user": "ada"})).is_ok()
    }

    fn signal(&self, task: TaskId, mut said: Value) -> Result<(), String> {
        let name = match self.mode {
            TemporalMode::PerTask => "human_decision",
            TemporalMode::Managed => {
                said["task_id"] = json!(task);
                "complete_task"
            }
        };
        self.speaker.signal(&self.holder(task), name, &said)
    }

    fn wait(&self, task: TaskId, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        wait_until(what, SOON, || {
            let asked = self.query(task)?;
            if is(&asked) { Ok(asked) } else { Err(asked.to_string()) }
        })
    }

    fn query(&self, task: TaskId) -> Result<Value, String> {
        let about = (self.mode == TemporalMode::Managed).then(|| json!(task));
        self.speaker.query(&self.holder(task), "get_task_status", about.as_ref())
    }

    /// How the wait has ended, as the query and the command line say.
    fn ended(&self, task: TaskId) -> Value {
        let ending = self.wait(task, "the end", |it| !it["ending"].is_null())["ending"].clone();
        let said = self.stage.run(&["status", &task.to_string(), "--json"]).ok().json();
        assert_eq!(said["ending"], ending);
        ending
    }

    /// A comparison of everything finds nothing.
    fn compared(&self) {
        let compared = self.stage.reconcile();
        assert_eq!((&compared["differences"], &compared["mended"]), (&json!([]), &0.into()), "{compared}");
    }
}
