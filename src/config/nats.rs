//! NATS JetStream, where the distributed edition keeps its events.

use std::path::PathBuf;
use std::time::Duration;

use tracerail_schemas::time::duration_text;

use super::addresses::Addresses;
use super::scalar::section;
use super::secret::Secret;

const GIB: u64 = 1 << 30;

section! {
    /// The event log of the distributed edition: `nats`.
    NatsConfig {
        /// The servers of one cluster.
        url: Addresses = Addresses::one("nats://127.0.0.1:4222"),
        /// What subjects, streams and consumers begin with, and Redis keys too; none: nothing.
        subject_prefix: Option<String> = None,
        /// The user.
        user: Option<String> = None,
        /// The user's password. Filled in by loading, from wherever it stands.
        password: Option<Secret> = None,
        /// The variable that holds the password.
        password_env: Option<String> = None,
        /// The file that holds the password.
        password_file: Option<PathBuf> = None,
        /// A token, for servers that know no users.
        token: Option<Secret> = None,
        /// A file with the seed of an nkey.
        nkey_seed_file: Option<PathBuf> = None,
        /// A file with a JWT and its nkey.
        creds_file: Option<PathBuf> = None,
        /// The authorities servers are trusted by; none: those of the system.
        tls_ca: Option<PathBuf> = None,
        /// This client's certificate.
        tls_cert: Option<PathBuf> = None,
        /// Its private key.
        tls_key: Option<PathBuf> = None,
        /// How long a delivery nobody reports on stays with its process.
        #[serde(with = "duration_text")]
        ack_wait: Duration = Duration::from_secs(15),
        /// Deliveries of one consumer that may be held at once, by all processes together.
        max_ack_pending: u32 = 10_000,
        /// Events asked for at once.
        pull_batch: usize = 200,
        /// Deliveries of one event before it counts as one that kills its process.
        max_deliver: u32 = 100,
        /// How long the server recognises an event that is published again.
        #[serde(with = "duration_text")]
        duplicate_window: Duration = Duration::from_mins(10),
        /// Servers that hold each stream.
        replicas: usize = 1,
        /// How long events are kept.
        #[serde(with = "duration_text")]
        max_age: Duration = Duration::from_hours(720),
        /// Bytes of the stream content comes in by.
        intake_bytes_max: u64 = GIB,
        /// Bytes of each other stream.
        stream_bytes_max: u64 = 4 * GIB,
        /// How long a publish is tried.
        #[serde(with = "duration_text")]
        publish_timeout: Duration = Duration::from_secs(30),
        /// Where the server tells about itself; none: port 8222 of the first server.
        monitor_url: Option<String> = None,
    }
}
