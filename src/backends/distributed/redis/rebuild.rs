//! Opening the store, and making its whole state again.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};
use tracerail_actors::port::{PortError, PortErrorKind};

use super::connection::Connection;
use super::doorkeeper::{Doorkeeper, Standing};
use super::error::Failure;
use super::gate::Gate;
use super::history::History;
use super::keys::Keys;
use super::meta::{self, Since};
use super::scan::sweep;
use super::settings::RedisSettings;
use super::store::RedisStore;

/// How far a rebuild is.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Progress {
    /// Events read.
    pub events: u64,
    /// Tasks made.
    pub tasks: u64,
    /// Events about items whose beginnings the log does not have; none in a log that is whole.
    pub without_beginning: u64,
}

impl RedisStore {
    /// Connects, makes sure that Redis holds everything the log tells, and opens. An address that does not answer is tried on as long as
    /// the settings say, and as long is waited for others who bring Redis up to the log; a password that is wrong is an error at once.
    ///
    /// What this process itself has begun to bring up to the log it brings to the end, however long that takes: whoever broke it off would
    /// leave the next one to begin anew, and where many come who have no time, nobody would ever come to the end.
    pub async fn open(settings: RedisSettings, history: Arc<dyn History>) -> Result<Self, PortError> {
        let runtime = settings.runtime.clone().unwrap_or_else(tokio::runtime::Handle::current);
        let address = addresses(&settings);
        let opening = Self::open_on(settings, history, runtime.clone(), address.clone());
        runtime.spawn(opening).await.unwrap_or_else(|_| Err(late(&address, "it was not opened")))
    }

    async fn open_on(
        settings: RedisSettings,
        history: Arc<dyn History>,
        runtime: tokio::runtime::Handle,
        address: String,
    ) -> Result<Self, PortError> {
        let until = settings.connect_within.map(|within| Instant::now() + within);
        let connection = by(until, connect(&settings, &address)).await;
        let connection = connection.unwrap_or_else(|| Err(late(&address, "it does not answer")))?;
        let keys = Keys::new(&settings.prefix, settings.partitions);
        let gate = Gate::new(connection, keys, address.clone());
        let settings = Arc::new(settings);
        let (standing, mut stands) =
            watch::channel(Standing::Opening("it is being compared with the log".to_owned()));
        let doorkeeper = Doorkeeper {
            gate: Arc::clone(&gate),
            settings: Arc::clone(&settings),
            history: Arc::clone(&history),
            standing,
        };
        runtime.spawn(doorkeeper.run());
        let store = Self::new(gate, settings, history, stands.clone(), &runtime);
        opened(&mut stands, until, &address).await.map(|()| store)
    }

    /// Whether Redis holds nothing of this installation.
    pub async fn is_empty(settings: &RedisSettings) -> Result<bool, PortError> {
        let runtime = settings.runtime.clone().unwrap_or_else(tokio::runtime::Handle::current);
        let (address, settings) = (addresses(settings), settings.clone());
        let late = format!("Redis at {address} does not answer");
        let looking = runtime.spawn(async move {
            let looking = async {
                let connection = connect(&settings, &address).await?;
                let keys = Keys::new(&settings.prefix, settings.partitions);
                let gate = Gate::new(connection, keys, address);
                let meta = meta::read(&gate, settings.cluster).await;
                Ok(meta.map_err(|failure| failure.during("look at Redis"))?.there == 0)
            };
            match settings.connect_within {
                Some(within) => tokio::time::timeout(within, looking).await,
                None => Ok(looking.await),
            }
        });
        match looking.await {
            Ok(Ok(looked)) => looked,
            Ok(Err(_)) | Err(_) => Err(PortError::new("look at Redis", PortErrorKind::Unavailable, late)),
        }
    }

    /// Where it is.
    pub fn address(&self) -> &str {
        &self.gate.address
    }

    /// What it waits for, or what has to be put right; nothing while it is in step with the log.
    pub fn waits_for(&self) -> Option<String> {
        match &*self.standing.borrow() {
            Standing::Open => None,
            Standing::MakingUp => Some("Redis is being brought up to the event log".to_owned()),
            Standing::Opening(why) | Standing::Refused(_, why) => Some(why.clone()),
        }
    }

    /// Forgets everything but what waits to get into the log, and makes it again from the log. Everybody else waits meanwhile.
    pub async fn rebuild(&self, tell: &(dyn Fn(Progress) + Send + Sync)) -> Result<Progress, PortError> {
        self.rebuild_all(tell).await.map_err(|failure| failure.during("rebuild Redis"))
    }

    async fn rebuild_all(&self, tell: &(dyn Fn(Progress) + Send + Sync)) -> Result<Progress, Failure> {
        let gate = &*self.gate;
        let doorkeeper = Doorkeeper {
            gate: Arc::clone(&self.gate),
            settings: Arc::clone(&self.settings),
            history: Arc::clone(&self.history),
            standing: watch::channel(Standing::Open).0,
        };
        let run_id = meta::run_id(gate).await?;
        doorkeeper
            .locked(async |token| {
                doorkeeper
                    .make_up(&run_id, token, Since::Beginning, async |state| {
                        meta::forget_streams(gate).await?;
                        sweep(gate, self.settings.cluster, state).await?;
                        doorkeeper.replay(state, None, tell).await
                    })
                    .await
            })
            .await
    }
}

/// Waits until the gate is open: until this moment where others have to open it, without an end where this process does.
async fn opened(
    stands: &mut watch::Receiver<Standing>,
    until: Option<Instant>,
    address: &str,
) -> Result<(), PortError> {
    loop {
        let (until, why) = match stands.borrow_and_update().clone() {
            Standing::Open => return Ok(()),
            Standing::Refused(kind, why) => {
                return Err(PortError::new(format!("open Redis at {address}"), kind, why));
            }
            Standing::MakingUp => (None, String::new()),
            Standing::Opening(why) => (until, why),
        };
        match by(until, stands.changed()).await {
            Some(Ok(())) => {}
            Some(Err(_)) => {
                return Err(PortError::new("open Redis", PortErrorKind::Closed, "it was closed meanwhile"));
            }
            None => return Err(late(address, &why)),
        }
    }
}

/// What comes of it until this moment, if there is one.
async fn by<T>(until: Option<Instant>, future: impl Future<Output = T>) -> Option<T> {
    match until {
        Some(until) => timeout_at(until, future).await.ok(),
        None => Some(future.await),
    }
}

fn late(address: &str, why: &str) -> PortError {
    let why = format!("Redis at {address}: {why}");
    PortError::new("open Redis", PortErrorKind::Unavailable, why)
}

async fn connect(settings: &RedisSettings, address: &str) -> Result<Connection, PortError> {
    let mut pause = Duration::from_millis(100);
    let mut told = false;
    loop {
        match Connection::open(settings).await {
            Ok(connection) => return Ok(connection),
            Err(failure) if failure.is_for_ever() => {
                return Err(failure.during(format!("connect to Redis at {address}")));
            }
            Err(failure) => {
                if !told {
                    tracing::warn!(address, error = %failure, "Redis does not answer; trying on");
                    told = true;
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(2));
            }
        }
    }
}

fn addresses(settings: &RedisSettings) -> String {
    settings.urls.iter().map(|url| without_secrets(url)).collect::<Vec<_>>().join(", ")
}

/// An address without user and password.
fn without_secrets(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        (_, _) => url.to_owned(),
    }
}
