//! What is printed: answers to standard output, errors and logs to standard error.

use std::io::{self, Write as _};

use anyhow::Error;
use serde_json::{Value, json};

/// Where answers go, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// An answer, as one JSON value or as text.
    pub(crate) fn answer(self, value: &Value, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{value}")?;
        } else {
            writeln!(out, "{text}")?;
        }
        out.flush()
    }

    /// Why it was not done.
    pub(crate) fn failed(self, error: &Error) {
        let code = error.downcast_ref::<tracerail::Error>().map(|error| error.code().as_str());
        let message = format!("{error:#}");
        let line = match (self.json, code) {
            (true, _) => json!({"error": {"code": code, "message": message}}).to_string(),
            // It stands in the message.
            (false, _) => format!("error: {message}"),
        };
        // There is nobody left to tell.
        writeln!(io::stderr(), "{line}").unwrap_or_default();
    }
}
