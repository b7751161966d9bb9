//! What the rooms are told of the configuration. They do not know it: each has settings of its own.

use tracerail_actors::port::{Assigner, Directory as _};
use tracerail_actors::task::{LeastLoaded, Manual, RoundRobin, Skills, Sticky};
use tracerail_actors::{Settings, TaskPolicy};
use tracerail_schemas::Code;
use tracerail_schemas::task::Approvals;

use crate::config::{self, Config, OnExhausted, Provider};
use crate::error::{Error, chain};
use crate::llm::{LlmSettings, Vendor};
use crate::routing::RulesEngine;
use crate::telemetry::{Telemetry, TelemetrySettings};

/// Rules name groups and people. One that nobody knows would leave its tasks without anybody to work them.
pub(crate) fn check_names(rules: &RulesEngine, config: &Config) -> Result<(), Error> {
    let directory = config.directory();
    // The built-in rules cannot know anybody's groups. What they offer to a group that is not there goes to the default groups.
    if directory.is_open() || config.routing.rules_file.is_none() {
        return Ok(());
    }
    let unknown_group = rules.groups().into_iter().find(|group| !directory.has_group(group));
    let unknown_person = rules.people().into_iter().find(|person| !directory.knows(person));
    let unknown = unknown_group
        .map(|group| format!("the group {group:?}"))
        .or_else(|| unknown_person.map(|person| format!("the person {person:?}")));
    match unknown {
        None => Ok(()),
        Some(unknown) => Err(Error::new(
            Code::RulesInvalid,
            format!(
                "the rules name {unknown}, which the configuration does not know: add it, or change the rules"
            ),
        )),
    }
}

/// The model, as its room takes it.
pub(super) fn llm_settings(llm: &config::LlmConfig) -> LlmSettings {
    let provider = match llm.provider {
        Provider::Lexical => Vendor::Lexical,
        Provider::DeepSeek => Vendor::DeepSeek,
        Provider::OpenAi => Vendor::OpenAi,
        Provider::Anthropic => Vendor::Anthropic,
        Provider::Custom => Vendor::Custom,
    };
    LlmSettings {
        provider,
        base_url: llm.base_url.clone(),
        api_key: llm.api_key.as_ref().map(|key| key.expose().into()),
        model: llm.model.clone(),
        max_tokens: llm.max_tokens,
        temperature: llm.temperature,
        timeout: llm.timeout,
        retries: llm.retries,
        content_chars_max: llm.content_chars_max,
        ..LlmSettings::default()
    }
}

/// What the actors are held to.
pub(super) fn actor_settings(config: &Config) -> Settings {
    let actors = &config.actors;
    Settings {
        limits: config.limits.codec(),
        content_bytes_max: config.limits.content_bytes_max,
        in_flight_max: actors.in_flight,
        batch_max: actors.batch,
        attempts_max: actors.attempts_max,
        retry_base: actors.retry_base,
        retry_max: actors.retry_max,
        sla_tick: actors.sla_tick,
        stop_within: actors.stop_within,
        tasks: task_policy(config),
        ..Settings::default()
    }
}

fn task_policy(config: &Config) -> TaskPolicy {
    let tasks = &config.tasks;
    TaskPolicy {
        default_sla_hours: tasks.default_sla_hours,
        escalation_hours: tasks.escalation_hours,
        assignment: match tasks.assignment_strategy {
            config::AssignmentStrategy::RoundRobin => Assigner::of(RoundRobin),
            config::AssignmentStrategy::LeastLoaded => Assigner::of(LeastLoaded),
            config::AssignmentStrategy::Skills => Assigner::of(Skills),
            config::AssignmentStrategy::Sticky => Assigner::of(Sticky { key: tasks.sticky_key.clone() }),
            config::AssignmentStrategy::Manual => Assigner::of(Manual),
        },
        escalation: None,
        auto_escalation: tasks.enable_auto_escalation,
        expire_at_sla_times: match tasks.on_exhausted {
            OnExhausted::Hold => None,
            // The hours hold for the default SLA; a task with an SLA of its own expires in the same proportion.
            OnExhausted::Expire => Some(tasks.expire_hours.get() / tasks.default_sla_hours.get()),
        },
        candidate_groups: config.routing.candidate_groups.clone(),
        at_risk_share: tasks.at_risk_share,
        offer_hours: tasks.offer_hours,
        claim_lease_hours: tasks.claim_lease_hours,
        review_share: tasks.review_share,
        approvals: approvals(tasks),
        escalation_policies: config.escalation_policies(),
        escalation_policy: tasks.escalation_policy.clone(),
    }
}

/// How many must agree; nothing, where one other person is enough.
fn approvals(tasks: &config::TasksConfig) -> Option<Approvals> {
    let adjudicate = tasks.on_disagreement == config::OnDisagreement::Adjudicate;
    let wanted = Approvals { needed: tasks.approvals_needed, of: tasks.approvals_of, adjudicate };
    (wanted != Approvals::default()).then_some(wanted)
}

/// Where traces go, if anywhere.
pub(super) fn telemetry(otlp: &config::OtlpConfig) -> Result<Option<Telemetry>, Error> {
    let Some(endpoint) = &otlp.endpoint else { return Ok(None) };
    let settings = TelemetrySettings {
        endpoint: endpoint.clone(),
        headers: otlp.headers.as_ref().map(|headers| headers.expose().to_owned()).unwrap_or_default(),
        service_name: otlp.service_name.clone(),
        sample_ratio: otlp.sample_ratio,
        timeout: otlp.timeout,
    };
    let started = Telemetry::start(&settings);
    started.map(Some).map_err(|error| Error::new(Code::ConfigInvalid, chain(&error)))
}
