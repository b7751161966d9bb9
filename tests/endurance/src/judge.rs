//! What has come of a run.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::Value;
use tracerail_testkit::{Expectation, check, wait_until};

use crate::installation::Installation;
use crate::report::Report;

/// Tasks looked at one by one when two states are compared.
const TASKS_MAX: &str = "2000000";

/// Everything that a user sees of the store.
#[derive(PartialEq, Debug)]
pub(crate) struct Picture {
    counts: Value,
    tasks: Value,
}

impl Picture {
    /// Looks at it.
    pub(crate) fn of(there: &Installation) -> Self {
        let counts = there.run(&["status", "--json"]).ok().json();
        let tasks = there.run(&["task", "list", "--json", "--limit", TASKS_MAX]).ok().json();
        Self { counts, tasks }
    }
}

/// None lost, none twice, nothing held as a dead letter, every deadline armed.
pub(crate) fn judge(there: &Installation, report: &mut Report, ids: BTreeSet<String>, within: Duration) {
    let counts = there.rest(ids.len(), within);
    report.say(format!("at rest: {counts}"));
    report.must(counts["dead_letters_held"] == 0, format!("{} dead letters", counts["dead_letters_held"]));
    let items = ids.len();
    let events = there.events();
    report.say(format!("{} events", events.len()));
    let checked = check(&events, &Expectation { contents: ids, at_rest: true });
    match checked {
        Ok(checked) => report.must(true, format!("{items} items, none lost, none twice: {checked:?}")),
        Err(wrong) => {
            let some: Vec<_> = wrong.iter().take(20).collect();
            report.must(false, format!("{} of {items} items are wrong: {some:?}", wrong.len()));
        }
    }
    let verified = there.run(&["sla", "verify", "--json"]);
    report.must(
        verified.code == Some(0),
        format!("sla verify: {}{}", verified.stdout.trim(), verified.stderr.trim()),
    );
}

/// Lets Redis forget everything, and compares what is made again from the log.
pub(crate) fn compare_rebuilt(there: &Installation, report: &mut Report, items: usize, within: Duration) {
    let live = Picture::of(there);
    let began = Instant::now();
    there.redis.flushall();
    there.rest(items, within);
    let took = began.elapsed();
    let rebuilt = Picture::of(there);
    report.must(
        live == rebuilt,
        format!(
            "rebuilt from the log after FLUSHALL: the same state, there after {:.1} s",
            took.as_secs_f64()
        ),
    );
}

/// Waits until every deadline of every open task has fired, so that nothing moves by itself any more.
pub(crate) fn wait_until_still(there: &Installation, within: Duration) {
    wait_until("all deadlines have fired", within, || {
        let verified = there.run(&["sla", "verify", "--json"]);
        if verified.code != Some(0) {
            return Err(verified.stderr);
        }
        let state = verified.json();
        (state["exhausted"] == state["open"]).then_some(()).ok_or(state.to_string())
    });
}

/// Has the state made again from the log, and its digest compared; the seconds it took, both digests included.
pub(crate) fn rebuild(there: &Installation, report: &mut Report) -> f64 {
    let done = there.as_user("task").run(["rebuild", "--yes", "--verify", "--json"]);
    report.must(
        done.code == Some(0),
        format!("tracerail rebuild --verify: {}{}", done.stdout.trim(), done.stderr.trim()),
    );
    if done.code != Some(0) {
        return f64::MAX;
    }
    let told = done.json();
    let million_events = told["events"].as_f64().unwrap_or_default() / 1e6;
    told["rebuilt_in"].as_f64().unwrap_or(f64::MAX) / million_events
}
