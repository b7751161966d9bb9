//! What a run found.

use std::fmt::Display;
use std::process::ExitCode;

/// What was wrong, told at the end.
#[derive(Debug, Default)]
pub(crate) struct Report {
    wrong: Vec<String>,
}

impl Report {
    /// Says one thing that was counted or measured.
    pub(crate) fn say(&self, what: impl Display) {
        println!("{what}");
    }

    /// Something must be so.
    pub(crate) fn must(&mut self, well: bool, what: impl Display) {
        println!("{} {what}", if well { "ok   " } else { "WRONG" });
        if !well {
            self.wrong.push(what.to_string());
        }
    }

    /// The last line, and the exit code.
    pub(crate) fn end(&self) -> ExitCode {
        if self.wrong.is_empty() {
            println!("PASS");
            return ExitCode::SUCCESS;
        }
        println!("FAIL: {}", self.wrong.join("; "));
        ExitCode::FAILURE
    }
}
