//! `docs/seed-map.md` names what is there.

use std::collections::BTreeSet;

macro_rules! names {
    ($($path:path),+ $(,)?) => {
        $(#[expect(unused_imports, reason = "that it can be named is the test")] const _: () = { use $path as _named; };)+

        const NAMES: &[&str] = &[$(stringify!($path)),+];
    };
}

names! {
    tracerail::Builder,
    tracerail::Client,
    tracerail::TraceRail,
    tracerail::config::Config,
    tracerail::config::LlmConfig,
    tracerail::config::LoadOptions,
    tracerail::config::Provider,
    tracerail::config::RoutingConfig,
    tracerail::config::TasksConfig,
    tracerail::config::TemporalConfig,
    tracerail::create_client,
    tracerail::facade::Processed,
    tracerail::facade::Sla,
    tracerail::facade::SlaManager,
    tracerail::facade::TaskManager,
    tracerail::facade::TaskResult,
    tracerail::facade::Tasks,
    tracerail::llm::provider_from,
    tracerail::routing::RulesEngine,
    tracerail::routing::engine_from,
    tracerail_actors::EscalationPolicy,
    tracerail_actors::port::AssignmentStrategy,
    tracerail_actors::port::EscalationStrategy,
    tracerail_actors::port::LlmError,
    tracerail_actors::port::LlmProvider,
    tracerail_actors::port::RoutingEngine,
    tracerail_actors::task::LeastLoaded,
    tracerail_actors::task::Manual,
    tracerail_actors::task::RoundRobin,
    tracerail_actors::task::Skills,
    tracerail_actors::task::Sticky,
    tracerail_schemas::llm::LlmRequest,
    tracerail_schemas::llm::LlmResponse,
    tracerail_schemas::routing::RoutingContext,
    tracerail_schemas::routing::RoutingDecision,
    tracerail_schemas::routing::RoutingResult,
    tracerail_schemas::task::Completion,
    tracerail_schemas::task::NewTask,
    tracerail_schemas::task::Priority,
    tracerail_schemas::task::Status,
    tracerail_schemas::task::Task,
    tracerail_schemas::task::TaskAssignment,
    tracerail_schemas::task::TaskData,
    tracerail_schemas::task::TaskState,
    tracerail_schemas::task::Terms,
}

#[test]
fn every_path_in_the_map_is_one_of_those_that_can_be_named() {
    let map = include_str!("../../docs/seed-map.md");
    let quoted = map.split('`').skip(1).step_by(2);
    let paths: BTreeSet<_> =
        quoted.filter(|text| text.starts_with("tracerail") && text.contains("::")).collect();
    let names: Vec<_> = NAMES.iter().map(|name| name.replace(' ', "")).collect();
    let names: BTreeSet<_> = names.iter().map(String::as_str).collect();
    assert_eq!(paths, names);
}
