//! The environment: the seed's names, OpenTelemetry's, and `TRACERAIL__SECTION__KEY` for every key.
//!
//! An empty variable counts as not set: that is what `docker compose` makes of `FOO: ${FOO}`.

use std::collections::BTreeMap;

use super::Config;
use super::error::ConfigError;
use super::origin::Origin;
use super::servers::{NATS_URL, REDIS_URL};

/// What every general name begins with. Two underscores, so that `TRACERAIL_LOG` and the like are other things.
const PREFIX: &str = "TRACERAIL__";

/// The names the seed gives, and what they set.
const SEED_NAMES: [(&str, &str); 5] = [
    ("TRACERAIL_LLM_PROVIDER", "llm.provider"),
    ("LLM_BASE_URL", "llm.base_url"),
    ("TRACERAIL_ROUTING_ENGINE", "routing.engine"),
    ("TRACERAIL_DEFAULT_SLA_HOURS", "tasks.default_sla_hours"),
    ("TEMPORAL_HOST", "temporal.host"),
];

/// The names the tools of NATS and Redis read too, and the one somebody would guess for the edition.
const SERVER_NAMES: [(&str, &str); 3] =
    [("TRACERAIL_EDITION", "edition"), ("NATS_URL", NATS_URL), ("REDIS_URL", REDIS_URL)];

/// The names every program with OpenTelemetry understands, and what they set.
const OPENTELEMETRY_NAMES: [(&str, &str); 3] = [
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "otlp.endpoint"),
    ("OTEL_EXPORTER_OTLP_HEADERS", "otlp.headers"),
    ("OTEL_SERVICE_NAME", "otlp.service_name"),
];

/// The variables of a process. Without `Debug`, as they hold keys.
pub(super) struct Environment(BTreeMap<String, String>);

impl Environment {
    pub(super) fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(variables.into_iter().filter(|(_, value)| !value.trim().is_empty()).collect())
    }

    /// The value of a variable that is set and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Lays the variables over the configuration: the well-known names first, as the general ones say more exactly what is meant.
    pub(super) fn apply(&self, config: &mut Config) -> Result<(), ConfigError> {
        for (name, path) in SEED_NAMES.into_iter().chain(SERVER_NAMES).chain(OPENTELEMETRY_NAMES) {
            if let Some(value) = self.get(name) {
                set(config, name, path, value)?;
            }
        }
        for (name, value) in &self.0 {
            if let Some(rest) = name.strip_prefix(PREFIX) {
                set(config, name, &rest.to_ascii_lowercase().replace("__", "."), value)?;
            }
        }
        self.warn_of_near_misses(config);
        Ok(())
    }

    /// `TRACERAIL_STORE_PATH` looks right and does nothing; better to say so.
    fn warn_of_near_misses(&self, config: &mut Config) {
        // A name that looks like a miss may be the very one a key names.
        let named = [
            &config.llm.api_key_env,
            &config.nats.password_env,
            &config.redis.password_env,
            &config.temporal.encryption_keys_env,
        ];
        let named: Vec<_> = named.into_iter().flatten().cloned().collect();
        let known = |near: &str| {
            named.iter().any(|name| name == near)
                || SEED_NAMES.iter().chain(&SERVER_NAMES).any(|(name, _)| *name == near)
        };
        for path in config.paths() {
            let upper = path.to_ascii_uppercase();
            let near = format!("TRACERAIL_{}", upper.replace('.', "_"));
            if self.get(&near).is_some() && !known(&near) {
                let name = format!("{PREFIX}{}", upper.replace('.', "__"));
                config.warnings.push(format!("the variable {near} has no effect; {name} sets {path}"));
            }
        }
    }
}

fn set(config: &mut Config, name: &str, path: &str, value: &str) -> Result<(), ConfigError> {
    let origin = Origin::Environment { variable: name.to_owned() };
    config.set(path, value, origin.clone()).map_err(|problem| problem.at(origin, None))
}
