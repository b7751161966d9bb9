//! Real servers for tests: each on free loopback ports, with a folder of its own, gone when it is dropped or the test process dies.

mod authority;
mod child;
mod line;
mod nats;
mod redis;
mod temporal;

pub use authority::Authority;
pub use line::NatsLine;
pub use nats::{Nats, NatsOptions};
pub use redis::{Redis, RedisCluster, RedisOptions};
pub use temporal::Temporal;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use self::child::ServerChild;
use crate::wait_until;

#[cfg(test)]
mod tests;

/// How long a server may take to answer.
const STARTS_WITHIN: Duration = Duration::from_secs(20);

/// How often one is started again whose port was taken by somebody else in the last moment.
const STARTS_MAX: usize = 5;

/// The project's folder.
fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("the kit stands in the project")
        .to_owned()
}

/// The lines of a shipped configuration that are ready and commented out: what begins with this, up to what ends it.
fn ready_lines(file: &str, first: &str, last: &str) -> Vec<String> {
    let text = std::fs::read_to_string(project().join(file)).expect("a shipped configuration");
    let mut lines =
        text.lines().filter_map(|line| line.strip_prefix('#')).skip_while(|line| !line.starts_with(first));
    let mut ready = Vec::new();
    for line in lines.by_ref() {
        ready.push(line.to_owned());
        if line.starts_with(last) {
            return ready;
        }
    }
    panic!("{file} has no lines from {first} to {last}");
}

/// Where this server's program is. What is missing is installed, as `scripts/stack install` does it.
fn program(name: &str) -> PathBuf {
    let ours = project().join(".cache/servers/bin").join(name);
    if !ours.exists() {
        let installed = Command::new(project().join("scripts/stack")).arg("install").status();
        assert!(installed.is_ok_and(|status| status.success()), "scripts/stack install fails");
    }
    ours
}

/// A port nobody listens on at this moment.
fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}

/// Waits until this very process answers, not another one on the same port. Nothing, when it ends before: the port was taken.
fn when_ready<T>(child: &mut ServerChild, mut ask: impl FnMut(u32) -> Result<T, String>) -> Option<T> {
    wait_until("the server answers", STARTS_WITHIN, || {
        if !child.runs() {
            return Ok(None);
        }
        ask(child.pid()).map(Some)
    })
}
