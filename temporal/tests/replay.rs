//! Recorded histories replay: a wait that began under an earlier version of the code goes on under this one.
//!
//! A file here stands for waits in somebody's Temporal. It is replaced only together with a new type of workflow, or a patch in the old
//! one: `TRACERAIL_RECORD=1 cargo test -p tracerail-temporal --test temporal` makes them anew.

use std::time::Duration;

use temporalio_client::WorkflowHistory;
use temporalio_sdk::workflow_replayer::{WorkflowReplayer, WorkflowReplayerOptions};
use tracerail_temporal::toolkit::WaitForHumanDecision;
use tracerail_temporal::{HumanTaskWorkflow, TaskManagementWorkflow};
use tracerail_temporal_example::ContentAnalysisWorkflow;

/// A history that cannot be replayed may be one the SDK waits on for ever.
const WITHIN: Duration = Duration::from_secs(20);

const HISTORIES: [(&str, &str); 10] = [
    ("breached", include_str!("golden/breached.json")),
    ("decided_elsewhere", include_str!("golden/decided_elsewhere.json")),
    ("updated", include_str!("golden/updated.json")),
    ("carried", include_str!("golden/carried.json")),
    ("managed", include_str!("golden/managed.json")),
    ("managed_creates", include_str!("golden/managed_creates.json")),
    ("managed_carried", include_str!("golden/managed_carried.json")),
    ("waited_for_human", include_str!("golden/waited_for_human.json")),
    ("given_up", include_str!("golden/given_up.json")),
    ("content_analysis", include_str!("golden/content_analysis.json")),
];

#[test]
fn waits_of_earlier_versions_go_on() {
    for (name, history) in HISTORIES {
        replay(history).unwrap_or_else(|why| panic!("{name}: {why}"));
    }
}

#[test]
fn a_wait_that_would_do_something_else_is_seen() {
    let kept = |name| HISTORIES.iter().find(|(it, _)| *it == name).unwrap().1;
    for (name, was, would_be) in [
        ("breached", "::fire_if_due", "::fire_now"),
        ("breached", "::submit_decision", "::submit"),
        ("carried", "::submit_decision", "::submit"),
        ("managed", "::look_at_due", "::look"),
        ("managed", "::submit_decisions", "::submit"),
        ("managed_creates", "::create_tasks", "::create"),
        ("managed_carried", "::submit_decisions", "::submit"),
        ("given_up", "\"cancel_human_task", "\"cancel_task"),
        ("waited_for_human", "\"create_human_task", "\"create_task"),
        ("content_analysis", "\"route_decision", "\"route"),
        ("content_analysis", "\"WaitForHumanDecision", "\"Wait"),
    ] {
        let (history, of_type) = (kept(name), |name| format!("{name}\""));
        assert!(history.contains(&of_type(was)), "the history of {name} holds {was}");
        let why = replay(&history.replace(&of_type(was), &of_type(would_be))).unwrap_err();
        assert!(why.contains("nondeterministic"), "{was}: {why}");
    }
}

fn replay(history: &str) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let history = WorkflowHistory::from_json(history.as_bytes()).map_err(|error| error.to_string())?;
    let options = WorkflowReplayerOptions::new()
        .register_workflow::<HumanTaskWorkflow>()
        .unwrap()
        .register_workflow::<TaskManagementWorkflow>()
        .unwrap()
        .register_workflow::<WaitForHumanDecision>()
        .unwrap()
        .register_workflow::<ContentAnalysisWorkflow>()
        .unwrap()
        .build();
    let replayer = WorkflowReplayer::new(options).unwrap();
    runtime.block_on(async {
        let replaying = tokio::time::timeout(WITHIN, replayer.replay_workflow(history));
        replaying.await.map_err(|_| "it does not end".to_owned())?.map_err(|error| error.to_string())
    })
}
