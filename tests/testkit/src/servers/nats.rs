//! A nats-server.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::child::ServerChild;
use super::{STARTS_MAX, program, project, when_ready};
use crate::Scratch;

/// What kind of server.
#[derive(Clone, Debug, Default)]
pub struct NatsOptions {
    /// With the shipped configuration: its users and permissions, its durability. Otherwise everybody may do everything.
    pub shipped: bool,
    /// With the shipped configuration for this prefix, as `deploy/nats-prefix` makes it.
    pub prefix: Option<&'static str>,
    /// Whether every message is on the disk before it is acknowledged; the shipped configuration says so by itself.
    pub sync_always: bool,
    /// Where its store is; a folder of its own when there is none.
    pub store: Option<PathBuf>,
    /// With the block of TLS that is ready in the shipped configuration, and the certificates of this folder. Clients need one, too.
    pub tls: Option<PathBuf>,
    /// More lines for its configuration, for example who may do what.
    pub more: String,
}

/// A nats-server with JetStream.
#[derive(Debug)]
pub struct Nats {
    options: NatsOptions,
    scratch: Scratch,
    ports: Option<Ports>,
    child: Option<ServerChild>,
}

/// Where it listens. It chooses for itself when it is started first, so that it never meets another one.
#[derive(Clone, Copy, Debug)]
struct Ports {
    clients: u16,
    monitor: u16,
}

/// The users of the shipped configuration.
const USERS: [&str; 10] =
    ["admin", "llm", "router", "task", "sla", "escalation", "all", "operator", "publisher", "subscriber"];

impl Nats {
    /// Starts one.
    pub fn start(options: NatsOptions) -> Self {
        let mut nats = Self { options, scratch: Scratch::new(), ports: None, child: None };
        nats.open();
        nats
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.ports().clients)
    }

    /// Where it tells about itself.
    pub fn monitor_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports().monitor)
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

    fn ports(&self) -> Ports {
        self.ports.expect("it has run")
    }

    fn open(&mut self) {
        for _ in 0..STARTS_MAX {
            let mut child = ServerChild::start(self.command(), &self.log());
            if let Some(ports) = when_ready(&mut child, |pid| self.ports_of(pid)) {
                self.ports = Some(ports);
                self.child = Some(child);
                return;
            }
        }
        panic!("nats-server does not start: {}", std::fs::read_to_string(self.log()).unwrap_or_default());
    }

    fn command(&self) -> Command {
        let port = |of: fn(&Ports) -> u16| {
            self.ports.as_ref().map_or("-1".to_owned(), |ports| of(ports).to_string())
        };
        let mut command = Command::new(program("nats-server"));
        command.arg("-c").arg(self.configuration()).args(["-a", "127.0.0.1"]);
        command.args(["-p", &port(|ports| ports.clients), "-m", &port(|ports| ports.monitor)]);
        command.arg("--ports_file_dir").arg(self.scratch.path());
        for user in USERS {
            command.env(format!("TRACERAIL_NATS_{}_PASSWORD", user.to_uppercase()), Self::password(user));
        }
        command
    }

    /// A server writes where it listens as soon as it does, into a file with its own number.
    fn ports_of(&self, pid: u32) -> Result<Ports, String> {
        let file = self.scratch.join(&format!("nats-server_{pid}.ports"));
        let told = std::fs::read(&file).map_err(|error| error.to_string())?;
        let told: serde_json::Value = serde_json::from_slice(&told).map_err(|error| error.to_string())?;
        let port = |of: &str| told[of][0].as_str()?.rsplit(':').next()?.parse().ok();
        let ports = port("nats").zip(port("monitoring")).map(|(clients, monitor)| Ports { clients, monitor });
        ports.ok_or_else(|| told.to_string())
    }

    fn configuration(&self) -> PathBuf {
        let file: &Path = &self.scratch.join("nats.conf");
        std::fs::write(file, self.text()).expect("a configuration");
        file.to_owned()
    }

    fn text(&self) -> String {
        let store = format!("store_dir: \"{}\"", self.store().display());
        if self.options.shipped {
            let shipped = self.shipped();
            let elsewhere = shipped.replace("store_dir: \"nats-data\"", &store);
            assert_ne!(elsewhere, shipped, "the shipped configuration says where the store is");
            return format!("{elsewhere}\n{}\n{}", self.tls(), self.options.more);
        }
        let sync = if self.options.sync_always { "always" } else { "2m" };
        format!(
            "max_payload: 4MB\njetstream {{ {store}, max_mem: 256MB, max_file: 4TB, sync_interval: {sync} }}\n{}\n{}\n",
            self.tls(),
            self.options.more
        )
    }

    fn shipped(&self) -> String {
        let file = project().join("nats.conf");
        let Some(prefix) = self.options.prefix else {
            return std::fs::read_to_string(file).expect("the shipped configuration");
        };
        let made = Command::new(project().join("deploy/nats-prefix")).arg(prefix).arg(file).output();
        let made = made.expect("a shell runs");
        assert!(made.status.success(), "deploy/nats-prefix: {}", String::from_utf8_lossy(&made.stderr));
        String::from_utf8(made.stdout).expect("text")
    }

    fn tls(&self) -> String {
        let Some(folder) = &self.options.tls else { return String::new() };
        let ready = super::ready_lines("nats.conf", "tls {", "}").join("\n");
        ready.replace("\"certs/", &format!("\"{}/", folder.display()))
    }
}
