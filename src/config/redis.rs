//! Redis, where the distributed edition keeps its tasks.

use std::path::PathBuf;
use std::time::Duration;

use tracerail_schemas::time::duration_text;

use super::addresses::Addresses;
use super::scalar::section;
use super::secret::Secret;

section! {
    /// The store of the distributed edition: `redis`.
    RedisConfig {
        /// The server; several nodes of a cluster.
        url: Addresses = Addresses::one("redis://127.0.0.1:6379"),
        /// Whether it is a Redis Cluster.
        cluster: bool = false,
        /// The ACL user.
        user: Option<String> = None,
        /// The user's password. Filled in by loading, from wherever it stands.
        password: Option<Secret> = None,
        /// The variable that holds the password.
        password_env: Option<String> = None,
        /// The file that holds the password.
        password_file: Option<PathBuf> = None,
        /// The authorities servers are trusted by; none: those of the system.
        tls_ca: Option<PathBuf> = None,
        /// This client's certificate.
        tls_cert: Option<PathBuf> = None,
        /// Its private key.
        tls_key: Option<PathBuf> = None,
        /// Parts the state is kept in.
        partitions: u16 = 16,
        /// How long one answer of the server may take.
        #[serde(with = "duration_text")]
        response_timeout: Duration = Duration::from_secs(5),
    }
}
