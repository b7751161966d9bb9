//! TraceRail has lost everything, and Temporal has not: what waits comes back.

use std::time::Duration;

use serde_json::json;
use tracerail_schemas::task::{Decision, Task, Verb};
use tracerail_schemas::{Subject, TaskId};
use tracerail_testkit::servers::{Nats, NatsOptions, Redis, RedisOptions};
use tracerail_testkit::wait_until;

use crate::stage::{Stage, asked, result, signal, temporal, wait_for_status};

const DAY: Duration = Duration::from_hours(24);

#[test]
fn open_tasks_come_back_from_a_lost_file() {
    let before = Stage::set("lost", temporal());
    comes_back(&before, "", || Stage::set("lost", temporal()));
}

#[test]
fn open_tasks_come_back_to_emptied_servers() {
    let servers = || (Nats::start(NatsOptions::default()), Redis::start(RedisOptions::default()));
    let (before, after) = (servers(), servers());
    let set = |(nats, redis): &(Nats, Redis)| Stage::set_on_servers("emptied", temporal(), nats, redis);
    comes_back(&set(&before), "desk.", || set(&after));
}

fn comes_back(before: &Stage, prefix: &str, anew: impl Fn() -> Stage) {
    let mirror = before.mirror("mirror.log");
    let (claimed, suspended, closed) = (before.create(DAY), before.create(DAY), before.create(DAY));
    let item = before.submit("letter", "I want my money back.");
    let long = before.submit("long", &"What? ".repeat(12_000));
    let decided = before.create(DAY);
    before.done(claimed, "ada", Verb::Claim);
    before.done(suspended, "eve", Verb::Suspend { reason: "a strike".to_owned(), until: None });
    before.done(item, "eve", Verb::Escalate { reason: "It burns.".to_owned() });
    wait_for_status(temporal(), format!("{prefix}{closed}"), "a wait", |it| it["level"]["version"] == 1);
    before.decide(closed, "bob", Decision::Approved);
    let open = [claimed, suspended, item, long, decided];
    let kept = open.map(|id| before.task(id));
    for (id, task) in open.iter().zip(&kept) {
        let level = |it: &serde_json::Value| it["level"]["version"] == task.version;
        wait_for_status(temporal(), format!("{prefix}{id}"), "it is told", level);
    }
    assert_eq!(result(temporal(), format!("{prefix}{closed}"))["outcome"], "approved");
    mirror.kill();

    let after = anew();
    assert!(open.iter().all(|id| !after.has(*id)), "nothing is left");
    // What is decided meanwhile waits for the task to be there again.
    let (wait, said) = (format!("{prefix}{decided}"), r#"{"decision":"approved","user":"ada"}"#);
    let mirror = after.mirror("meanwhile.log");
    signal(temporal(), &wait, "human_decision", said).unwrap();
    wait_until("somebody asks", Duration::from_mins(1), || {
        (asked(temporal(), &wait, "submit_decision") > 0).then_some(()).ok_or("not yet".to_owned())
    });
    mirror.kill();
    let report = after.run(&["rebuild", "--json"]);
    // Something could not be brought back whole, and it says what.
    assert_eq!(report.code, Some(1), "{}", report.stderr);
    let report = report.json();
    let told = json!({
        "open_waits": 5, "already_there": 0, "restored": 5, "content_missing": [long], "not_kept": [], "not_answered": []
    });
    assert_eq!(report, told);
    for task in &kept {
        assert_eq!(after.task(task.id), as_kept(task, long), "as it was");
    }
    let again = after.run(&["rebuild", "--json"]).ok().json();
    assert_eq!((&again["restored"], &again["already_there"]), (&0.into(), &5.into()), "{again}");

    // They go on where they were, and their items end.
    let _mirror = after.mirror("mirror.log");
    assert_eq!(result(temporal(), &wait)["outcome"], "approved");
    assert_eq!(after.told(decided, Subject::TaskCompleted).len(), 1);
    after.done(suspended, "eve", Verb::Resume);
    for (id, who) in [(claimed, "ada"), (suspended, "bob"), (item, "bob")] {
        if id != claimed {
            after.done(id, who, Verb::Claim);
        }
        after.complete(id, who, Decision::Approved);
        assert_eq!(result(temporal(), format!("{prefix}{id}"))["outcome"], "approved");
    }
    let end = after.end(item);
    assert_eq!(end.body.content, "I want my money back.");
    let compared = after.reconcile();
    assert_eq!((&compared["open_tasks"], &compared["differences"]), (&1.into(), &json!([])), "{compared}");
}

fn as_kept(task: &Task, long: TaskId) -> Task {
    let mut task = task.clone();
    if task.id == long {
        "[The content is missing: it was longer than what is kept of it in Temporal (64 KiB).]"
            .clone_into(&mut task.data.content);
    }
    task
}
