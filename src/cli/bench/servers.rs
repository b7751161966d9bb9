//! The processes whose CPU time is counted: ours, and the servers' where they run on this machine.

use std::net::{IpAddr, ToSocketAddrs};

use reqwest::Url;

use crate::bench::{Work, machine_seconds, process_listening_on, process_seconds};
use crate::config::{Addresses, Config};

/// The processes that work.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Servers {
    ours: Vec<u32>,
    log: Option<u32>,
    store: Option<u32>,
}

impl Servers {
    /// This process, the others of its kind, and the servers that listen on loopback where the configuration leads.
    pub(super) fn find(config: &Config, others: Vec<u32>) -> Self {
        let ours = others.into_iter().chain([std::process::id()]).collect();
        if !config.edition.has_servers() {
            return Self { ours, log: None, store: None };
        }
        Self { ours, log: local(&config.nats.url, 4222), store: local(&config.redis.url, 6379) }
    }

    /// What they have done until now.
    pub(super) fn work(&self) -> Work {
        Work {
            client: self.ours.iter().filter_map(|pid| process_seconds(*pid)).sum(),
            log: self.log.and_then(process_seconds),
            store: self.store.and_then(process_seconds),
            machine: machine_seconds(),
        }
    }

    /// The store's server.
    pub(super) fn store(&self) -> Option<u32> {
        self.store
    }
}

/// The one process behind these addresses. Several addresses are several servers, whose work no one process tells.
fn local(addresses: &Addresses, usual_port: u16) -> Option<u32> {
    let mut each = addresses.each();
    let url = Url::parse(each.next()?).ok()?;
    if each.next().is_some() {
        return None;
    }
    let port = url.port().unwrap_or(usual_port);
    let host = url.host_str()?.trim_matches(['[', ']']);
    let mut found = (host, port).to_socket_addrs().ok()?.map(|address| address.ip());
    if found.all(|ip: IpAddr| ip.is_loopback()) { process_listening_on(port) } else { None }
}
