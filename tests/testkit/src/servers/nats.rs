//! A nats-server.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::child::ServerChild;
use super::{answers, free_port, program, project};
use crate::Scratch;

/// What kind of server.
#[derive(Clone, Debug, Default)]
pub struct NatsOptions {
    /// With the shipped configuration: its users and permissions, its durability. Otherwise everybody may do everything.
    pub shipped: bool,
    /// Whether every message is on the disk before it is acknowledged; the shipped configuration says so by itself.
    pub sync_always: bool,
    /// Where its store is; a folder of its own when there is none.
    pub store: Option<PathBuf>,
}

/// A nats-server with JetStream.
#[derive(Debug)]
pub struct Nats {
    options: NatsOptions,
    scratch: Scratch,
    port: u16,
    monitor: u16,
    child: Option<ServerChild>,
}

/// The users of the shipped configuration.
const USERS: [&str; 10] =
    ["admin", "llm", "router", "task", "sla", "escalation", "all", "operator", "publisher", "subscriber"];

impl Nats {
    /// Starts one.
    pub fn start(options: NatsOptions) -> Self {
        let mut nats =
            Self { options, scratch: Scratch::new(), port: free_port(), monitor: free_port(), child: None };
        nats.open();
        nats
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Where it tells about itself.
    pub fn monitor_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.monitor)
    }

    /// The password of a user of the shipped configuration.
    pub fn password(user: &str) -> String {
        format!("the-password-of-{user}")
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("it runs").pid()
    }

    /// What it has said.
    pub fn log(&self) -> PathBuf {
        self.scratch.join("nats.log")
    }

    /// Where its store is.
    pub fn store(&self) -> PathBuf {
        self.options.store.clone().unwrap_or_else(|| self.scratch.join("store"))
    }

    /// Ends it without warning.
    pub fn kill9(&mut self) {
        self.child = None;
    }

    /// Starts it again, on the same port and store.
    pub fn restart(&mut self) {
        self.kill9();
        self.open();
    }

    /// Lets it stand still.
    pub fn pause(&self) {
        self.child.as_ref().expect("it runs").signal("STOP");
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.child.as_ref().expect("it runs").signal("CONT");
    }

    fn open(&mut self) {
        let mut command = Command::new(program("nats-server"));
        command.arg("-c").arg(self.configuration());
        command.args(["-a", "127.0.0.1", "-p", &self.port.to_string(), "-m", &self.monitor.to_string()]);
        for user in USERS {
            command.env(format!("TRACERAIL_NATS_{}_PASSWORD", user.to_uppercase()), Self::password(user));
        }
        self.child = Some(ServerChild::start(command, &self.log()));
        answers(self.port);
    }

    fn configuration(&self) -> PathBuf {
        let file: &Path = &self.scratch.join("nats.conf");
        std::fs::write(file, self.text()).expect("a configuration");
        file.to_owned()
    }

    fn text(&self) -> String {
        let store = format!("store_dir: \"{}\"", self.store().display());
        if self.options.shipped {
            let shipped =
                std::fs::read_to_string(project().join("nats.conf")).expect("the shipped configuration");
            let elsewhere = shipped.replace("store_dir: \"nats-data\"", &store);
            assert_ne!(elsewhere, shipped, "the shipped configuration says where the store is");
            return elsewhere;
        }
        let sync = if self.options.sync_always { "always" } else { "2m" };
        format!(
            "max_payload: 4MB\njetstream {{ {store}, max_mem: 256MB, max_file: 64GB, sync_interval: {sync} }}\n"
        )
    }
}
