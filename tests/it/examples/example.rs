//! An example as its reader runs it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;
use tracerail_testkit::servers::Nats;

/// The languages there are examples in.
pub(super) const LANGUAGES: [&str; 2] = ["python", "node"];

/// Longer than any example takes on a busy machine, shorter than anybody wants to wait for one that hangs.
const SECONDS_MAX: &str = "120";

/// One program, and the server it talks to.
pub(super) struct Example {
    command: Command,
}

/// What it said.
#[derive(Debug)]
pub(super) struct Told {
    stdout: String,
    pub(super) stderr: String,
}

impl Example {
    pub(super) fn new(language: &str, name: &str, url: &str) -> Self {
        let root = installed();
        let (runs, program) = match language {
            "python" => (root.join(".cache/examples/venv/bin/python"), format!("examples/python/{name}.py")),
            _ => (PathBuf::from("node"), format!("examples/{language}/{name}.mjs")),
        };
        let mut command = Command::new("timeout");
        let user = if name == "publish" { "publisher" } else { "subscriber" };
        command.arg(SECONDS_MAX).arg(runs).arg(root.join(program)).env("NATS_URL", url);
        command.env("NATS_USER", user).env("NATS_PASSWORD", Nats::password(user));
        Self { command }
    }

    pub(super) fn run(mut self, args: &[&str]) -> Told {
        let output = self.command.args(args).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let told = Told { stdout: text(&output.stdout), stderr: text(&output.stderr) };
        assert!(output.status.success(), "{:?} {args:?}: {}\n{told:?}", self.command, output.status);
        told
    }
}

impl Told {
    /// Its lines: as JSON where they are, else as text.
    pub(super) fn lines(&self) -> Vec<Value> {
        let value = |line: &str| serde_json::from_str(line).unwrap_or_else(|_| line.into());
        self.stdout.lines().map(value).collect()
    }
}

/// The project's folder, with everything the examples need.
fn installed() -> &'static Path {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    INSTALLED.get_or_init(|| {
        let installed = Command::new(root.join("scripts/examples")).arg("install").output().unwrap();
        assert!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stderr));
    });
    root
}
