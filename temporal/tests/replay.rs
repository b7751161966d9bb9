//! Recorded histories replay: a wait that began under an earlier version of the code goes on under this one.
//!
//! A file here stands for waits in somebody's Temporal. It is replaced only together with a new type of workflow, or a patch in the old
//! one: `TRACERAIL_RECORD=1 cargo test -p tracerail-temporal --test temporal` makes them anew.

use std::time::Duration;

use temporalio_client::WorkflowHistory;
use temporalio_sdk::workflow_replayer::{WorkflowReplayer, WorkflowReplayerOptions};
use tracerail_temporal::HumanTaskWorkflow;

/// A history that cannot be replayed may be one the SDK waits on for ever.
const WITHIN: Duration = Duration::from_secs(20);

const HISTORIES: [(&str, &str); 2] = [
    ("breached", include_str!("golden/breached.json")),
    ("decided_elsewhere", include_str!("golden/decided_elsewhere.json")),
];

#[test]
fn waits_of_earlier_versions_go_on() {
    for (name, history) in HISTORIES {
        replay(history).unwrap_or_else(|why| panic!("{name}: {why}"));
    }
}

#[test]
fn a_wait_that_would_do_something_else_is_seen() {
    let (_, history) = HISTORIES[0];
    for (was, would_be) in [("fire_if_due", "fire_now"), ("submit_decision", "submit")] {
        assert!(history.contains(was), "the history holds {was}");
        let why = replay(&history.replace(was, would_be)).unwrap_err();
        assert!(why.contains("nondeterministic"), "{was}: {why}");
    }
}

fn replay(history: &str) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let history = WorkflowHistory::from_json(history.as_bytes()).map_err(|error| error.to_string())?;
    let options = WorkflowReplayerOptions::new().register_workflow::<HumanTaskWorkflow>().unwrap().build();
    let replayer = WorkflowReplayer::new(options).unwrap();
    runtime.block_on(async {
        let replaying = tokio::time::timeout(WITHIN, replayer.replay_workflow(history));
        replaying.await.map_err(|_| "it does not end".to_owned())?.map_err(|error| error.to_string())
    })
}
