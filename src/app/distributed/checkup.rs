//! A look at the servers.

use std::time::Duration;

use tokio::runtime::Handle;

use super::settings;
use crate::backends::distributed::nats::{self, NatsSettings};
use crate::backends::distributed::redis::{self, RedisSettings};
use crate::checkup::Finding;
use crate::config::Config;
use crate::error::Error;

/// What this user may not ask gets no answer at all, and somebody waits for the report.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// What was found.
pub(in crate::app) async fn checkup(config: &Config, patience: Option<Duration>) -> Vec<Finding> {
    match look(config, patience).await {
        Ok(findings) => findings,
        Err(error) => {
            let cure = format!("see `tracerail explain {}`", error.code());
            vec![Finding::fail("servers", error.to_string(), cure)]
        }
    }
}

async fn look(config: &Config, patience: Option<Duration>) -> Result<Vec<Finding>, Error> {
    let settings = NatsSettings { request_timeout: ANSWER_WITHIN, ..settings::nats(config, patience)? };
    let redis = RedisSettings { response_timeout: ANSWER_WITHIN, ..super::open::redis(config, patience)? };
    let mut findings = nats::checkup(&settings, &settings::monitor(&config.nats), Handle::current()).await;
    findings.extend(redis::checkup(&redis, settings.age_max).await);
    Ok(findings)
}
