//! A redis-server, and three that are a cluster.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::child::ServerChild;
use super::{STARTS_MAX, STARTS_WITHIN, free_port, program, project, when_ready};
use crate::{Scratch, wait_until};

/// What kind of server.
#[derive(Clone, Debug, Default)]
pub struct RedisOptions {
    /// With the shipped configuration and its user `tracerail`. Otherwise everybody may do everything.
    pub shipped: bool,
    /// `always`, `everysec` or `no`; `everysec` when nothing is said.
    pub appendfsync: Option<&'static str>,
    /// Where its files are; a folder of its own when there is none.
    pub folder: Option<PathBuf>,
    /// With the lines of TLS that are ready in the shipped configuration, and the certificates of this folder; beside its plain port.
    pub tls: Option<PathBuf>,
    /// More arguments, for example `--maxmemory`, `10mb`.
    pub arguments: Vec<String>,
}

/// A redis-server with an append-only file.
#[derive(Debug)]
pub struct Redis {
    options: RedisOptions,
    scratch: Scratch,
    port: u16,
    /// Where nodes of a cluster talk to each other.
    bus_port: u16,
    /// Where it listens with TLS, if it does.
    tls_port: u16,
    child: Option<ServerChild>,
}

/// Three redis-servers that share the slots.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<Redis>,
}

impl Redis {
    /// Starts one.
    pub fn start(options: RedisOptions) -> Self {
        let mut redis =
            Self { options, scratch: Scratch::new(), port: 0, bus_port: 0, tls_port: 0, child: None };
        for _ in 0..STARTS_MAX {
            (redis.port, redis.bus_port, redis.tls_port) = (free_port(), free_port(), free_port());
            if redis.opens() {
                return redis;
            }
        }
        panic!("redis-server does not start: {}", redis.said());
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Where it listens with TLS.
    pub fn tls_url(&self) -> String {
        format!("rediss://127.0.0.1:{}", self.tls_port)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The password of the shipped configuration's user `tracerail`.
    pub fn password() -> &'static str {
        "the-password-of-tracerail"
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("it runs").pid()
    }

    /// The folder with its append-only file.
    pub fn folder(&self) -> PathBuf {
        self.options.folder.clone().unwrap_or_else(|| self.scratch.path().to_owned())
    }

    /// Ends it without warning.
    pub fn kill9(&mut self) {
        self.child = None;
    }

    /// Starts it again, on the same port and files.
    pub fn restart(&mut self) {
        self.kill9();
        let opens = (0..STARTS_MAX).any(|_| self.opens());
        assert!(opens, "redis-server does not start: {}", self.said());
    }

    /// Lets it stand still.
    pub fn pause(&self) {
        self.child.as_ref().expect("it runs").signal("STOP");
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.child.as_ref().expect("it runs").signal("CONT");
    }

    /// What it answers to a command without arguments that need quoting; only for a server open to everybody.
    pub fn ask(&self, command: &str) -> String {
        self.ask_each(&[command]).pop().unwrap_or_default()
    }

    /// What it answers to each of these on one connection, for example after `AUTH tracerail ...`.
    pub fn ask_each(&self, commands: &[&str]) -> Vec<String> {
        self.try_each(commands, Duration::from_secs(10)).expect("it answers")
    }

    fn try_each(&self, commands: &[&str], within: Duration) -> io::Result<Vec<String>> {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port))?;
        socket.set_read_timeout(Some(within))?;
        let mut answer = |command: &&str| {
            socket.write_all(format!("{command}\r\n").as_bytes())?;
            let mut buffer = vec![0; 65_536];
            let count = socket.read(&mut buffer)?;
            Ok(String::from_utf8_lossy(&buffer[..count]).into_owned())
        };
        commands.iter().map(&mut answer).collect()
    }

    /// Empties it.
    pub fn flushall(&self) {
        assert_eq!(self.ask("FLUSHALL"), "+OK\r\n");
    }

    /// The shipped pattern of users, with a password.
    fn users(&self) -> PathBuf {
        let pattern = std::fs::read_to_string(project().join("redis.acl")).expect("the shipped users");
        let users = pattern.replace("#PASSWORD_SHA256", &format!(">{}", Self::password()));
        assert_ne!(users, pattern, "the pattern says where the password goes");
        let file = self.scratch.join("users.acl");
        std::fs::write(&file, users).expect("a file of users");
        file
    }

    /// Whether it starts; it does not where its port is taken.
    fn opens(&mut self) -> bool {
        let mut child = ServerChild::start(self.command(), &self.scratch.join("redis.log"));
        let ready = when_ready(&mut child, |pid| self.is_ready(pid)).is_some();
        self.child = ready.then_some(child);
        ready
    }

    fn command(&self) -> Command {
        let mut command = Command::new(program("redis-server"));
        if self.options.shipped {
            command.arg(project().join("redis.conf"));
            command.arg("--aclfile").arg(self.users());
        }
        command.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--daemonize", "no"]);
        command.args(["--cluster-port", &self.bus_port.to_string()]);
        let folder = self.folder();
        std::fs::create_dir_all(&folder).expect("a folder for its files");
        command.args(["--dir", &folder.to_string_lossy(), "--save", "", "--appendonly", "yes"]);
        command.args(["--appendfsync", self.options.appendfsync.unwrap_or("everysec")]);
        command.args(self.tls()).args(&self.options.arguments);
        command
    }

    fn tls(&self) -> Vec<String> {
        let Some(folder) = &self.options.tls else { return Vec::new() };
        let argument = |line: String| {
            let (name, value) = line.split_once(' ').expect("a name and a value");
            let value = match value.strip_prefix("certs/") {
                Some(file) => folder.join(file).to_string_lossy().into_owned(),
                None if name == "tls-port" => self.tls_port.to_string(),
                None => value.to_owned(),
            };
            [format!("--{name}"), value]
        };
        super::ready_lines("redis.conf", "tls-port", "tls-auth-clients")
            .into_iter()
            .flat_map(argument)
            .collect()
    }

    /// Whether this process answers, and has loaded its data.
    fn is_ready(&self, pid: u32) -> Result<(), String> {
        let auth = format!("AUTH tracerail {}", Self::password());
        let first = if self.options.shipped { auth.as_str() } else { "PING" };
        // Whoever has taken the port may never answer.
        let said = self.try_each(&[first, "INFO server", "PING"], Duration::from_millis(500));
        let said = said.map_err(|error| error.to_string())?;
        let is_well = said[1].contains(&format!("process_id:{pid}\r\n")) && said[2] == "+PONG\r\n";
        if is_well { Ok(()) } else { Err(said.concat()) }
    }

    fn said(&self) -> String {
        std::fs::read_to_string(self.scratch.join("redis.log")).unwrap_or_default()
    }
}

impl RedisCluster {
    /// Starts three nodes and gives each a third of the slots.
    pub fn start() -> Self {
        let arguments =
            ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--repl-diskless-sync-delay", "0"]
                .map(str::to_owned)
                .to_vec();
        let options = RedisOptions { arguments, ..RedisOptions::default() };
        let nodes: Vec<_> = (0..3).map(|_| Redis::start(options.clone())).collect();
        for (node, slots) in nodes.iter().zip(["0 5460", "5461 10922", "10923 16383"]) {
            assert_eq!(node.ask(&format!("CLUSTER ADDSLOTSRANGE {slots}")), "+OK\r\n");
        }
        for node in &nodes[1..] {
            let meet = format!("CLUSTER MEET 127.0.0.1 {} {}", nodes[0].port, nodes[0].bus_port);
            assert_eq!(node.ask(&meet), "+OK\r\n");
        }
        for node in &nodes {
            wait_until("the nodes know each other", STARTS_WITHIN, || {
                let info = node.ask("CLUSTER INFO");
                let well = info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3");
                if well { Ok(()) } else { Err(info) }
            });
        }
        Self { nodes }
    }

    /// Where the nodes listen.
    pub fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(Redis::url).collect()
    }

    /// The nodes.
    pub fn nodes(&self) -> &[Redis] {
        &self.nodes
    }

    /// The nodes, to do something to them.
    pub fn nodes_mut(&mut self) -> &mut [Redis] {
        &mut self.nodes
    }

    /// Adds a node that follows the first one; it is the last one.
    pub fn add_replica(&mut self) {
        let replica = Redis::start(self.nodes[0].options.clone());
        let first = &self.nodes[0];
        let meet = format!("CLUSTER MEET 127.0.0.1 {} {}", first.port, first.bus_port);
        assert_eq!(replica.ask(&meet), "+OK\r\n");
        let id = first.ask("CLUSTER MYID");
        let id = id.lines().nth(1).expect("a bulk string").to_owned();
        wait_until("it knows the first node", STARTS_WITHIN, || {
            let said = replica.ask(&format!("CLUSTER REPLICATE {id}"));
            if said == "+OK\r\n" { Ok(()) } else { Err(said) }
        });
        wait_until("it follows the first node, and all know it", STARTS_WITHIN, || {
            let (own, info) =
                (replica.ask("INFO replication"), self.nodes.iter().map(|node| node.ask("CLUSTER INFO")));
            let known = info.map(|info| info.contains("cluster_known_nodes:4")).collect::<Vec<_>>();
            let well = own.contains("master_link_status:up") && !known.contains(&false);
            if well { Ok(()) } else { Err(format!("{known:?} {own}")) }
        });
        self.nodes.push(replica);
    }
}
