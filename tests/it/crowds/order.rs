//! A thousand tasks, each worked by everybody at once, through four processes: what each is told can have happened one after the
//! other.

use std::collections::BTreeSet;
use std::sync::Arc;

use tracerail::app::{App, Opening};
use tracerail::config::{Config, LoadOptions};
use tracerail_actors::port::SystemClock;

use super::installation::Installation;
use crate::linearizable::{assert_one_after_the_other, histories};

const CONFIG: &str = "
tasks: { assignment_strategy: manual }
groups: { desk: { members: [ada, bob], leads: [eve] } }
routing: { rules_file: rules.yaml, candidate_groups: [desk] }
";

const RULES: &str = "version: 1\ndefault: { decision: human, reason: A person reads it., groups: [desk] }\n";

/// How many tasks, unless `TRACERAIL_TASKS` says otherwise.
const TASKS: u64 = 1_000;

#[test]
fn tasks_worked_by_everybody_at_once_through_four_processes() {
    let tasks = std::env::var("TRACERAIL_TASKS").ok().and_then(|tasks| tasks.parse().ok()).unwrap_or(TASKS);
    let there = Installation::new(CONFIG, RULES);
    let processes: Vec<_> =
        (0..4).map(|n| there.place.start_with(&format!("task-{n}.log"), &["--actors", "task"])).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let calls = runtime.block_on(async {
        let file = Some(there.place.scratch.join("tracerail.yaml"));
        let config = Config::load(LoadOptions { file, ..LoadOptions::default() }).unwrap();
        let clock = Arc::new(SystemClock);
        let door =
            App::open(Opening { config, roles: BTreeSet::new(), clock, read_only: false, patience: None })
                .await
                .unwrap();
        let calls = histories(&[&door.rail], tasks, 11).await;
        door.close().await.unwrap();
        calls
    });
    assert_one_after_the_other(&calls);
    drop(processes);
}
