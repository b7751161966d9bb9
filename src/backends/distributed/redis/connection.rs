//! The connection: one server or a cluster, shared by all callers, made again by itself when it breaks.

use redis::aio::{ConnectionLike as _, ConnectionManager, ConnectionManagerConfig};
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::{Client, ClientTlsConfig, Cmd, ConnectionInfo, IntoConnectionInfo as _, TlsCertificates, Value};
use secrecy::ExposeSecret as _;

use super::error::Failure;
use super::settings::RedisSettings;

/// A connection; clones share it.
#[derive(Clone)]
pub(super) enum Connection {
    /// To one server.
    One(ConnectionManager),
    /// To the nodes of a cluster.
    Cluster(ClusterConnection),
}

impl Connection {
    /// Connects, once: what cannot be reached now is a failure.
    pub(super) async fn open(settings: &RedisSettings) -> Result<Self, Failure> {
        let certificates = certificates(settings);
        let timeout = settings.response_timeout;
        let mut infos = Vec::new();
        for url in &settings.urls {
            infos.push(info(url, settings)?);
        }
        if settings.cluster {
            let mut builder =
                ClusterClient::builder(infos).response_timeout(timeout).connection_timeout(timeout);
            if let Some(certificates) = certificates {
                builder = builder.certs(certificates);
            }
            return Ok(Self::Cluster(builder.build()?.get_async_connection().await?));
        }
        let first = infos.into_iter().next();
        let first = first.ok_or_else(|| Failure::Refused("redis.url is empty".to_owned()))?;
        let client = match certificates {
            Some(certificates) => Client::build_with_tls(first, certificates)?,
            None => Client::open(first)?,
        };
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(timeout))
            .set_connection_timeout(Some(timeout))
            // What fails is tried again above, where it is known what it was.
            .set_number_of_retries(1);
        Ok(Self::One(ConnectionManager::new_with_config(client, config).await?))
    }

    /// Sends a command, and waits for its answer.
    pub(super) async fn ask(&self, command: &Cmd) -> Result<Value, Failure> {
        let answer = match self {
            Self::One(one) => one.clone().req_packed_command(command).await,
            Self::Cluster(cluster) => cluster.clone().req_packed_command(command).await,
        };
        let value = answer?;
        if let Value::ServerError(error) = value {
            return Err(Failure::Redis(error.into()));
        }
        Ok(value)
    }
}

fn info(url: &str, settings: &RedisSettings) -> Result<ConnectionInfo, Failure> {
    let info = url.into_connection_info()?;
    let mut redis = info.redis_settings().clone();
    if let Some(user) = &settings.user {
        redis = redis.set_username(user);
    }
    if let Some(password) = &settings.password {
        redis = redis.set_password(password.expose_secret());
    }
    Ok(info.set_redis_settings(redis))
}

fn certificates(settings: &RedisSettings) -> Option<TlsCertificates> {
    if settings.tls_ca.is_none() && settings.tls_client.is_none() {
        return None;
    }
    let client = |(cert, key): &(Vec<u8>, Vec<u8>)| ClientTlsConfig {
        client_cert: cert.clone(),
        client_key: key.clone(),
    };
    Some(TlsCertificates {
        client_tls: settings.tls_client.as_ref().map(client),
        root_cert: settings.tls_ca.clone(),
    })
}
