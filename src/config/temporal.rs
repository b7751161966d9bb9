//! Where Temporal is, for the durable waits there; nothing else needs it.

use super::scalar::section;

section! {
    /// Temporal: `temporal`.
    TemporalConfig {
        /// Host and port of the front end.
        host: String = "localhost:7233".to_owned(),
        /// The namespace.
        namespace: String = "default".to_owned(),
        /// The task queue of the workers.
        task_queue: String = "tracerail".to_owned(),
    }
}
