//! The server: listens before anything else is there, answers while it comes, and ends last.

use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::DefaultHeaders;
use actix_web::{App, HttpServer, web};
use tokio::task::JoinHandle;

use super::answer;
use super::probe::Probe;

/// Connections the machine holds for us until we take them.
const BACKLOG: u32 = 64;

/// How long answers that have begun may take when the server ends.
const LAST_ANSWERS_S: u64 = 1;

/// Where it listens, and what it allows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServerSettings {
    /// Host and port; port 0 takes a free one.
    pub listen: String,
    /// Connections at once.
    pub connections_max: usize,
    /// How long a request may take to arrive.
    pub request_timeout: Duration,
    /// How long a connection nobody asks on stays open.
    pub keep_alive: Duration,
}

/// Nobody can listen there.
#[derive(Debug, thiserror::Error)]
#[error("http.listen: nothing can listen on {listen}: {source}{}", hint(.source))]
pub struct ListenError {
    /// The address.
    pub listen: String,
    /// Why.
    #[source]
    pub source: io::Error,
}

/// A server that runs.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    watched: Arc<WatchedCell>,
    handle: ServerHandle,
    running: JoinHandle<io::Result<()>>,
}

/// What there is to watch, as soon as there is.
pub(super) type WatchedCell = OnceLock<Probe>;

impl Server {
    /// Listens, and answers from now on: alive, and not ready yet.
    pub fn start(settings: &ServerSettings) -> Result<Self, ListenError> {
        let failed = |source| ListenError { listen: settings.listen.clone(), source };
        let listener = listen(&settings.listen).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let watched = Arc::<WatchedCell>::default();
        let state = web::Data::from(Arc::clone(&watched));
        let make = move || {
            App::new()
                .app_data(state.clone())
                .wrap(
                    DefaultHeaders::new()
                        .add(("x-content-type-options", "nosniff"))
                        .add(("content-security-policy", "default-src 'none'"))
                        .add(("cache-control", "no-store")),
                )
                .default_service(web::to(answer::answer))
        };
        let server = HttpServer::new(make)
            .workers(1)
            .max_connections(settings.connections_max)
            .backlog(BACKLOG)
            .client_request_timeout(settings.request_timeout)
            .client_disconnect_timeout(settings.request_timeout)
            .keep_alive(settings.keep_alive)
            .shutdown_timeout(LAST_ANSWERS_S)
            .disable_signals()
            .listen(listener)
            .map_err(failed)?
            .run();
        let handle = server.handle();
        Ok(Self { address, watched, handle, running: tokio::spawn(server) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// There is something to watch now.
    pub fn watch(&self, probe: Probe) {
        if self.watched.set(probe).is_err() {
            tracing::error!("the HTTP server watches something already");
        }
    }

    /// Lets answers that have begun end, and ends.
    pub async fn stop(self) {
        self.handle.stop(true).await;
        match self.running.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the HTTP server ended badly"),
            Err(error) => tracing::error!(%error, "the HTTP server ended in a panic"),
        }
    }
}

fn listen(at: &str) -> io::Result<TcpListener> {
    let mut last = io::Error::new(io::ErrorKind::AddrNotAvailable, "the name leads to no address");
    for address in at.to_socket_addrs()? {
        match TcpListener::bind(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn hint(error: &io::Error) -> &'static str {
    if error.kind() == io::ErrorKind::AddrInUse {
        ". Another process has this port: choose another with --http or http.listen (port 0 takes a free one), or leave both out"
    } else {
        ""
    }
}
