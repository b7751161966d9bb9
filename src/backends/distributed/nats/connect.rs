//! The connection: made, kept, watched.
//!
//! The first connection is tried until it is there, saying which address does not answer; wrong credentials end it at once. Later ones are
//! made again for ever, with a growing and uneven pause, so that many processes do not come back in the same moment.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::{Client, ConnectErrorKind, ConnectOptions, Event, ServerError};
use secrecy::ExposeSecret;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::Instant;

use super::error::NatsError;
use super::settings::{NatsAuth, NatsSettings};
use crate::backends::distributed::tls::is_of_tls;

/// A connection to NATS. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Connection {
    pub(super) client: Client,
    /// Where its tasks run.
    pub(super) io: Handle,
    watched: Watched,
}

/// What is seen of a connection while it runs.
#[derive(Clone, Debug)]
struct Watched {
    connected: Arc<watch::Sender<bool>>,
    denied: Arc<Mutex<Option<String>>>,
}

impl Connection {
    /// Connects; the connection's own work is done on the runtime of `io`.
    pub async fn open(settings: &NatsSettings, io: Handle) -> Result<Self, NatsError> {
        if let Some(problem) = settings.problem() {
            return Err(NatsError::Settings(problem));
        }
        let watched =
            Watched { connected: Arc::new(watch::Sender::new(false)), denied: Arc::new(Mutex::new(None)) };
        let (settings, noted) = (settings.clone(), watched.clone());
        let connecting = io.spawn(async move { connect(&settings, &noted).await });
        let client = connecting.await.map_err(|error| NatsError::Server {
            operation: "be connected to".to_owned(),
            why: error.to_string(),
        })??;
        Ok(Self { client, io, watched })
    }

    /// Whether the connection stands, and whenever that changes.
    pub fn connected(&self) -> watch::Receiver<bool> {
        self.watched.connected.subscribe()
    }

    /// The address of the server, as it says.
    pub fn server(&self) -> String {
        let info = self.client.server_info();
        format!("{}:{}", info.host, info.port)
    }

    /// What the server said last about something this user may not do.
    pub fn denied(&self) -> Option<String> {
        self.watched.denied.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the server said when it was that this user may not publish there.
    pub(super) fn forbids(&self, subject: &str) -> Option<String> {
        let about = format!("Publish to \"{subject}\"");
        self.denied().filter(|said| said.contains(&about))
    }

    pub(super) fn is_up(&self) -> bool {
        *self.watched.connected.borrow()
    }

    /// Why a question got no answer, as far as that is known.
    pub(super) fn silence(&self) -> String {
        if !self.is_up() {
            return "the connection is lost and is being made again".to_owned();
        }
        self.denied().unwrap_or_else(|| "no answer in time".to_owned())
    }
}

async fn connect(settings: &NatsSettings, watched: &Watched) -> Result<Client, NatsError> {
    let began = Instant::now();
    let urls = settings.urls.join(", ");
    for attempt in 1_u32.. {
        let error = match options(settings, watched).await?.connect(settings.urls.as_slice()).await {
            Ok(client) => {
                // The event of it comes a moment later.
                watched.connected.send_replace(true);
                return Ok(client);
            }
            Err(error) => error,
        };
        let why = full(&error);
        if is_of_tls(&error) {
            return Err(NatsError::Tls { urls, why });
        }
        match error.kind() {
            ConnectErrorKind::Authentication | ConnectErrorKind::AuthorizationViolation => {
                return Err(NatsError::Refused { urls, why });
            }
            ConnectErrorKind::Tls => return Err(NatsError::Tls { urls, why }),
            ConnectErrorKind::ServerParse => return Err(NatsError::Settings(why)),
            ConnectErrorKind::Dns
            | ConnectErrorKind::TimedOut
            | ConnectErrorKind::Io
            | ConnectErrorKind::MaxReconnects => {}
        }
        if settings.connect_within.is_some_and(|within| began.elapsed() >= within) {
            return Err(NatsError::Unreachable { urls, after: began.elapsed(), why });
        }
        tracing::warn!(%urls, attempt, %why, "no NATS server answers; trying on");
        let left =
            settings.connect_within.map_or(Duration::MAX, |within| within.saturating_sub(began.elapsed()));
        tokio::time::sleep(pause(attempt as usize, settings.reconnect_pause_max).min(left)).await;
    }
    Err(NatsError::Unreachable { urls, after: began.elapsed(), why: "too many attempts".to_owned() })
}

async fn options(settings: &NatsSettings, watched: &Watched) -> Result<ConnectOptions, NatsError> {
    let (watched, pause_max) = (watched.clone(), settings.reconnect_pause_max);
    let mut options = ConnectOptions::new()
        .name(&settings.name)
        .custom_inbox_prefix(settings.inbox_prefix())
        .connection_timeout(settings.connect_timeout)
        .request_timeout(Some(settings.request_timeout))
        .ping_interval(settings.ping_every)
        .require_tls(settings.tls_required)
        .max_reconnects(None)
        .reconnect_delay_callback(move |attempt| pause(attempt, pause_max))
        // All subjects are made from names that were checked.
        .skip_subject_validation(true)
        .event_callback(move |event| {
            watched.note(&event);
            std::future::ready(())
        });
    if settings.tls_first {
        options = options.tls_first();
    }
    if let Some(authority) = &settings.tls_ca {
        options = options.add_root_certificates(authority.clone());
    }
    if let Some((certificate, key)) = &settings.tls_client {
        options = options.add_client_certificate(certificate.clone(), key.clone());
    }
    authenticated(options, &settings.auth).await
}

async fn authenticated(options: ConnectOptions, auth: &NatsAuth) -> Result<ConnectOptions, NatsError> {
    Ok(match auth {
        NatsAuth::None => options,
        NatsAuth::Password { user, password } => {
            options.user_and_password(user.clone(), password.expose_secret().to_owned())
        }
        NatsAuth::Nkey(seed) => options.nkey(seed.expose_secret().to_owned()),
        NatsAuth::Token(token) => options.token(token.expose_secret().to_owned()),
        NatsAuth::Credentials(path) => options.credentials_file(path).await.map_err(|error| {
            NatsError::Settings(format!("the credentials file {} cannot be read: {error}", path.display()))
        })?,
    })
}

impl Watched {
    fn note(&self, event: &Event) {
        match event {
            Event::Connected => {
                self.connected.send_replace(true);
                tracing::info!("connected to NATS");
            }
            Event::Disconnected => {
                self.connected.send_replace(false);
                tracing::warn!("the connection to NATS is lost; making it again");
            }
            Event::Closed | Event::Draining => {
                self.connected.send_replace(false);
                tracing::debug!(%event, "the connection to NATS ends");
            }
            Event::ServerError(ServerError::Other(said)) => {
                *self.denied.lock().unwrap_or_else(PoisonError::into_inner) = Some(said.clone());
                tracing::error!(%said, "NATS refuses something");
            }
            Event::LameDuckMode | Event::SlowConsumer(_) | Event::ServerError(_) | Event::ClientError(_) => {
                tracing::warn!(%event, "NATS");
            }
        }
    }
}

/// The pause before an attempt: none at first, then twice as long each time, up to a limit, and a random part of it.
fn pause(attempt: usize, max: Duration) -> Duration {
    if attempt <= 1 {
        return Duration::ZERO;
    }
    let doubled = Duration::from_millis(50).saturating_mul(1 << attempt.min(16));
    doubled.min(max).mul_f64(0.5 + 0.5 * fastrand::f64())
}

/// An error with what is underneath.
pub(super) fn full(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(below) = cause {
        line = format!("{line}: {below}");
        cause = below.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_their_limit() {
        let max = Duration::from_secs(4);
        assert_eq!(pause(1, max), Duration::ZERO);
        for attempt in 2..70 {
            assert!(pause(attempt, max) <= max && pause(attempt, max) >= Duration::from_millis(90));
        }
        assert!(pause(60, max) >= max / 2);
    }
}
