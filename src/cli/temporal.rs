//! `tracerail temporal`, and `temporal` among the parts of `tracerail run`: both start the program `tracerail-temporal`.
//!
//! It is a program of its own because the SDK of Temporal is large: nobody else builds or carries it.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use clap::Args;
use tracerail_schemas::Code;

use super::args::Globals;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;

/// The program's name.
const PROGRAM: &str = "tracerail-temporal";

/// How often it is looked whether it still runs.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Durable waits in Temporal.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  tracerail temporal run\n  tracerail temporal reconcile --json\n  tracerail temporal status\n\nThe program `tracerail-temporal` does it, from the folder of this one or from the PATH; it is built by\n`cargo build --release -p tracerail-temporal`. `tracerail temporal help` prints what it can do."
)]
pub(crate) struct TemporalArgs {
    /// What it is to do: run, reconcile, rebuild or status, with their options
    #[arg(value_name = "COMMAND", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<OsString>,
}

/// Becomes that program.
pub(super) fn run(context: &Context, args: TemporalArgs) -> Result<Exit, Failure> {
    let program = program()?;
    let mut command = Command::new(&program);
    command.args(options(&context.globals)).args(args.words);
    Err(cannot_start(&program, &become_it(command)))
}

/// The program beside the actors of `tracerail run`.
#[derive(Debug)]
pub(super) struct Companion(Child);

impl Companion {
    /// Starts it. What it prints is not what this process prints: its logs alone are shown.
    pub(super) fn start(context: &Context) -> Result<Self, Failure> {
        let program = program()?;
        let mut command = Command::new(&program);
        // It ends when its input does, however this process ends.
        command.args(options(&context.globals)).args(["run", "--attached"]);
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        command.spawn().map(Self).map_err(|error| cannot_start(&program, &error))
    }

    /// Waits until it ends by itself, which it should not.
    pub(super) async fn end(&mut self) -> Failure {
        loop {
            let how = match self.0.try_wait() {
                Ok(None) => {
                    tokio::time::sleep(LOOK_EVERY).await;
                    continue;
                }
                Ok(Some(status)) => status.to_string(),
                Err(error) => error.to_string(),
            };
            return Failure::new(
                Code::Internal,
                format!("{PROGRAM} has ended ({how}); its last lines above say why"),
            );
        }
    }

    /// Asks it to stop, and waits until it has.
    pub(super) async fn stop(mut self) {
        drop(self.0.stdin.take());
        let waited = tokio::task::spawn_blocking(move || self.0.wait()).await;
        if let Ok(Err(error)) = waited {
            tracing::warn!(%error, "it is not known how {PROGRAM} ended");
        }
    }
}

/// Where the program is: beside this one, else on the PATH.
fn program() -> Result<PathBuf, Failure> {
    let beside = env::current_exe().ok().and_then(|this| Some(this.parent()?.to_owned()));
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = beside.into_iter().chain(env::split_paths(&path));
    find(folders).ok_or_else(|| {
        let message = format!(
            "{PROGRAM} is neither beside this program nor on the PATH; `cargo build --release -p {PROGRAM}` builds it"
        );
        Failure::new(Code::UsageInvalid, message)
    })
}

fn find(folders: impl IntoIterator<Item = PathBuf>) -> Option<PathBuf> {
    let name = format!("{PROGRAM}{}", env::consts::EXE_SUFFIX);
    folders.into_iter().map(|folder| folder.join(&name)).find(|file| file.is_file())
}

/// The options of everywhere that it knows too.
fn options(globals: &Globals) -> Vec<OsString> {
    let named = |name: &str, path: &Path| [OsString::from(name), path.as_os_str().to_owned()];
    let mut options = Vec::new();
    options.extend(globals.config.iter().flat_map(|path| named("--config", path)));
    options.extend(globals.store.iter().flat_map(|path| named("--store", path)));
    options.extend(globals.json.then(|| "--json".into()));
    options.extend(globals.quiet.then(|| "--quiet".into()));
    options.extend((0..globals.verbose).map(|_| "--verbose".into()));
    options
}

fn cannot_start(program: &Path, error: &io::Error) -> Failure {
    Failure::new(Code::UsageInvalid, format!("{} cannot be started: {error}", program.display()))
}

/// On success there is nobody left to return.
#[cfg(unix)]
fn become_it(mut command: Command) -> io::Error {
    use std::os::unix::process::CommandExt as _;
    command.exec()
}

#[cfg(not(unix))]
fn become_it(mut command: Command) -> io::Error {
    match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_folder_that_has_it_counts() {
        let (empty, full) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let folders = || [empty.path().to_owned(), full.path().to_owned()];
        assert_eq!(find(folders()), None);
        let file = full.path().join(format!("{PROGRAM}{}", env::consts::EXE_SUFFIX));
        std::fs::write(&file, "").unwrap();
        assert_eq!(find(folders()), Some(file));
    }

    #[test]
    fn what_was_said_of_everywhere_is_handed_on() {
        let globals =
            Globals { config: Some("a b.yaml".into()), json: true, verbose: 2, ..Globals::default() };
        assert_eq!(options(&globals), ["--config", "a b.yaml", "--json", "--verbose", "--verbose"]);
    }
}
