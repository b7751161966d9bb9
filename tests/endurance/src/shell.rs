//! Programs of the system.

use std::ffi::OsStr;
use std::process::Command;

/// Runs a program to its end; what it complained, if it failed.
pub(crate) fn attempt<A: AsRef<OsStr>>(program: &str, args: &[A]) -> Result<(), String> {
    let output = Command::new(program).args(args).output().map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr).trim()))
}

/// The same, where a failure ends the run.
pub(crate) fn must<A: AsRef<OsStr>>(program: &str, args: &[A]) {
    attempt(program, args).unwrap_or_else(|complaint| panic!("{complaint}"));
}
