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
        // The death signal of Linux is sent when the starting thread ends, and tests are threads; so a small shell waits for the end
        // of its input, which it has from the test process alone.
        let watcher = Command::new("sh")
            .args(["-c", "read -r _; kill -9 \"$0\" 2>/dev/null", &server.id().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell starts");
        Self { server, watcher }
    }

    pub(super) fn pid(&self) -> u32 {
        self.server.id()
    }

    /// Whether it has not ended by itself.
    pub(super) fn runs(&mut self) -> bool {
        self.server.try_wait().expect("its state").is_none()
    }

    /// Sends a signal, for example `STOP`.
    pub(super) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([&format!("-{signal}"), &self.pid().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "the server can be sent SIG{signal}");
    }

    /// Ends it without warning.
    pub(super) fn kill(&mut self) {
        // It may have died by itself. The watcher goes first: after its server's end it would kill whoever gets its number.
        drop(self.watcher.kill());
        drop(self.watcher.wait());
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

impl Drop for ServerChild {
    fn drop(&mut self) {
        self.kill();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{Scratch, wait_until};

    #[test]
    fn a_server_dies_with_the_process_that_started_it() {
        let scratch = Scratch::new();
        let mut sleep = Command::new("sleep");
        sleep.arg("600");
        let mut child = ServerChild::start(sleep, &scratch.join("log"));
        assert!(child.runs());
        // What a process holds is closed when it ends, however it ends.
        drop(child.watcher.stdin.take());
        wait_until("its server is gone", Duration::from_secs(10), || {
            if child.runs() { Err("it runs".to_owned()) } else { Ok(()) }
        });
    }
}
