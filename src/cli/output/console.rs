//! Where output goes. The only place that writes to standard output and standard error.

use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::{Value, json};
use tracerail_schemas::task::Refusal;

use super::clean::{clean, clean_json};
use crate::cli::args::Globals;
use crate::cli::exit::Exit;
use crate::error::Error;

/// Standard output and standard error, and what is to be said there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Console {
    json: bool,
    quiet: bool,
}

impl Console {
    /// What these options ask for.
    pub(crate) fn new(globals: &Globals) -> Self {
        Self { json: globals.json, quiet: globals.quiet }
    }

    /// Before the options are known.
    pub(crate) fn plain(json: bool) -> Self {
        Self { json, quiet: false }
    }

    /// Whether programs read the output.
    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// Whether a person watches, so that a progress bar makes sense.
    pub(crate) fn is_watched(self) -> bool {
        !self.json && !self.quiet && io::stderr().is_terminal()
    }

    /// A bar over so many things, `what` behind their number; hidden where nobody watches.
    pub(crate) fn bar(self, of: u64, what: &str) -> ProgressBar {
        if !self.is_watched() {
            return ProgressBar::hidden();
        }
        let template = format!("{{bar:30}} {{pos}}/{{len}} {what}  {{msg}}  {{elapsed}}");
        let style = ProgressStyle::with_template(&template);
        ProgressBar::new(of).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
    }

    /// A count of things whose number nobody knows yet; hidden where nobody watches.
    pub(crate) fn counter(self, what: &str) -> ProgressBar {
        if !self.is_watched() {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template(&format!("{{spinner}} {{pos}} {what}  {{elapsed}}"));
        ProgressBar::new_spinner().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
    }

    /// Text that was asked for.
    #[expect(clippy::unused_self, reason = "whoever prints has been handed the console")]
    pub(crate) fn text(self, text: &str) -> io::Result<()> {
        let end = if text.ends_with('\n') { "" } else { "\n" };
        print(&[&clean(text), end])
    }

    /// A value that was asked for, in one line.
    #[expect(clippy::unused_self, reason = "whoever prints has been handed the console")]
    pub(crate) fn value(self, value: &impl Serialize) -> io::Result<()> {
        print(&[&clean_json(&serde_json::to_string(value)?), "\n"])
    }

    /// The value for programs, or the text for people.
    pub(crate) fn answer(
        self,
        value: impl FnOnce() -> Value,
        text: impl FnOnce() -> String,
    ) -> io::Result<()> {
        if self.json { self.value(&value()) } else { self.text(&text()) }
    }

    /// Something worth knowing beside what was asked for.
    pub(crate) fn note(self, text: &str) {
        if !self.quiet && !self.json {
            complain(&clean(text));
        }
    }

    /// One thing of many that went wrong; the command goes on.
    pub(crate) fn problem(self, code: &str, text: &str) {
        if !self.json {
            complain(&clean(&format!("error {code}: {text}")));
        }
    }

    /// The error a command ends with.
    pub(crate) fn failed(self, error: &Error) -> Exit {
        let code = error.code();
        let full = error.to_string();
        let message = full.strip_prefix(&format!("{code}: ")).unwrap_or(&full);
        if self.json {
            let value = json!({"error": {"code": code, "message": message}});
            complain(&clean_json(&value.to_string()));
        } else {
            complain(&clean(&format!("error {code}: {message}\nhint: tracerail explain {code}")));
        }
        Exit::from(code)
    }

    /// The refusal a command ends with: what stands there, and what would be possible.
    pub(crate) fn refused(self, refusal: &Refusal) -> Exit {
        let code = refusal.code;
        if self.json {
            let mut value = json!({"error": refusal});
            if let Some(Value::Object(fields)) = value.get_mut("error") {
                fields.retain(|_, value| !value.is_null());
            }
            complain(&clean_json(&value.to_string()));
        } else {
            let legal: Vec<_> = refusal.legal_commands.iter().map(|kind| kind.as_str()).collect();
            let legal = if legal.is_empty() {
                String::new()
            } else {
                format!("\npossible now: {}", legal.join(", "))
            };
            let text = format!("error {code}: {}{legal}", refusal.message);
            complain(&clean(&format!("{text}\nhint: tracerail explain {code}")));
        }
        Exit::from(code)
    }
}

/// Writes to standard output, and sees that it got there.
fn print(parts: &[&str]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for part in parts {
        out.write_all(part.as_bytes())?;
    }
    out.flush()
}

/// Writes to standard error. If even that is closed, there is nobody left to tell.
fn complain(text: &str) {
    writeln!(io::stderr().lock(), "{text}").unwrap_or_default();
}
