//! Where Temporal is, for the durable waits there; nothing else needs it.

use std::path::PathBuf;

use super::scalar::{choice, section};
use super::secret::Secret;

choice! {
    /// How the waits of tasks are kept in Temporal.
    TemporalMode {
        /// A workflow for each task.
        PerTask = "per_task",
        /// A few workflows that keep many waits each.
        Managed = "managed",
    }
}

section! {
    /// Temporal: `temporal`.
    TemporalConfig {
        /// Host and port of the front end.
        host: String = "localhost:7233".to_owned(),
        /// The namespace.
        namespace: String = "default".to_owned(),
        /// The task queue of the workers.
        task_queue: String = "tracerail".to_owned(),
        /// How the waits are kept.
        mode: TemporalMode = TemporalMode::PerTask,
        /// How many workflows keep them, where `mode` is `managed`.
        shards: u32 = 4,
        /// The keys payloads are encrypted with. Filled in by loading, from wherever they stand.
        encryption_keys: Option<Secret> = None,
        /// The variable that holds them.
        encryption_keys_env: Option<String> = None,
        /// The file that holds them.
        encryption_keys_file: Option<PathBuf> = None,
    }
}
