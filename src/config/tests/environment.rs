//! The environment: the seed's names, the general ones, and what disturbs.

use super::super::{Origin, Provider};
use super::{Story, shown};

#[test]
fn the_seeds_names_work() {
    let config = Story::without_file()
        .env("TRACERAIL_LLM_PROVIDER", "openai")
        .env("OPENAI_API_KEY", "sk-1")
        .env("LLM_BASE_URL", "http://localhost:8080/v1")
        .env("TRACERAIL_ROUTING_ENGINE", "rules")
        .env("TRACERAIL_DEFAULT_SLA_HOURS", "72")
        .env("TEMPORAL_HOST", "temporal:7233")
        .load();
    assert_eq!(config.llm.provider, Provider::OpenAi);
    assert_eq!(config.llm.base_url.as_deref(), Some("http://localhost:8080/v1"));
    assert_eq!(config.temporal.host, "temporal:7233");
    let sla = shown(&config, "tasks.default_sla_hours");
    assert_eq!(sla.origin.to_string(), "environment TRACERAIL_DEFAULT_SLA_HOURS");
}

#[test]
fn opentelemetrys_names_work() {
    let config = Story::without_file()
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318")
        .env("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20key,x-team=desk")
        .env("OTEL_SERVICE_NAME", "desk")
        .load();
    assert_eq!(shown(&config, "otlp.endpoint").value, "http://localhost:4318");
    assert_eq!(shown(&config, "otlp.headers").value, "********");
    assert_eq!(shown(&config, "otlp.service_name").origin.to_string(), "environment OTEL_SERVICE_NAME");
}

#[test]
fn hours_that_nobody_set_keep_their_proportion() {
    let config = Story::without_file().env("TRACERAIL_DEFAULT_SLA_HOURS", "72").load();
    let (escalation, expire) = (config.tasks.escalation_hours.get(), config.tasks.expire_hours.get());
    assert!((escalation - 144.0).abs() < 1e-9 && (expire - 216.0).abs() < 1e-9);
    let origin = shown(&config, "tasks.escalation_hours").origin;
    assert_eq!(origin.to_string(), "default (2 x tasks.default_sla_hours)");
}

#[test]
fn the_environment_overrules_the_file_and_the_command_line_both() {
    let mut story = Story::new("tracerail.yaml", "store: { path: a.db, lease: 2s }\n")
        .env("TRACERAIL__STORE__PATH", "b.db");
    let path = |story: &Story| shown(&story.load(), "store.path");
    assert_eq!(path(&story).value, "b.db");
    assert_eq!(path(&story).origin, Origin::Environment { variable: "TRACERAIL__STORE__PATH".to_owned() });
    story.options = story.options.with_override("store.path", "c.db");
    assert_eq!((path(&story).value.as_str(), path(&story).origin), ("c.db", Origin::CommandLine));
}

#[test]
fn every_key_can_be_set_by_its_own_value() {
    for setting in Story::without_file().load().show() {
        if matches!(setting.value.as_str(), "-" | "") {
            continue;
        }
        let name = format!("TRACERAIL__{}", setting.path.to_uppercase().replace('.', "__"));
        // Whoever names a server has to say which edition is meant.
        let chosen = Story::without_file().env("TRACERAIL_EDITION", "embedded");
        let config = chosen.env(&name, &setting.value).load();
        let again = shown(&config, &setting.path);
        assert_eq!((again.value, again.origin), (setting.value, Origin::Environment { variable: name }));
    }
}

#[test]
fn wrong_variables_are_named() {
    for (name, value, message) in [
        ("TRACERAIL_DEFAULT_SLA_HOURS", "soon", "tasks.default_sla_hours: \"soon\" is not a number of hours"),
        ("TRACERAIL_ROUTING_ENGINE", "flowable", "\"flowable\" is not in this version"),
        ("TRACERAIL__STORE__PAHT", "x", "did you mean store.path?"),
        ("TRACERAIL__PEOPLE__ADA", "x", "in a file only"),
        ("TRACERAIL__X", "x", "there is no such key"),
        ("TRACERAIL__ACTORS__BATCH", "0", "from 1 to 10000"),
        ("TRACERAIL__ACTORS__BATCH", "-1", "\"-1\" is not a whole number"),
        ("TRACERAIL__LLM__TEMPERATURE", "NaN", "out of range"),
        ("TEMPORAL_HOST", "temporal", "not a host with a port"),
        ("LLM_BASE_URL", "localhost:8080", "http or https"),
    ] {
        let error = Story::without_file().env(name, value).error();
        assert!(error.starts_with(&format!("environment {name}: ")) && error.contains(message), "{error}");
    }
}

#[test]
fn other_variables_do_not_disturb() {
    let config = Story::without_file()
        .env("TRACERAIL_LOG", "debug")
        .env("TRACERAIL_HOME", "/x")
        .env("TRACERAIL__STORE__PATH", "")
        .env("TRACERAIL_LLM_PROVIDER", " ")
        .load();
    assert_eq!(config, super::Config::default());
}

#[test]
fn a_near_miss_is_pointed_out() {
    let config = Story::without_file().env("TRACERAIL_STORE_PATH", "x.db").load();
    assert_eq!(
        config.warnings,
        ["the variable TRACERAIL_STORE_PATH has no effect; TRACERAIL__STORE__PATH sets store.path"]
    );
}

#[test]
fn a_name_that_a_key_names_is_no_near_miss() {
    let config = Story::without_file()
        .env("TRACERAIL_REDIS_PASSWORD", "p")
        .env("TRACERAIL__REDIS__PASSWORD_ENV", "TRACERAIL_REDIS_PASSWORD")
        .load();
    assert_eq!(config.warnings, [""; 0]);
    let config = Story::without_file().env("TRACERAIL_REDIS_PASSWORD", "p").load();
    assert_eq!(config.warnings.len(), 1, "{:?}", config.warnings);
}
