//! The SQLite file of the embedded edition.

use std::path::PathBuf;
use std::time::Duration;

use tracerail_schemas::time::duration_text;

use super::scalar::section;

section! {
    /// The store: `store`.
    StoreConfig {
        /// The file.
        path: PathBuf = PathBuf::from("tracerail.db"),
        /// How many commits share one transaction at most.
        group_commit_max: usize = 512,
        /// How long to wait for another process that writes.
        #[serde(with = "duration_text")]
        busy_timeout: Duration = Duration::from_secs(5),
        /// How long a process that died keeps others from pumping.
        #[serde(with = "duration_text")]
        lease: Duration = Duration::from_secs(3),
    }
}
