//! Configuration: what can be set, where each value came from, and what is wrong with it.
//!
//! Promises: defaults are overruled by the file, the file by the environment, the environment by the command line; every
//! value knows its [`Origin`]; whatever is misspelt, of the wrong kind or contradictory is refused with its place and with
//! what to do ([`Code::ConfigInvalid`](tracerail_schemas::Code)), because a limit that silently does not apply is worse than
//! none. Keys of providers are never shown.
//!
//! [`DEFAULT_YAML`] is the documentation of every key; a test holds it equal to `Config::default()`.
//!
//! Deliberately absent: reloading. A process runs with the configuration it started with, so that what it logged at the
//! start is what it did.

mod scalar;

pub mod actors;
pub mod addresses;
pub mod calendars;
pub mod edition;
pub mod http;
pub mod limits;
pub mod llm;
pub mod log;
pub mod nats;
pub mod otlp;
pub mod people;
pub mod policies;
pub mod redis;
pub mod alerts;
pub mod retention;
pub mod routing;
pub mod store;
pub mod tasks;
pub mod temporal;

mod encryption;
mod env;
mod error;
mod file;
mod keys;
mod load;
pub mod origin;
mod secret;
mod secret_source;
mod servers;
mod settle;
mod show;
mod validate;
mod validate_servers;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Deserialize;
use tracerail_schemas::{GroupId, PersonId};

pub use actors::ActorsConfig;
pub use addresses::Addresses;
pub use alerts::AlertsConfig;
pub use calendars::WorkingHours;
pub use edition::Edition;
pub use encryption::EncryptionKey;
pub use error::{ConfigError, Wrong};
pub use http::HttpConfig;
pub use limits::LimitsConfig;
pub use llm::{LlmConfig, Provider};
pub use load::LoadOptions;
pub use log::{LogConfig, LogFormat, LogLevel};
pub use nats::NatsConfig;
pub use origin::{Origin, Origins};
pub use otlp::OtlpConfig;
pub use people::{Away, Group, Person};
pub use policies::{Policy, PolicyLevel};
pub use redis::RedisConfig;
pub use retention::{Keep, RetentionConfig};
pub use routing::{Engine, RoutingConfig};
pub use secret::Secret;
pub use show::Setting;
pub use store::StoreConfig;
pub use tasks::{AssignmentStrategy, OnDisagreement, OnExhausted, TasksConfig};
pub use temporal::{TemporalConfig, TemporalMode};

/// The complete default file: every key with its default and the reason for it.
pub const DEFAULT_YAML: &str = include_str!("default.yaml");

/// Everything that can be set. One struct a room.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where events and tasks are kept.
    pub edition: Edition,
    /// The model.
    #[serde(deserialize_with = "scalar::or_default")]
    pub llm: LlmConfig,
    /// What decides between auto, human, escalate and reject.
    #[serde(deserialize_with = "scalar::or_default")]
    pub routing: RoutingConfig,
    /// The SLA of tasks, and who gets them.
    #[serde(deserialize_with = "scalar::or_default")]
    pub tasks: TasksConfig,
    /// Who there is. Nobody: everybody may do everything.
    #[serde(deserialize_with = "people::read")]
    pub people: BTreeMap<PersonId, Person>,
    /// The groups of candidates.
    #[serde(deserialize_with = "people::read")]
    pub groups: BTreeMap<GroupId, Group>,
    /// Working hours by name.
    #[serde(deserialize_with = "people::read")]
    pub calendars: BTreeMap<String, WorkingHours>,
    /// What happens to tasks that take too long, by name.
    #[serde(deserialize_with = "people::read")]
    pub escalation_policies: BTreeMap<String, Policy>,
    /// The SQLite file of the embedded edition.
    #[serde(deserialize_with = "scalar::or_default")]
    pub store: StoreConfig,
    /// How long what has ended is kept.
    #[serde(deserialize_with = "scalar::or_default")]
    pub retention: RetentionConfig,
    /// What a running process warns of.
    #[serde(deserialize_with = "scalar::or_default")]
    pub alerts: AlertsConfig,
    /// The event log of the distributed edition.
    #[serde(deserialize_with = "scalar::or_default")]
    pub nats: NatsConfig,
    /// The store of the distributed edition.
    #[serde(deserialize_with = "scalar::or_default")]
    pub redis: RedisConfig,
    /// How large what comes in may be.
    #[serde(deserialize_with = "scalar::or_default")]
    pub limits: LimitsConfig,
    /// How much the actors do at once, and how often they try.
    #[serde(deserialize_with = "scalar::or_default")]
    pub actors: ActorsConfig,
    /// Where Temporal is, for the durable waits there.
    #[serde(deserialize_with = "scalar::or_default")]
    pub temporal: TemporalConfig,
    /// Where probes and scrapers ask.
    #[serde(deserialize_with = "scalar::or_default")]
    pub http: HttpConfig,
    /// Where traces go.
    #[serde(deserialize_with = "scalar::or_default")]
    pub otlp: OtlpConfig,
    /// What is logged, and how.
    #[serde(deserialize_with = "scalar::or_default")]
    pub log: LogConfig,
    /// Where the values came from; empty for a configuration made by hand.
    #[serde(skip)]
    pub origins: Origins,
    /// What works but is probably not meant; to be logged at the start.
    #[serde(skip)]
    pub warnings: Vec<String>,
}
