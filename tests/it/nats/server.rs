//! A real nats-server on a free port of the loopback, with a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc;
use std::time::Duration;

use tracerail_testkit::{Scratch, wait_until};

/// Where the server is looked for when it is not in the `PATH`.
const SERVER_VARIABLE: &str = "TRACERAIL_NATS_SERVER";

/// A server of a test's own.
pub(crate) struct NatsServer {
    scratch: Scratch,
    port: u16,
    child: Option<Child>,
}

impl NatsServer {
    /// Starts one, with these lines added to its configuration.
    pub(crate) fn start(more: &str) -> Self {
        let scratch = Scratch::new();
        let mut server = Self { scratch, port: 0, child: None };
        server.configure(more);
        server.run();
        server.port = server.said_port();
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Kills it, as a crash would.
    pub(crate) fn kill9(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("the server can be killed");
            child.wait().expect("the server ends");
        }
    }

    /// Starts it again, on the same port and with what it had stored.
    pub(crate) fn restart(&mut self) {
        self.kill9();
        self.run();
        assert_eq!(self.said_port(), self.port);
    }

    /// Loses everything it has stored; it must not be running.
    pub(crate) fn wipe(&mut self) {
        self.kill9();
        std::fs::remove_dir_all(self.scratch.join("store")).expect("the store can be removed");
    }

    fn configure(&self, more: &str) {
        let store = self.scratch.join("store");
        let config =
            format!("server_name: test\njetstream {{ store_dir: {store:?}, max_file_store: 1TB }}\n{more}\n");
        self.scratch.write("nats.conf", config);
    }

    fn run(&mut self) {
        let port = if self.port == 0 { "-1".to_owned() } else { self.port.to_string() };
        // The server ends with the thread that started it, however that ends.
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL"])
            .arg(program())
            .args([
                "-c",
                "nats.conf",
                "-a",
                "127.0.0.1",
                "-p",
                &port,
                "-l",
                "server.log",
                "--ports_file_dir",
                ".",
            ])
            .current_dir(self.scratch.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("nats-server can be started");
        self.child = Some(child);
    }

    /// The port this very process listens on.
    fn said_port(&self) -> u16 {
        let id = self.child.as_ref().expect("it runs").id();
        wait_until("nats-server says its port", Duration::from_secs(10), || {
            let found = std::fs::read_dir(self.scratch.path()).map_err(|error| error.to_string())?;
            let mut files = found.flatten().map(|entry| entry.path());
            let file = files.find(|path| path.to_string_lossy().ends_with(&format!("_{id}.ports")));
            port_in(&file.ok_or("no file with ports yet")?)
        })
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.kill9();
    }
}

/// The address of one server that all tests share, each under a prefix of its own.
pub(crate) fn shared() -> &'static str {
    static SHARED: OnceLock<String> = OnceLock::new();
    SHARED.get_or_init(|| {
        let (tell, told) = mpsc::channel();
        // The server ends with the thread that started it, and this one ends with the tests.
        std::thread::spawn(move || {
            let server = NatsServer::start("");
            tell.send(server.url()).expect("somebody waits");
            loop {
                std::thread::park();
            }
        });
        told.recv().expect("the server starts")
    })
}

fn port_in(file: &Path) -> Result<u16, String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let ports: serde_json::Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let url = ports["nats"][0].as_str().ok_or("no address in it")?;
    url.rsplit(':').next().and_then(|port| port.parse().ok()).ok_or_else(|| url.to_owned())
}

/// What is started.
fn program() -> PathBuf {
    std::env::var_os(SERVER_VARIABLE).map_or_else(|| "nats-server".into(), PathBuf::from)
}
