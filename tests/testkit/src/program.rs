//! The product as users run it: a process with arguments, an exit code and output.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The binary, and the folder it is run in.
#[derive(Clone, Debug)]
pub struct Program {
    binary: PathBuf,
    folder: PathBuf,
    env: Vec<(String, String)>,
}

/// What a finished run left.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The exit code; `None` after a signal.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it complained.
    pub stderr: String,
}

/// A run that says little and ends by itself.
#[derive(Debug)]
pub struct Started {
    child: Child,
}

/// A run that goes on. It is killed when this is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
}

impl Program {
    /// This binary, run in this folder. The environment of the caller that could change what it does is left out.
    pub fn new(binary: impl Into<PathBuf>, folder: impl Into<PathBuf>) -> Self {
        Self { binary: binary.into(), folder: folder.into(), env: Vec::new() }
    }

    /// The same, with one more environment variable.
    #[must_use]
    pub fn with_env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The folder it runs in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs it to its end.
    pub fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Finished {
        let output = self.command(args).stdin(Stdio::null()).output().expect("the binary runs");
        Finished::of(&output)
    }

    /// Runs it to its end with this on its standard input.
    pub fn run_with_input<A: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = A>,
        input: &[u8],
    ) -> Finished {
        let mut child = self
            .command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut stdin = child.stdin.take().expect("a pipe");
        let input = input.to_vec();
        // A program that refuses its input early closes the pipe: not an error of the test.
        let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().expect("the binary ends");
        writer.join().expect("the input is written");
        Finished::of(&output)
    }

    /// Starts it; `finish` waits for what it leaves.
    pub fn start<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Started {
        let mut command = self.command(args);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Started { child: command.spawn().expect("the binary runs") }
    }

    /// Runs it in the background; its output goes to a file of this name in its folder.
    pub fn spawn<A: AsRef<OsStr>>(&self, log: &str, args: impl IntoIterator<Item = A>) -> Process {
        let file = std::fs::File::create(self.folder.join(log)).expect("a log file");
        let child = self
            .command(args)
            .stdin(Stdio::null())
            .stdout(file.try_clone().expect("a second handle"))
            .stderr(file)
            .spawn()
            .expect("the binary runs");
        Process { child }
    }

    fn command<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(args).current_dir(&self.folder);
        for (name, _) in std::env::vars_os() {
            let name_text = name.to_string_lossy();
            if name_text.starts_with("TRACERAIL")
                || name_text.ends_with("_API_KEY")
                || name_text.starts_with("OTEL_")
                || name_text.starts_with("TEMPORAL_")
                || name_text == "LLM_BASE_URL"
            {
                command.env_remove(&name);
            }
        }
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }
}

impl Started {
    /// Waits for its end.
    pub fn finish(self) -> Finished {
        Finished::of(&self.child.wait_with_output().expect("the binary ends"))
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Finished {
    fn of(output: &std::process::Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The same, when it ended well; else the test ends.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "it is asked for its assertion as often as for itself"
    )]
    pub fn ok(self) -> Self {
        assert!(self.code == Some(0), "exit code {:?}\n{}\n{}", self.code, self.stdout, self.stderr);
        self
    }

    /// What it printed, as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| {
            panic!("no JSON ({error})\nstdout: {}\nstderr: {}", self.stdout, self.stderr)
        })
    }

    /// What it printed, as one JSON value a line.
    pub fn json_lines(&self) -> Vec<serde_json::Value> {
        let line = |line: &str| {
            serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("no JSON ({error}): {line}\n{}", self.stderr))
        };
        self.stdout.lines().filter(|text| !text.trim().is_empty()).map(line).collect()
    }
}

impl Process {
    /// Ends it as a power cut would: signal 9.
    pub fn kill(mut self) {
        self.child.kill().expect("a process that runs");
        self.child.wait().expect("its end");
    }

    /// Asks it to stop in order: the signal `SIGTERM`. Waits for its end; the exit code.
    pub fn terminate(mut self) -> Option<i32> {
        self.signal("TERM");
        self.child.wait().expect("its end").code()
    }

    /// Sends it a signal: `STOP` freezes it as a machine does that swaps or sleeps, `CONT` lets it go on.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &pid]).status().expect("the kill command");
        assert!(sent.success(), "the signal {name} could not be sent to {pid}");
    }

    /// Waits for its end, however it ends.
    pub fn wait(&mut self) -> std::process::ExitStatus {
        self.child.wait().expect("its end")
    }

    /// Its exit code, if it has ended by itself.
    pub fn ended(&mut self) -> Option<std::process::ExitStatus> {
        self.child.try_wait().expect("its state")
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
