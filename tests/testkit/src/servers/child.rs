//! A server's process. It dies with the test process, however that ends.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A server's process, and the one that watches over the test process.
#[derive(Debug)]
pub(super) struct ServerChild {
    server: Child,
    watcher: Child,
}

impl ServerChild {
    /// Starts it; what it says goes to a file.
    pub(super) fn start(mut command: Command, log: &Path) -> Self {
        let log = File::options().create(true).append(true).open(log).expect("a log file");
        let errors = log.try_clone().expect("a second handle");
        let server =
            command.stdin(Stdio::null()).stdout(log).stderr(errors).spawn().expect("the server starts");
        // The death signal of Linux is sent when the starting thread ends, and tests are threads; so a small shell looks.
        let script = "while kill -0 \"$0\" 2>/dev/null; do sleep 1; done; kill -9 \"$1\" 2>/dev/null";
        let watcher = Command::new("sh")
            .args(["-c", script, &std::process::id().to_string(), &server.id().to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell starts");
        Self { server, watcher }
    }

    pub(super) fn pid(&self) -> u32 {
        self.server.id()
    }

    /// Sends a signal, for example `STOP`.
    pub(super) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([&format!("-{signal}"), &self.pid().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "the server can be sent SIG{signal}");
    }

    /// Ends it without warning.
    pub(super) fn kill(&mut self) {
        // It may have died by itself.
        drop(self.server.kill());
        drop(self.server.wait());
        drop(self.watcher.kill());
        drop(self.watcher.wait());
    }
}

impl Drop for ServerChild {
    fn drop(&mut self) {
        self.kill();
    }
}
