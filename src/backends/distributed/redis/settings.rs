//! How Redis is reached, and how much of it is used.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tracerail_actors::port::Clock;

/// How Redis is reached, and how much of it is used.
#[derive(Clone)]
pub struct RedisSettings {
    /// Where it is: `redis://host:6379`, or `rediss://` for TLS. Several are the nodes of a cluster.
    pub urls: Vec<String>,
    /// Whether they are a cluster.
    pub cluster: bool,
    /// The user, where it is not in the address.
    pub user: Option<String>,
    /// Its password.
    pub password: Option<SecretString>,
    /// The certificate authority of the server, as PEM, where the system does not know it.
    pub tls_ca: Option<Vec<u8>>,
    /// The certificate and key of this client, as PEM, where the server asks for them.
    pub tls_client: Option<(Vec<u8>, Vec<u8>)>,
    /// What the names of all keys begin with; it separates installations.
    pub prefix: String,
    /// In how many parts everything is kept; each stands in one slot of a cluster. Never changed once there is something.
    pub partitions: u16,
    /// When a call counts as unanswered. What is not answered may have happened; repeating it is safe.
    pub response_timeout: Duration,
    /// How long the first connection may take before it is given up; for ever when there is none.
    pub connect_within: Option<Duration>,
    /// Whether this process may make up for what Redis has lost; others wait until one has.
    pub may_catch_up: bool,
    /// Whose clock says whether a deadline has passed: Redis' own, or, for tests, this one.
    pub clock: Option<Arc<dyn Clock>>,
    /// On which runtime the connections live; that of the caller when there is none.
    pub runtime: Option<tokio::runtime::Handle>,
}

impl Default for RedisSettings {
    fn default() -> Self {
        Self {
            urls: vec!["redis://127.0.0.1:6379".to_owned()],
            cluster: false,
            user: None,
            password: None,
            tls_ca: None,
            tls_client: None,
            prefix: String::new(),
            partitions: 16,
            response_timeout: Duration::from_secs(5),
            connect_within: None,
            may_catch_up: true,
            clock: None,
            runtime: None,
        }
    }
}

impl std::fmt::Debug for RedisSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisSettings")
            .field("cluster", &self.cluster)
            .field("prefix", &self.prefix)
            .field("partitions", &self.partitions)
            .finish_non_exhaustive()
    }
}
