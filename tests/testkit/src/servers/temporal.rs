//! A Temporal development server on a database file, and its command line.

use std::path::PathBuf;
use std::process::Command;

use super::child::ServerChild;
use super::{STARTS_MAX, free_port, program, when_ready};
use crate::{Finished, Program, Scratch};

/// A Temporal server.
#[derive(Debug)]
pub struct Temporal {
    scratch: Scratch,
    port: u16,
    /// What is said of its database beside the file.
    pragmas: &'static [&'static str],
    child: Option<ServerChild>,
}

impl Temporal {
    /// Starts one. It does not wait for the disk: what is killed in tests are processes, never the machine.
    pub fn start() -> Self {
        Self::start_with(&["--sqlite-pragma", "synchronous=0"])
    }

    /// Starts one as people do, with a database as it comes.
    pub fn start_durable() -> Self {
        Self::start_with(&[])
    }

    fn start_with(pragmas: &'static [&'static str]) -> Self {
        let mut temporal = Self { scratch: Scratch::new(), port: 0, pragmas, child: None };
        for _ in 0..STARTS_MAX {
            temporal.port = free_port();
            if temporal.opens() {
                return temporal;
            }
        }
        panic!("the Temporal server does not start: {}", temporal.said());
    }

    /// Its front end: host and port.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("it runs").pid()
    }

    /// Ends it without warning.
    pub fn kill9(&mut self) {
        self.child = None;
    }

    /// Starts it again, on the same port and file.
    pub fn restart(&mut self) {
        self.kill9();
        let opens = (0..STARTS_MAX).any(|_| self.opens());
        assert!(opens, "the Temporal server does not start: {}", self.said());
    }

    /// Runs the command line `temporal` against it.
    pub fn run(&self, args: &[&str]) -> Finished {
        let host = self.host();
        self.cli().run(args.iter().copied().chain(["--address", &host]))
    }

    fn cli(&self) -> Program {
        Program::new(program("temporal"), self.scratch.path())
    }

    fn opens(&mut self) -> bool {
        let mut child = ServerChild::start(self.command(), &self.log());
        // A port that is taken ends it, so whoever answers while it runs is it.
        let ready = when_ready(&mut child, |_| {
            let said = self.run(&["operator", "cluster", "health"]);
            if said.stdout.contains("SERVING") { Ok(()) } else { Err(said.stderr) }
        });
        let ready = ready.is_some();
        self.child = ready.then_some(child);
        ready
    }

    fn command(&self) -> Command {
        let mut command = Command::new(program("temporal"));
        command.args(["server", "start-dev", "--headless", "--ip", "127.0.0.1", "--log-level", "error"]);
        command
            .args(["--port", &self.port.to_string(), "--db-filename"])
            .arg(self.scratch.join("temporal.db"));
        command.args(self.pragmas).current_dir(self.scratch.path());
        command
    }

    fn log(&self) -> PathBuf {
        self.scratch.join("temporal.log")
    }

    fn said(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }
}
