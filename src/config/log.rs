//! What is logged, and how.

use super::scalar::{choice, section};

choice! {
    /// The least important line that is still logged.
    LogLevel {
        /// What needs a person.
        Error = "error",
        /// What may need one.
        Warn = "warn",
        /// Starts, stops and what changed.
        Info = "info",
        /// Each event.
        Debug = "debug",
        /// Everything.
        Trace = "trace",
    }
}

choice! {
    /// How a line looks.
    LogFormat {
        /// For people.
        Text = "text",
        /// For programs: one object a line.
        Json = "json",
    }
}

section! {
    /// Logs: `log`.
    LogConfig {
        /// The least important line that is still logged. The variable `TRACERAIL_LOG` (a filter) overrules it.
        level: LogLevel = LogLevel::Info,
        /// How a line looks.
        format: LogFormat = LogFormat::Text,
    }
}
