//! The way to Temporal's front end. TLS and keys come from Temporal's own settings (`TEMPORAL_TLS_*`, `TEMPORAL_API_KEY`, its
//! configuration file), address and namespace from TraceRail's.

use std::time::Duration;

use temporalio_client::envconfig::LoadClientConfigProfileOptions;
use temporalio_client::{Client, ClientOptions, Connection, ConnectionOptions};
use tracerail::config::TemporalConfig;

use crate::codec;
use crate::error::Error;

/// Between two tries at first, and at most.
const TRIES_EVERY: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// Connects, however long Temporal takes to answer.
pub async fn connect_patiently(config: &TemporalConfig) -> Result<Client, Error> {
    let (mut pause, longest) = TRIES_EVERY;
    loop {
        match connect(config).await {
            Err(Error::Temporal { why, .. }) => {
                tracing::warn!(%why, host = %config.host, "Temporal does not answer; trying again");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(longest);
            }
            done => return done,
        }
    }
}

/// Connects once.
pub async fn connect(config: &TemporalConfig) -> Result<Client, Error> {
    let (connection, client) = options(config)?;
    let connected = Connection::connect(connection).await;
    let connection = connected.map_err(|error| Error::temporal("be reached", &error))?;
    Client::new(connection, client).map_err(|error| Error::Settings { why: error.to_string() })
}

fn options(config: &TemporalConfig) -> Result<(ConnectionOptions, ClientOptions), Error> {
    let loaded = ClientOptions::load_from_config(LoadClientConfigProfileOptions::default());
    let (mut connection, mut client) = loaded.map_err(|error| Error::Settings { why: error.to_string() })?;
    let scheme = if connection.tls_options.is_some() { "https" } else { "http" };
    let target = format!("{scheme}://{}", config.host).parse();
    connection.target =
        target.map_err(|error| Error::Settings { why: format!("{}: {error}", config.host) })?;
    client.namespace.clone_from(&config.namespace);
    let keys = config.encryption().map_err(|why| Error::Settings { why })?;
    client.data_converter = codec::converter(&keys)?;
    Ok((connection, client))
}
